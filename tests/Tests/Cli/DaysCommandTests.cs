using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Import;
using EventSourcedMM.Tests.Stores.Archive;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm days</c>: what it lists, and its trusted seconds against a naive count.</summary>
public sealed class DaysCommandTests : IDisposable
{
    private const string Instrument = """{ "instruments": [{ "symbol": "TESTUSDT", "baseAsset": "TEST", "quoteAsset": "USDT", "tick": "0.01", "lot": "0.01", "minQuantity": "0.02", "minNotional": "5" }] }""";

    private readonly ImportBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("NEXOUSDT")]
    [InlineData("BTCUSDT")]
    public void Days_OfARecording_HaveTheNaiveCountOfTrustedSeconds(string symbol)
    {
        var naive = new NaiveTrust();
        foreach (var day in ArchiveSamples.SampleStore.ListAsync($"market/{symbol}/").ToBlockingEnumerable())
        {
            foreach (var line in Lines(ArchiveSamples.SampleStore, day))
            {
                naive.Add(line);
            }
        }

        var listed = Listed("--symbol", symbol, "--store", bench.Folder);
        AssertSame(naive, listed);
        Assert.All(listed, d => Assert.True(d.GetProperty("trustedSeconds").GetDouble() > 60));
    }

    /// <summary>A day whose manifest somebody cut keeps no other from being listed.</summary>
    [Fact]
    public void Days_OneDamaged_IsNamedAndTheOthersAreListed()
    {
        var store = new JournalStore(Path.Combine(bench.Folder, "damaged"), TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay(), []);
        var manifest = Path.Combine(store.Root, ArchiveSamples.Small.Value, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest)[..40]);
        var (code, output, error) = Run("--json", "--store", store.Root);
        Assert.Equal((1, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        Assert.Contains(json.RootElement.GetProperty("days").EnumerateArray(), d => d.GetProperty("symbol").GetString() == "NEXOUSDT");
        var damaged = Assert.Single(json.RootElement.GetProperty("damaged").EnumerateArray());
        Assert.Equal((ArchiveSamples.Small.Value, "MADEUSDT"), (damaged.GetProperty("stream").GetString(), damaged.GetProperty("symbol").GetString()));
        Assert.Contains("manifest.json is not a stream manifest: it ends at line ", damaged.GetProperty("damage").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", output, StringComparison.Ordinal);

        (code, output, _) = Run("--store", store.Root);
        Assert.Equal(1, code);
        Assert.Contains("NEXOUSDT", output, StringComparison.Ordinal);
        Assert.Contains(output.Split('\n'), l => l.StartsWith("MADEUSDT", StringComparison.Ordinal) && l.Contains("damaged: ", StringComparison.Ordinal));
    }

    /// <summary>Made-up recordings over midnight, whose diffs get lost, late and doubled, whose books cross and empty, whose stamps run backwards.</summary>
    [Fact]
    public void Days_OfRecordingsWithGaps_HaveTheNaiveCountOfTrustedSeconds()
    {
        var file = Path.Combine(bench.Folder, "instrument.json");
        File.WriteAllText(file, Instrument);
        var (gaps, untrusted) = (0L, 0L);
        for (var seed = 1; seed <= Cases.Count(12); seed++)
        {
            var random = new Random(seed);
            var steps = Enumerable.Range(0, 250).Select(_ => random.Next()).ToArray();
            var lines = SyntheticMarket.Lines(steps, SyntheticCase.Midnight - 7_333_000_000, partial: false);
            using var own = new ImportBench();
            own.Import(new ImportOptions { InstrumentFile = file }, "TESTUSDT", own.File(lines.Select((l, i) => string.Create(CultureInfo.InvariantCulture, $"{l.Stamp} {LineRecording.Json(l, i + 1, LineRecording.Instrument)}"))));
            var naive = new NaiveTrust();
            lines.ForEach(naive.Add);
            var listed = Listed("--symbol", "TESTUSDT", "--store", own.Store.Root);
            AssertSame(naive, listed);
            gaps += listed.Sum(d => d.GetProperty("gaps").GetInt64());
            untrusted += naive.Days.Count(d => d.Value.Untrusted > 0 && d.Value.Trusted > 0);

            // What a killed recorder leaves is counted by reading it again when it is sealed: the same, to the last event.
            var last = own.Days("TESTUSDT")[^1];
            var fold = new DayFold();
            fold.Read(own.Store, last.Name);
            var told = fold.Notes(last.Name).ToDictionary(n => n.Key, n => n.Value);
            Assert.Equal((last.Manifest!.Note("trustedSeconds"), last.Manifest.Note("untrustedSeconds")), (told["trustedSeconds"], told["untrustedSeconds"]));
        }

        Assert.True(gaps > 10 && untrusted > 5, $"{gaps} gaps, {untrusted} days of both kinds");
    }

    /// <summary>A day of a version that counted only the untrusted seconds: the rest of its span. One that counted neither: nobody knows.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("0.000000004")]
    public void Days_OfAnEarlierVersion_HaveTheRestOfTheirSpan(string? untrusted)
    {
        var store = new JournalStore(Path.Combine(bench.Folder, "old"), TimeProvider.System);
        var manifest = ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay(), untrusted is null ? [] : [new("untrustedSeconds", untrusted)]);
        var span = manifest.LastTime - manifest.FirstTime;
        Assert.True(span > 4, $"the day spans {span} ns");
        var day = Assert.Single(Listed("--symbol", "MADEUSDT", "--store", store.Root));
        if (untrusted is null)
        {
            Assert.Equal(JsonValueKind.Null, day.GetProperty("trustedSeconds").ValueKind);
        }
        else
        {
            Assert.Equal((span - 4, 4), (Nanoseconds(day, "trustedSeconds"), Nanoseconds(day, "untrustedSeconds")));
        }

        Assert.Equal((166L, true), (day.GetProperty("events").GetInt64(), day.GetProperty("sealed").GetBoolean()));
    }

    [Fact]
    public void Days_OfASymbolThatIsNotStored_SaysWhatStoresOne()
    {
        var (code, output, _) = Run("--symbol", "NOSUCHUSDT", "--store", bench.Folder);
        Assert.Equal((0, true), (code, output.Contains("Nothing is stored for NOSUCHUSDT. mm import FILE…", StringComparison.Ordinal)));
    }

    private static void AssertSame(NaiveTrust naive, IReadOnlyList<JsonElement> listed)
    {
        Assert.Equal(
            naive.Days.Select(d => (DateTime.UnixEpoch.AddDays(d.Key).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), d.Value.Trusted, d.Value.Untrusted)),
            listed.Select(d => (d.GetProperty("day").GetString()!, Nanoseconds(d, "trustedSeconds"), Nanoseconds(d, "untrustedSeconds"))));
    }

    // A double holds a day's nanoseconds to the last one.
    private static long Nanoseconds(JsonElement day, string name) => (long)Math.Round(day.GetProperty(name).GetDouble() * 1e9);

    private static JsonElement[] Listed(params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--json"]);
        Assert.True(code == 0, error);
        return [.. JsonDocument.Parse(output).RootElement.GetProperty("days").EnumerateArray()];
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = new RootCommand { DaysCommand.Create() }.Parse(["days", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private static List<MarketLine> Lines(JournalStore store, StreamName day)
    {
        var reader = new LineReader();
        var arena = new LevelArena();
        using IEventSource source = store.OpenSource(day);
        while (source.Read(out var header, out var payload))
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref reader);
        }

        return reader.Lines;
    }

    // The day's messages as lines; what the recorder added itself (checkpoints, transitions) tells the twin nothing.
    private sealed class LineReader : IEventHandler
    {
        public List<MarketLine> Lines { get; } = [];

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            var stamp = header.ReceiveTime;
            MarketLine? line = payload switch
            {
                DepthDiff d => new DiffLine(stamp, d.FirstUpdateId, d.FinalUpdateId, [.. d.Bids.Span], [.. d.Asks.Span]),
                BookSnapshot s => new SnapshotLine(stamp, s.LastUpdateId, [.. s.Bids.Span], [.. s.Asks.Span]),
                PartialBook p => new PartialLine(stamp, p.LastUpdateId, [.. p.Bids.Span], [.. p.Asks.Span]),
                Trade or BestQuote or VenueMessage => new OtherLine(stamp),
                _ => null,
            };
            if (line is not null)
            {
                Lines.Add(line);
            }
        }
    }
}
