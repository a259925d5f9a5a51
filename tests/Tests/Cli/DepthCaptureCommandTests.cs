using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores.Parquet;
using EventSourcedMM.Tests.Support.Naive;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary>A capture of depth20 books backtested alone, as JSON lines and as Parquet, with trades beside it and without.</summary>
public sealed class DepthCaptureCommandTests(DepthCapture capture) : IClassFixture<DepthCapture>, IDisposable
{
    private const string PartialOnly = "The recording has partial books only (depth20 and the like), no diffs";
    private const string LessCertain = "Fills are less certain than with diffs.";
    private const string NoPrints = "The recording has neither trades nor aggregate trades: only quotes that cross ours can fill them.";

    private readonly TempFolder folder = new();

    private string Store => Path.Combine(folder, "store");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Backtest_BooksAlone_IsTheTwinsRunAndSaysWhatIsLessCertain()
    {
        var lines = Backtest(capture.Books, null);
        var parquet = Backtest(capture.BooksParquet, null);
        Assert.Equal(Text(lines, "stateHash"), Text(parquet, "stateHash"));
        Assert.Equal("None", Text(lines, "prints"), ignoreCase: true);
        Assert.Contains(Warnings(lines), w => w.StartsWith(PartialOnly, StringComparison.Ordinal) && w.EndsWith(LessCertain, StringComparison.Ordinal));
        Assert.Contains(Warnings(lines), w => w.StartsWith(NoPrints, StringComparison.Ordinal));
        AssertTwin(lines, capture.Lines.Where(l => l is PartialLine));

        // The same to whoever reads text, and in the page.
        var (code, output, error) = Run("backtest", "--data", capture.BooksParquet, "--symbol", "NEXOUSDT", "--store", Store);
        Assert.True(code == 0, error);
        Assert.Contains("warning: " + PartialOnly, output, StringComparison.Ordinal);
        Assert.Contains("warning: " + NoPrints, output, StringComparison.Ordinal);
        var page = Path.Combine(folder, "report.html");
        Assert.Equal(0, Run("report", Text(lines, "run"), "--out", page, "--store", Store).Code);
        Assert.Contains(LessCertain, File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void Backtest_BooksWithTradesBeside_IsTheTwinsRunAndFillsFromThem()
    {
        var runs = new[] { (capture.Books, capture.Trades), (capture.BooksParquet, capture.TradesParquet), (capture.BooksParquet, capture.Trades) }
            .Select(files => Backtest(files.Item1, files.Item2)).ToArray();
        Assert.All(runs, r => Assert.Equal(Text(runs[0], "stateHash"), Text(r, "stateHash")));
        Assert.Equal("Trades", Text(runs[0], "prints"), ignoreCase: true);
        Assert.Contains(Warnings(runs[0]), w => w.StartsWith(PartialOnly, StringComparison.Ordinal));
        Assert.DoesNotContain(Warnings(runs[0]), w => w.StartsWith(NoPrints, StringComparison.Ordinal));
        var log = AssertTwin(runs[0], capture.Lines);
        Assert.Contains(log, l => l.Contains("PrintThrough", StringComparison.Ordinal) || l.Contains("PrintAtPrice", StringComparison.Ordinal));

        var alone = Backtest(capture.Books, null);
        Assert.True(Fills(runs[0]) > Fills(alone), $"{Fills(runs[0])} fills with trades, {Fills(alone)} without");
        Assert.NotEqual(Text(runs[0], "stateHash"), Text(alone, "stateHash"));
    }

    /// <summary>What cannot be read is named with its file, its line or row, and what is wrong there; nothing is stored.</summary>
    [Theory]
    [InlineData("cut line", "books.jsonl line 41: ")]
    [InlineData("cut gzip", "books.jsonl.gz: the gzip data ends too early, after line ")]
    [InlineData("cut parquet", "books.parquet")]
    [InlineData("lastUpdateId", "row 1: there is no lastUpdateId")]
    [InlineData("asks", "row 1: there are bids and no asks")]
    [InlineData("bids", "row 1: there are asks and no bids")]
    [InlineData("time", "it has no column for the time")]
    [InlineData("asks of a line", "books.jsonl line 41: there are bids and no asks")]
    [InlineData("trades that are books", "a book stands where trades belong")]
    [InlineData("books that are trades", "has no book")]
    [InlineData("trades without books", "--trades goes with --data")]
    [InlineData("no such trades", "nowhere.jsonl")]
    [InlineData("price", "row 1: there is no price")]
    [InlineData("isBuyerMaker", "row 1: there is no isBuyerMaker or side")]
    public void Backtest_WrongCapture_IsNamedAndNothingIsStored(string wrong, string reason)
    {
        var books = Path.Combine(folder, "books.jsonl");
        var parquet = Path.Combine(folder, "books.parquet");
        var kept = File.ReadLines(capture.Books).Take(60).ToArray();
        string[] data;
        switch (wrong)
        {
            case "cut line":
                kept[40] = kept[40][..100];
                File.WriteAllLines(books, kept);
                data = ["--data", books];
                break;
            case "asks of a line":
                kept[40] = kept[40].Replace("\"asks\"", "\"offers\"", StringComparison.Ordinal);
                File.WriteAllLines(books, kept);
                data = ["--data", books];
                break;
            case "cut gzip":
                data = ["--data", CutGzip(books + ".gz", kept)];
                break;
            case "cut parquet":
                File.WriteAllBytes(parquet, File.ReadAllBytes(capture.BooksParquet)[..20_000]);
                data = ["--data", parquet];
                break;
            case "trades that are books":
                data = ["--data", capture.Books, "--trades", capture.BooksParquet];
                break;
            case "books that are trades":
                data = ["--data", capture.Trades];
                break;
            case "trades without books":
                data = ["--date", "2024-07-24", "--trades", capture.Trades];
                break;
            case "no such trades":
                data = ["--data", capture.Books, "--trades", Path.Combine(folder, "nowhere.jsonl")];
                break;
            default:
                data = DepthCapture.BookColumns.Contains(wrong) ? ["--data", capture.Without(wrong)] : ["--data", capture.Books, "--trades", capture.Without(wrong)];
                break;
        }

        var (code, output, error) = Run(["backtest", .. data, "--symbol", "NEXOUSDT", "--store", Store]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(Store) ? Directory.GetFiles(Store, "*", SearchOption.AllDirectories) : []);
    }

    private static string CutGzip(string path, string[] lines)
    {
        using var memory = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(memory, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        using (var text = new StreamWriter(gzip))
        {
            foreach (var line in lines)
            {
                text.WriteLine(line);
            }
        }

        File.WriteAllBytes(path, memory.ToArray()[..(int)(memory.Length - 1_000)]);
        return path;
    }

    // The stored run, event for event, against the naive twin that reads the lines themselves.
    private List<string> AssertTwin(JsonElement json, IEnumerable<MarketLine> lines)
    {
        var store = new JournalStore(Store, TimeProvider.System);
        var name = store.ListAsync("run/").ToBlockingEnumerable().Single(s => s.Parts[1] == Text(json, "run"));
        var log = new StoredText();
        using (var source = store.OpenSource(name))
        {
            while (source.Read(out var header, out var payload))
            {
                log.Add(header, payload);
            }
        }

        var instrument = ShippedInstruments.Find("NEXOUSDT")!;
        var started = log.Started;
        var naive = new NaiveBacktest(new NaiveRun(
            new NaiveInstrument(instrument.Tick, instrument.Lot, instrument.MinQuantity, BigInteger.Parse(instrument.MinNotional.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
            new NaiveSettings(started.Configuration), QueueModel.Fifo, 1_000, started.LogTerm, started.StationarySlope, started.Horizon, long.MinValue, long.MaxValue));
        Assert.True(naive.Run([.. lines]));
        Differential.SameLines(naive.Log, log.Text.Lines);
        Assert.True(log.Text.Lines.Count > 1_000, $"only {log.Text.Lines.Count} events");
        return log.Text.Lines;
    }

    private JsonElement Backtest(string books, string? trades)
    {
        var (code, output, error) = Run(["backtest", "--data", books, .. trades is null ? [] : (string[])["--trades", trades], "--symbol", "NEXOUSDT", "--store", Store, "--json"]);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement.Clone();
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static long Fills(JsonElement json) => json.GetProperty("fills").GetInt64();

    private static string[] Warnings(JsonElement json) => [.. json.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand { BacktestCommand.Create(), ReportCommand.Create() };
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    // A stored run in the words of the twin.
    private sealed class StoredText : IEventHandler
    {
        private readonly LevelArena arena = new();

        public RunText Text { get; } = new();

        public RunStarted Started { get; private set; }

        public void Add(in EventHeader header, ReadOnlySpan<byte> payload)
        {
            arena.Clear();
            var self = this;
            if (header.Type == EventType.RunStarted)
            {
                EventCatalog.Decode(header, payload, arena, ref self);
            }

            Text.Append(header.Type, header.Version, header.ReceiveTime, header.Cause, payload);
        }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is RunStarted started)
            {
                Started = started;
            }
        }
    }
}
