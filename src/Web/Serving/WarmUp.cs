using System.IO.Compression;
using System.Reflection;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Web.Timelines;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.Web.Serving;

/// <summary>
/// Answers every question of a page once before anybody asks, through the handlers that answer pages, of a recording of some
/// minutes and a run over it that are built in: half of the first answer's time is the compiler's (bench/results/viewer.md).
/// The user's store is not touched; the sample lies in a folder of its own meanwhile.
/// </summary>
/// <param name="timers">Timers.</param>
/// <param name="enough">True when a page asks itself: the rest is compiled on its way.</param>
/// <param name="stop">Cancelled when the server ends.</param>
internal sealed class WarmUp(TimeProvider timers, Func<bool> enough, CancellationToken stop)
{
    // Read from the events, then twice from kept indexes: what is called often is compiled better the second time.
    private const int Rounds = 3;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>What was answered, as question and status; for tests.</summary>
    public List<(string Question, int Status, long Length)> Answered { get; } = [];

    /// <summary>Where the sample lay; for tests.</summary>
    public string? Folder { get; private set; }

    private bool IsOver => stop.IsCancellationRequested || enough();

    /// <summary>Runs through everything; ends early when a page asks or the server stops.</summary>
    public async Task RunAsync()
    {
        DirectoryInfo? folder = null;
        try
        {
            stop.ThrowIfCancellationRequested();
            folder = Directory.CreateTempSubdirectory("mm-warm-up-");
            Folder = folder.FullName;
            using (var sample = Assembly.GetExecutingAssembly().GetManifestResourceStream("WarmUp/sample.zip")!)
            {
                await ZipFile.ExtractToDirectoryAsync(sample, folder.FullName, stop);
            }

            using var stores = new StoreSet(new JournalStore(folder.FullName, timers));
            for (var round = 0; round < Rounds && !IsOver; round++)
            {
                await RoundAsync(stores);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // No room for the sample, or the server ends: the first page waits a moment longer, nothing else.
        }
        finally
        {
            Remove(folder);
        }
    }

    private static void Remove(DirectoryInfo? folder)
    {
        try
        {
            folder?.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A temporary folder that cannot be removed is left to whatever cleans them.
        }
    }

    private async Task RoundAsync(StoreSet stores)
    {
        using var timelines = new TimelineCache(stores, timers, leastKept: 0);
        var api = new Api(stores, timelines, timers, stop);
        var (run, day) = (stores.List("run/")[0].Name.Value, stores.List("market/")[0].Name.Value);
        await AskAsync(api, "list", []);
        foreach (var (question, values) in Questions(run, day))
        {
            if (IsOver)
            {
                return;
            }

            await AskAsync(api, question, values);
        }

        // So that the next round finds the indexes kept.
        var opened = timelines.Open(run);
        for (var since = timers.GetTimestamp(); !(opened.Complete && Kept(stores)) && !IsOver && timers.GetElapsedTime(since) < Longest;)
        {
            await Task.Delay(Moment, timers, stop);
        }
    }

    private static bool Kept(StoreSet stores) =>
        Directory.EnumerateFiles(stores.Primary.Root, "*.run", SearchOption.AllDirectories).Any() && Directory.EnumerateFiles(stores.Primary.Root, "*.day", SearchOption.AllDirectories).Any();

    // In the order in which a page asks.
    private static IEnumerable<(string Question, (string, string)[] Values)> Questions(string run, string day)
    {
        yield return ("open", [("stream", run)]);
        yield return ("state", [("stream", run), ("at", ""), ("depth", "12")]);
        yield return ("series", [("stream", run), ("width", "1000")]);
        yield return ("log", [("stream", run), ("at", "end")]);
        yield return ("follow", [("stream", run)]);
        yield return ("state", [("stream", run), ("at", "r300"), ("depth", "12")]);
        yield return ("state", [("stream", run), ("at", "2024-07-23T15:42:00.5Z"), ("depth", "12")]);
        yield return ("series", [("stream", run), ("width", "1000"), ("from", "1721749260"), ("to", "1721749290")]);
        foreach (var kind in (string[])["event", "fill", "decision", "stop", "halt", "gap"])
        {
            yield return ("jump", [("stream", run), ("at", "r200"), ("kind", kind)]);
        }

        yield return ("open", [("stream", day)]);
        yield return ("state", [("stream", day), ("at", ""), ("depth", "12")]);
        yield return ("series", [("stream", day), ("width", "1000")]);
        yield return ("log", [("stream", day), ("at", ""), ("show", "all")]);
        yield return ("explain", [("stream", run), ("at", "end")]);
    }

    private async Task AskAsync(Api api, string question, (string Name, string Value)[] values)
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext();
        http.Request.Method = HttpMethods.Get;
        http.Request.QueryString = QueryString.Create(values.Select(v => new KeyValuePair<string, string?>(v.Name, v.Value)));
        http.Response.Body = body;
        await api.AnswerAsync(http, question);
        Answered.Add((question, http.Response.StatusCode, body.Length));
    }
}
