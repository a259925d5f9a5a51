using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores.Archive;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm capture</c> as a user runs it: what it archives by itself, and wrong input.</summary>
public sealed class CaptureCommandTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Capture_DaysThatEarlierOnesLeft_AreArchivedUnlessThatIsNotWanted(bool noArchive)
    {
        var left = StreamName.Market("NEXOUSDT", "2024-07-20", "20240720T000000Z-live");
        var imported = StreamName.Market("NEXOUSDT", "2024-07-20", "20240720T000000Z-0badcafe");
        var store = new JournalStore(folder, TimeProvider.System);
        ArchiveSamples.Write(store, left, ArchiveSamples.SmallDay());
        ArchiveSamples.Write(store, imported, ArchiveSamples.SmallDay());
        var before = ArchiveSamples.Records(store.OpenSource(left));

        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "20");
        var (code, output, error) = await RunAsync(["--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--for", noArchive ? "40s" : "80s", "--store", folder, "--json", .. noArchive ? ["--no-archive"] : (string[])[]]);
        Assert.True(code == 0, error);
        var ended = JsonDocument.Parse(output.Trim().Split('\n')[^1]).RootElement;
        var today = StreamName.Parse(ended.GetProperty("symbols")[0].GetProperty("streams")[0].GetString()!);
        var after = new JournalStore(folder, TimeProvider.System);
        Assert.Equal((noArchive, true, true), (after.HasJournal(left), after.HasJournal(imported), after.HasJournal(today)));
        Assert.Equal(!noArchive, error.Contains($"{left} is archived in ", StringComparison.Ordinal));
        Assert.Equal(before, ArchiveSamples.Records(after.OpenSource(left)));
    }

    [Theory]
    [InlineData(2, "is not an endpoint", "--symbols", "NEXOUSDT", "--endpoint", "nowhere")]
    [InlineData(2, "--for", "--symbols", "NEXOUSDT", "--for", "soon")]
    [InlineData(2, "nonsense", "--symbols", "NEXOUSDT", "--streams", "nonsense")]
    [InlineData(3, "cannot be reached", "--symbols", "NEXOUSDT", "--endpoint", "http://127.0.0.1:1")]
    public async Task Capture_WrongInput_SaysWhich(int expected, string reason, params string[] arguments)
    {
        var (code, output, error) = await RunAsync([.. arguments, "--store", folder]);
        Assert.Equal(expected, code);
        Assert.Contains(reason, output + error, StringComparison.Ordinal);
        Assert.Empty(new JournalStore(folder, TimeProvider.System).ListAsync().ToBlockingEnumerable());
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(string[] arguments) => Task.Run(() =>
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = new RootCommand { CaptureCommand.Create() }.Parse(["capture", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    });
}
