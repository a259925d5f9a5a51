using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// <c>control/&lt;run&gt;.live</c> in the store: held by the process that runs the run, from before its first event to its end. So a run can be
/// found and killed before its first book is whole, whatever its streams look like. It says what the journal does not: the venue and the
/// account that the run's orders rest at, and the recordings that its own processes made. It stays when the process dies.
/// </summary>
public sealed class RunMarker : IDisposable
{
    private const string Ending = ".live";

    private readonly FileStream file;
    private MarkedRun said;

    private RunMarker(FileStream file, MarkedRun said)
    {
        this.file = file;
        this.said = said;
    }

    /// <summary>What it says, with what earlier processes of the run said.</summary>
    public MarkedRun Said => said;

    /// <summary>Holds a run's marker; what an earlier process of the run said there stays.</summary>
    /// <param name="store">The store.</param>
    /// <param name="run">Name of the run.</param>
    /// <param name="endpoint">The venue: scheme, host and port of its REST API.</param>
    /// <exception cref="RunningElsewhereException">Another process runs it.</exception>
    /// <exception cref="LiveRunException">It cannot be written.</exception>
    public static RunMarker Hold(JournalStore store, string run, string endpoint)
    {
        var path = PathOf(store, run);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var marker = new RunMarker(file, MarkedRun.Parse(new StreamReader(file, leaveOpen: true).ReadToEnd()));
            marker.Say(marker.said with { Endpoint = endpoint });
            return marker;
        }
        catch (IOException e)
        {
            throw IsHeld(store, run)
                ? new RunningElsewhereException($"A living process{Who(store, run)} runs {run}, and one process runs a run: end it with mm kill {run} before another one starts.", e)
                : new LiveRunException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Notes a recording that this process makes for the run.</summary>
    public void Records(string recording) => Say(said with { Recordings = [.. said.Recordings.Append(recording).Distinct(StringComparer.Ordinal)] });

    /// <summary>Notes the account that the orders are of, by the venue's number.</summary>
    public void Trades(long account) => Say(said with { Account = account });

    /// <summary>What the marker of a run says that no process holds; nothing when it left no word.</summary>
    public static MarkedRun Read(JournalStore store, string run)
    {
        try
        {
            using var file = new FileStream(PathOf(store, run), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return MarkedRun.Parse(new StreamReader(file).ReadToEnd());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new MarkedRun("", 0, []);
        }
    }

    /// <summary>True while a process runs the run.</summary>
    public static bool IsHeld(JournalStore store, string run)
    {
        if (!Exists(store, run))
        {
            return false;
        }

        try
        {
            using var probe = new FileStream(PathOf(store, run), FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's counts as held: a kill that nobody hears is better than one that was not given.
            return true;
        }
    }

    /// <summary>The runs that a process runs now.</summary>
    public static IReadOnlyList<string> Running(JournalStore store)
    {
        var folder = Path.Combine(store.Root, "control");
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*" + Ending).Select(p => Path.GetFileNameWithoutExtension(p)).Where(run => IsHeld(store, run)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The run has ended: nothing is left to know.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(file.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A run that has ended is not gone on with, whatever its marker says.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Say(MarkedRun now)
    {
        said = now;
        var bytes = System.Text.Encoding.UTF8.GetBytes(now.ToString());
        file.Position = 0;
        file.Write(bytes);
        file.SetLength(bytes.Length);
        file.Flush();
    }

    // The writer of one of its streams wrote its name beside its lock.
    private static string Who(JournalStore store, string run) =>
        store.ListAsync($"run/{run}/").ToBlockingEnumerable().Select(s => JournalVerifier.Writer(store.Root, s)).FirstOrDefault(w => w is not null) is { } holder ? $" ({holder})" : "";

    private static bool Exists(JournalStore store, string run) => File.Exists(PathOf(store, run));

    private static string PathOf(JournalStore store, string run) => Path.Combine(store.Root, "control", run + Ending);
}

/// <summary>What a run's marker says.</summary>
/// <param name="Endpoint">The venue: scheme, host and port of its REST API; empty for unknown.</param>
/// <param name="Account">The venue's number of the account; 0 for unknown.</param>
/// <param name="Recordings">Recordings that the run's own processes made.</param>
public sealed record MarkedRun(string Endpoint, long Account, IReadOnlyList<string> Recordings)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', [Endpoint, .. Account > 0 ? [FormattableString.Invariant($"account {Account}")] : Array.Empty<string>(), .. Recordings.Select(r => "recording " + r)]) + "\n";

    internal static MarkedRun Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var account = Array.Find(lines, l => l.StartsWith("account ", StringComparison.Ordinal))?["account ".Length..];
        return new MarkedRun(
            Array.Find(lines, l => !l.Contains(' ')) ?? "",
            long.TryParse(account, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0,
            [.. lines.Where(l => l.StartsWith("recording ", StringComparison.Ordinal)).Select(l => l["recording ".Length..])]);
    }
}
