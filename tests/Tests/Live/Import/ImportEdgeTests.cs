using System.Text;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Live.Instruments;

namespace EventSourcedMM.Tests.Live.Import;

/// <summary>Files as they really turn up: cut, mixed, with odd stamps; and symbols nobody shipped an instrument for.</summary>
public sealed class ImportEdgeTests : IDisposable
{
    private const long Start = 1_723_161_253_000_000_000;

    private readonly ImportBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Run_GzipCut_IsRefusedUnlessAllowed()
    {
        var zipped = File.ReadAllBytes(Samples.Nexo[0]);
        var path = bench.File(zipped[..30_000]);
        var error = Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", path));
        Assert.Contains($"{path}: the gzip data ends too early, after line ", error.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-cut", error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Content());

        var report = bench.Import(new ImportOptions { AllowCut = true }, "NEXOUSDT", path);
        Assert.Equal((0L, 0L, "Synced"), (report.Malformed, report.Gaps, report.BookState));
        Assert.InRange(report.Lines, 900, 1_700);
        Assert.Contains(report.Warnings, w => w.Contains("is cut", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_PlainFileCutInItsLastLine_CountsOneMalformed()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', Samples.Lines(Samples.Nexo[0]).Take(500)));
        var path = bench.File(bytes[..^20]);
        var report = bench.Import("NEXOUSDT", path);
        Assert.Equal((500L, 1L), (report.Lines, report.Malformed));
        Assert.Contains(report.Warnings, w => w.StartsWith($"{path} line 500: not JSON", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_WindowsLineBreaksPlainOrPacked_SameContent()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).ToArray();
        bench.Import("NEXOUSDT", bench.File(lines, gzip: false, lineBreak: "\r\n"));
        using var other = new ImportBench();
        other.Import("NEXOUSDT", other.File(lines, gzip: true));

        // Only the files' digests and names differ, in the first event.
        Assert.Equal(
            bench.Days("NEXOUSDT").Select(d => (d.Name, d.Info.Version)),
            other.Days("NEXOUSDT").Select(d => (d.Name, d.Info.Version)));
        Assert.Equal(
            bench.Events<DepthDiff>(bench.Days("NEXOUSDT")[0].Name).Select(d => d.FinalUpdateId),
            other.Events<DepthDiff>(other.Days("NEXOUSDT")[0].Name).Select(d => d.FinalUpdateId));
    }

    [Fact]
    public void Run_FilesThatOverlap_AreRefused()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).ToArray();
        var first = bench.File(lines.Take(1_000));
        var second = bench.File(lines.Skip(900));
        var error = Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", first, second));
        Assert.Contains("the files overlap", error.Message, StringComparison.Ordinal);
        Assert.Contains(second, error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Content());
    }

    [Fact]
    public void Run_SameFileTwice_IsTakenOnce()
    {
        var copy = bench.File(File.ReadAllBytes(Samples.Nexo[0]));
        var report = bench.Import("NEXOUSDT", Samples.Nexo[0], copy);
        Assert.Equal(1_804, report.Lines);
        Assert.Contains(report.Warnings, w => w.Contains("has the same content as", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_FilesOfDifferentClocks_AreRefused()
    {
        var milliseconds = bench.File([$"1721750400000 {Samples.MessageOf(Samples.Lines(Samples.Nexo[1]).First())}"]);
        Assert.Contains("not files of one session", Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", Samples.Nexo[0], milliseconds)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_StampsOfAnotherResolutionOrNone_AreKeptAsMalformed()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(20).ToList();
        lines.Insert(10, "1721749184000 {\"u\":1}");
        lines.Insert(12, "no stamp at all");
        var path = bench.File(lines);
        var report = bench.Import("NEXOUSDT", path);
        Assert.Equal((22L, 2L), (report.Lines, report.Malformed));
        Assert.Contains($"{path} line 11: the local stamp counts ms, the recording's count us", report.Warnings);
        Assert.Contains($"{path} line 13: the line does not begin with a local stamp", report.Warnings);
        var kept = bench.Events<VenueMessage>(bench.Days("NEXOUSDT")[0].Name);
        Assert.Equal(["1721749184000 {\"u\":1}", "no stamp at all"], kept.Select(k => k.Body));
    }

    [Fact]
    public void Run_StampsRunBackwards_AreKeptAsRecordedAndCounted()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(100).ToList();
        var back = long.Parse(lines[50].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) - 70_000_000;
        lines[50] = $"{back} {Samples.MessageOf(lines[50])}";
        var report = bench.Import("NEXOUSDT", bench.File(lines));
        Assert.Equal(1, report.Backwards);
        Assert.InRange(report.FurthestBackwards, 60_000_000_000, 70_000_000_000);
        var times = new List<long>();
        bench.Fold(bench.Days("NEXOUSDT")[0].Name, (_, header) => times.Add(header.ReceiveTime));
        Assert.Contains(back * 1_000, times);
    }

    [Theory]
    [InlineData(2L * 86_400, "jumps from")]
    [InlineData(-7_200L, "more than an hour before")]
    public void Run_StampOfAnotherTime_IsRefusedWithItsLine(long seconds, string reason)
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(100).ToList();
        lines[50] = $"{long.Parse(lines[50].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) + (seconds * 1_000_000)} {Samples.MessageOf(lines[50])}";
        var path = bench.File(lines);
        var error = Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", path));
        Assert.StartsWith($"{path} line 51: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_UnknownMessages_AreKeptAndCounted()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(30).ToList();
        var stamp = lines[20].Split(' ')[0];
        lines.Insert(20, stamp + " {\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1721749184000}}");
        var report = bench.Import("NEXOUSDT", bench.File(lines));
        Assert.Equal((1L, 0L), (report.Unknown, report.Malformed));
        Assert.Equal("!serverShutdown", Assert.Single(bench.Events<VenueMessage>(bench.Days("NEXOUSDT")[0].Name)).Stream);
    }

    [Fact]
    public void Run_SymbolWithoutShippedInstrument_IsInferredWithAWarning()
    {
        var path = bench.File(Session("ABCUSDT", "0.5", "3"));
        var report = bench.Import("ABCUSDT", path);
        Assert.Contains(report.Warnings, w => w.Contains("inferred from the recording: tick 0.5, lot 3", StringComparison.Ordinal));
        var instrument = Assert.Single(bench.Events<InstrumentDefined>(bench.Days("ABCUSDT")[0].Name));
        Assert.Equal((InstrumentSource.Inferred, 50_000_000L, 300_000_000L, "ABC", "USDT"), (instrument.Source, instrument.Tick, instrument.Lot, instrument.BaseAsset, instrument.QuoteAsset));
        Assert.Equal((Int128)0, instrument.MinNotional);
    }

    [Fact]
    public void Run_QuantitiesThatEightDecimalsCannotHold_GetACoarserScale()
    {
        var report = bench.Import("ABCUSDT", bench.File(Session("ABCUSDT", "0.5", "900000000000")));
        var instrument = Assert.Single(bench.Events<InstrumentDefined>(bench.Days("ABCUSDT")[0].Name));
        Assert.True(instrument.QuantityDecimals < 8);
        Assert.Equal((0L, "Synced"), (report.Malformed, report.BookState));
    }

    [Fact]
    public void Run_InstrumentFile_GoesBeforeEverything()
    {
        var file = bench.File("""{"symbol":"NEXOUSDT","baseAsset":"NEXO","quoteAsset":"USDT","tick":"0.01","lot":"0.1"}"""u8.ToArray());
        var report = bench.Import(new ImportOptions { InstrumentFile = file }, "NEXOUSDT", Samples.Nexo[0]);
        var instrument = Assert.Single(bench.Events<InstrumentDefined>(bench.Days("NEXOUSDT")[0].Name));
        Assert.Equal((InstrumentSource.File, 1_000_000L), (instrument.Source, instrument.Tick));
        Assert.Contains(report.Warnings, w => w.Contains("prices finer than the tick 0.01", StringComparison.Ordinal));
        Assert.Contains(report.Warnings, w => w.Contains("traded quantities are not multiples of the lot 0.1", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_RecordedExchangeInfo_IsTakenAndTellsOfChanges()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(1_500).ToList();
        lines.Insert(0, $"{lines[0].Split(' ')[0]} {ExchangeInfo("0.00010000")}");
        lines.Insert(1_200, $"{lines[1_199].Split(' ')[0]} {ExchangeInfo("0.00010000")}");
        lines.Insert(1_300, $"{lines[1_299].Split(' ')[0]} {ExchangeInfo("0.00100000")}");
        var report = bench.Import("NEXOUSDT", bench.File(lines));
        Assert.Equal(3, report.Unknown);
        var defined = bench.Events<InstrumentDefined>(bench.Days("NEXOUSDT")[0].Name);
        Assert.Equal([10_000L, 100_000L], defined.Select(d => d.Tick));
        Assert.All(defined, d => Assert.Equal(InstrumentSource.ExchangeInfo, d.Source));
    }

    [Fact]
    public void Run_SymbolThatNobodyCanPlace_AsksForAnInstrument()
    {
        var path = bench.File(Session("ABCXYZ", "0.5", "3"));
        Assert.Contains("--instrument", Assert.Throws<InstrumentException>(() => bench.Import("ABCXYZ", path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ExchangeInfoAfterTheFirstMessages_AppliesFromWhereItStands()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(1_500).ToList();
        lines.Insert(300, $"{lines[299].Split(' ')[0]} {ExchangeInfo("0.00010000")}");
        bench.Import("NEXOUSDT", bench.File(lines));
        var defined = bench.Events<InstrumentDefined>(bench.Days("NEXOUSDT")[0].Name);
        Assert.Equal([(100_000L, InstrumentSource.Shipped), (10_000L, InstrumentSource.ExchangeInfo)], defined.Select(d => (d.Tick, d.Source)));
    }

    [Fact]
    public void Run_ExchangeInfoAfterTheFirstMessagesOfASymbolNobodyKnows_AppliesToAllAndSaysSo()
    {
        var lines = Samples.Lines(Samples.Nexo[0]).Take(1_500).Select(l => l.Replace("NEXOUSDT", "NEXTUSDT", StringComparison.Ordinal).Replace("nexousdt", "nextusdt", StringComparison.Ordinal)).ToList();
        lines.Insert(300, $"{lines[299].Split(' ')[0]} {ExchangeInfo("0.00010000").Replace("NEXOUSDT", "NEXTUSDT", StringComparison.Ordinal)}");
        var path = bench.File(lines);
        var report = bench.Import("NEXTUSDT", path);
        Assert.Contains(report.Warnings, w => w.Contains($"exchangeInfo at line 301 of {path}, also for the messages before it", StringComparison.Ordinal));
        Assert.Equal(10_000L, Assert.Single(bench.Events<InstrumentDefined>(bench.Days("NEXTUSDT")[0].Name)).Tick);
    }

    private static string ExchangeInfo(string tick) =>
        $$$"""{"timezone":"UTC","symbols":[{"symbol":"NEXOUSDT","baseAsset":"NEXO","quoteAsset":"USDT","baseCommissionPrecision":8,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.00100000","maxPrice":"1000.00000000","tickSize":"{{{tick}}}"},{"filterType":"LOT_SIZE","minQty":"0.01000000","maxQty":"900000.00000000","stepSize":"0.01000000"},{"filterType":"NOTIONAL","minNotional":"5.00000000"}]}]}""";

    // A snapshot, diffs and trades on a grid of prices and quantities.
    private static IEnumerable<string> Session(string symbol, string tick, string lot)
    {
        var step = decimal.Parse(tick, System.Globalization.CultureInfo.InvariantCulture);
        var size = decimal.Parse(lot, System.Globalization.CultureInfo.InvariantCulture);
        string P(int n) => (n * step).ToString(System.Globalization.CultureInfo.InvariantCulture);
        string Q(int n) => (n * size).ToString(System.Globalization.CultureInfo.InvariantCulture);
        yield return $"{Start} {{\"lastUpdateId\":10,\"bids\":[[\"{P(100)}\",\"{Q(2)}\"]],\"asks\":[[\"{P(103)}\",\"{Q(3)}\"]]}}";
        for (var i = 1; i <= 200; i++)
        {
            var stamp = Start + (i * 100_000_000L);
            yield return $"{stamp} {{\"e\":\"depthUpdate\",\"E\":{stamp / 1_000_000},\"s\":\"{symbol}\",\"U\":{10 + i},\"u\":{10 + i},\"b\":[[\"{P(90 + (i % 5))}\",\"{Q(1 + (i % 3))}\"]],\"a\":[]}}";
            yield return $"{stamp} {{\"e\":\"trade\",\"E\":{stamp / 1_000_000},\"s\":\"{symbol}\",\"t\":{i},\"p\":\"{P(100 + (i % 3))}\",\"q\":\"{Q(1 + (i % 2))}\",\"T\":{stamp / 1_000_000},\"m\":true,\"M\":true}}";
        }
    }
}
