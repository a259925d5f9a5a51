using System.CommandLine;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores.Archive;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary>Flags and files that <c>mm import</c> and <c>mm archive</c> could only ignore are refused, and nothing is stored.</summary>
public sealed class ImportRefusalTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--symbol means nothing here: an archived day names its own", "--symbol", "NEXOUSDT")]
    [InlineData("--instrument means nothing here", "--instrument", "FILE")]
    [InlineData("--allow-cut means nothing here", "--allow-cut")]
    public Task Import_ArchivedDayWithAFlagOfRecorderFiles_IsRefused(string reason, params string[] flags)
    {
        var store = new JournalStore(Path.Combine(folder, "store"), TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
        var archived = new EventSourcedMM.Stores.Archive.StreamArchiver(store).Archive(ArchiveSamples.Small);
        return AssertRefusedAsync(ImportCommand.Create(), reason, ["import", archived.Path, .. flags]);
    }

    [Fact]
    public async Task Import_JsonLinesWithAllowCut_IsRefused()
    {
        var file = Path.Combine(folder, "books.jsonl");
        await File.WriteAllTextAsync(file, "{\"lastUpdateId\":1}\n");
        await AssertRefusedAsync(ImportCommand.Create(), "--allow-cut means nothing here: only a recorder's file can be imported without its end", ["import", file, "--symbol", "NEXOUSDT", "--allow-cut"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Import_DirectoryWithoutTables_IsNamedAsOne(bool withSymbol)
    {
        var directory = Path.Combine(folder, "recorded");
        Directory.CreateDirectory(directory);
        await AssertRefusedAsync(ImportCommand.Create(), $"{directory} is a directory without tables of an archived day", ["import", Samples.Nexo[0], directory, .. withSymbol ? ["--symbol", "NEXOUSDT"] : (string[])[]]);
    }

    [Theory]
    [InlineData("--date", "garbage")]
    [InlineData("--date", "2024-07-24")]
    [InlineData("--zone", "Asia/Taipei")]
    [InlineData("--from", "2024-07-24")]
    [InlineData("--recording", "any")]
    public Task Archive_RunWithAFlagOfDays_IsRefused(params string[] flags) =>
        AssertRefusedAsync(ArchiveCommand.Create(), $"{flags[0]} chooses among days; a run is archived whole", ["archive", "--run", "any", .. flags]);

    private async Task AssertRefusedAsync(Command command, string reason, string[] arguments)
    {
        var target = Path.Combine(folder, "target");
        var (code, output, error) = await CommandRun.Async(command, [.. arguments, "--store", target]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }
}
