using System.Buffers.Binary;
using System.CommandLine;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using EventSourcedMM.Bench.Days;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Stores.Archive;

namespace EventSourcedMM.Tests.Bench;

/// <summary>The benchmarks run, each once and small, so that they cannot rot; what they compare agrees.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public void Parts_EachOnce_AgreeAndTheLivePathDecides()
    {
        var (code, output, error) = Run("dotnet", "", Program("Parts"), "small");
        Assert.True(code == 0, output + error);
        Assert.Contains("live path, round 1: 20,000 messages", output, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 decisions", output, StringComparison.Ordinal);

        // As many times as there were decisions, and a histogram of their own.
        var decided = output.Split('\n').Single(l => l.Contains("messages that decided: bytes in to decision", StringComparison.Ordinal));
        Assert.Matches("decision: [1-9][0-9]*, µs p50 [0-9.]+  p90 ", decided);
    }

    /// <summary>The generator as a program; the day it makes through a restart, which compares every event, and through whole processes of mm.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public void Days_PartOfOne_IsRecoveredAndRunsAsWholeProcesses()
    {
        var store = Path.Combine(folder, "day");
        var (code, output, error) = Run("dotnet", "", Program("Days"), ArchiveSamples.SampleStore.Root, store, "0.004");
        Assert.True(code == 0, output + error);
        Assert.Contains("market/BTCUSDT/2024-08-08/tiled: ", output, StringComparison.Ordinal);
        (code, output, error) = Run("dotnet", "", Program("Stages"), store, "recovery", "1", "4096");
        Assert.True(code == 0, output + error);
        Assert.Contains("every event as it is stored", output, StringComparison.Ordinal);
        Assert.Matches("from event [1-9][0-9,]* of the run", output);
        var day = StreamName.Parse("market/BTCUSDT/2024-08-08/tiled");
        var archived = new EventSourcedMM.Stores.Archive.StreamArchiver(new EventSourcedMM.Stores.Journal.JournalStore(store, TimeProvider.System), folder, new() { CompressionLevel = 1 }).Archive(day);
        (code, output, error) = Whole("day", store, archived.Path, "--rounds", "1");
        Assert.True(code == 0, output + error);
        Assert.Equal(9, output.Split('\n').Count(l => Regex.IsMatch(l, @"^\| [a-zA-Z].* \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| [1-9][0-9]* \|$")));
        Assert.Matches("NEXOUSDT's day .*start: until Main [1-9][0-9]* ms", output);
        (code, output, error) = Whole("days", store);
        Assert.True(code == 0, output + error);
        Assert.Equal(2, output.Split('\n').Count(l => Regex.IsMatch(l, @"^\| 1 \| [12] \| [1-9][0-9]* \| [0-9.]+ \| [0-9.]+ \|$")));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Stores_AFewBatches_AreTakenByEveryStoreAndBareClient()
    {
        var (code, output, error) = Run("dotnet", "", Program("Stores"), "small");
        Assert.True(code == 0, output + error);
        Assert.Equal(2, output.Split('\n').Count(l => l.StartsWith("## Batches of ", StringComparison.Ordinal)));
        Assert.Equal(2, output.Split('\n').Count(l => Regex.IsMatch(l, @"^\| append PostgreSQL \| [1-9][0-9,]* \| [0-9.]+ \| [0-9]+ % \|$")));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Live_FourMinutesOfTheVenue_IsSampledAndEnds()
    {
        var (code, output, error) = Run("bash", "", [("MM", Mm)], Path.Combine(Root, "bench", "live.sh"), "BTCUSDT", "60", "4m", "2");
        Assert.True(code == 0, output + error);
        Assert.Contains("exit code 0", output, StringComparison.Ordinal);
        Assert.Matches(@"T[0-9:.]+Z [1-9][0-9]* [0-9]+/[0-9]+/[0-9]+ [1-9][0-9]* ", output);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Journal_ThousandsOfEvents_AreAppendedFoundAgainAndCompacted()
    {
        var (code, output, error) = Run("dotnet", "", Program("Journal"), "1", "5", folder);
        Assert.True(code == 0, output + error);
        Assert.Contains("| writer opened again without sparse index | ", output, StringComparison.Ordinal);
        Assert.Contains("| every record read from compacted blocks | ", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Parquet_OneRowGroup_IsDecodedToTheSameSumInEveryForm()
    {
        var (code, output, error) = Run("dotnet", "", Program("Parquet"), "0.2");
        Assert.True(code == 0, output + error);
        var sums = output.Split('\n').Where(l => l.Contains("(sum ", StringComparison.Ordinal)).Select(l => l[l.IndexOf("(sum ", StringComparison.Ordinal)..]).ToArray();
        Assert.Equal(15, sums.Length);
        Assert.Single(sums.Distinct());
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Stages_OfTheSample_GiveOneStateFromJournalAndColumns()
    {
        var store = ArchiveSamples.SampleStore;
        var days = store.ListAsync("market/BTCUSDT/").ToBlockingEnumerable().ToArray();
        var small = Path.Combine(folder, "store");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(store.Root, days[^1].Value), "*"))
        {
            var target = Path.Combine(small, days[^1].Value, Path.GetFileName(file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var archived = new EventSourcedMM.Stores.Archive.StreamArchiver(store, folder, new() { CompressionLevel = 1 }).Archive(days[^1]);
        var (code, output, error) = Run("dotnet", "", Program("Stages"), small, "1", archived.Path);
        Assert.True(code == 0, output + error);
        var states = output.Split('\n').Where(l => l.Contains(", state ", StringComparison.Ordinal)).Select(l => l[l.IndexOf("state", StringComparison.Ordinal)..]).ToArray();
        Assert.Equal(4, states.Length);
        Assert.Single(states.Distinct());

        (code, output, error) = Run("dotnet", "", Program("Parquet"), "columns", Path.Combine(archived.Path, "depth.parquet"), "1");
        Assert.True(code == 0, output + error);
        Assert.Contains("quantity", output, StringComparison.Ordinal);
    }

    /// <summary>What a generated day's manifest says of time and holes is counted: the day is whole to mm verify.</summary>
    [Fact]
    public void Days_AGeneratedPiece_IsWholeToVerify()
    {
        var source = ArchiveSamples.SampleStore;
        var tile = Tile.Read(source.ListAsync("market/BTCUSDT/").ToBlockingEnumerable().OrderBy(n => n.Value, StringComparer.Ordinal).Select(n => (EventSourcedMM.Stores.IEventSource)source.OpenSource(n)).ToArray());
        var store = new EventSourcedMM.Stores.Journal.JournalStore(folder, TimeProvider.System);
        new DayGenerator(store, tile, 0).Run(1_723_075_200_000_000_000, 120_000_000_000);
        var day = new EventSourcedMM.Replay.Runs.DayVerifier(new EventSourcedMM.Replay.Days.StoreSet(store)).Verify("BTCUSDT/2024-08-08");
        Assert.Equal([], day.Streams.SelectMany(s => s.Damage));
        Assert.True(day.Identical);
        var manifest = store.ReadManifest(day.Streams.Single().Day.Name)!;
        Assert.Equal("0", manifest.Note("untrustedSeconds"));
        Assert.InRange(decimal.Parse(manifest.Note("trustedSeconds")!, System.Globalization.CultureInfo.InvariantCulture), 119, 120);
    }

    /// <summary>The array has a row a level and a trade, as hftbacktest documents it, in the recorded order.</summary>
    [Fact]
    public void Compare_ExportOfADay_HasEveryLevelAndTrade()
    {
        using var events = new StringWriter();
        var stream = ArchiveSamples.BtcSecondDay.Value;
        Assert.Equal(0, new RootCommand { EventsCommand.Create() }.Parse(["events", stream, "--count", "2000", "--store", folder]).Invoke(new InvocationConfiguration { Output = events, Error = TextWriter.Null }));
        var file = Path.Combine(folder, "day.npz");
        var (code, output, error) = Run("python3", events.ToString(), Script, "--export-only", "--out", file);
        Assert.True(code == 0, output + error);

        var (levels, trades) = (0, 0);
        using (var source = ArchiveSamples.SampleStore.OpenSource(ArchiveSamples.BtcSecondDay))
        {
            var arena = new EventSourcedMM.Domain.Canonical.LevelArena();
            while (source.Read(out var header, out var payload) && header.Sequence <= 2_000)
            {
                arena.Clear();
                levels += header.Type == EventType.DepthDiff ? Levels(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<DepthDiff>(payload, arena)) : 0;
                levels += header.Type == EventType.BookCheckpoint ? Levels(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<BookCheckpoint>(payload, arena)) : 0;
                trades += header.Type == EventType.Trade ? 1 : 0;
            }
        }

        using var archive = ZipFile.OpenRead(file);
        using var memory = new MemoryStream();
        using (var member = archive.GetEntry("data.npy")!.Open())
        {
            member.CopyTo(memory);
        }

        var bytes = memory.ToArray().AsSpan();
        var start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        Assert.StartsWith("{'descr': [('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8')", Encoding.ASCII.GetString(bytes[10..start]), StringComparison.Ordinal);
        Assert.Equal((0, levels + trades + 2), (start % 64, (bytes.Length - start) / 64));
        var (seenTrades, last) = (0, 0L);
        for (var at = start; at < bytes.Length; at += 64)
        {
            seenTrades += (BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) & 7) == 2 ? 1 : 0;
            var time = BinaryPrimitives.ReadInt64LittleEndian(bytes[(at + 16)..]);
            Assert.True(time >= last, "times run backwards");
            last = time;
        }

        Assert.Equal(trades, seenTrades);
    }

    [Fact]
    public void Compare_WithoutHftbacktest_SaysHowToInstallIt()
    {
        var (code, output, error) = Run("python3", "", "-I", "-S", Script, "--date", "2024-08-09");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("python3 -m pip install 'hftbacktest", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"x\":1}", "line 1 of standard input is no event")]
    [InlineData("", "standard input has no market event")]
    public void Compare_OtherInput_SaysWhatIsWanted(string input, string why)
    {
        var (code, _, error) = Run("python3", input, Script, "--export-only", "--out", Path.Combine(folder, "x.npz"));
        Assert.Equal(2, code);
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "x.npz")));
    }

    private static string Root
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory.FullName, "EventSourcedMM.sln")))
            {
                directory = directory.Parent ?? throw new DirectoryNotFoundException("EventSourcedMM.sln is not above the tests.");
            }

            return directory.FullName;
        }
    }

    private static string Script => Path.Combine(Root, "bench", "compare", "compare.py");

    // In the configuration in which the tests were built: the one command of the stores is a Debug build.
    private static string Program(string name) => Path.Combine(Root, "artifacts", "bin", $"EventSourcedMM.{name}.Bench", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), $"EventSourcedMM.{name}.Bench.dll");

    private static int Levels(in DepthDiff diff) => diff.Bids.Count + diff.Asks.Count;

    private static int Levels(in BookCheckpoint book) => book.Bids.Count + book.Asks.Count;

    private static string Mm => "dotnet " + Path.Combine(AppContext.BaseDirectory, "mm.dll");

    private static (int Code, string Output, string Error) Whole(params string[] arguments) =>
        Run("python3", "", [Path.Combine(Root, "bench", "whole.py"), .. arguments, "--mm", Mm]);

    private static (int Code, string Output, string Error) Run(string program, string input, params string[] arguments) => Run(program, input, [], arguments);

    private static (int Code, string Output, string Error) Run(string program, string input, (string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all: what it said is looked at below.
        }

        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}
