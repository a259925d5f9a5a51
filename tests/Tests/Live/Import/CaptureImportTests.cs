using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Live.Import.Captures;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Stores.Parquet;

namespace EventSourcedMM.Tests.Live.Import;

/// <summary>Captures of depth20 books in the shapes that people write all become the same events.</summary>
public sealed class CaptureImportTests : IDisposable
{
    private const long Start = 1_723_161_600_000_000_000;

    private readonly EventSourcedMM.Tests.Stores.TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Capture_EveryShape_BecomesTheSameBooks()
    {
        // The reference: JSON lines as the venue sends them, with a time in milliseconds.
        var lines = new StringBuilder();
        for (var i = 0; i < 50; i++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"lastUpdateId\":{100 + i},\"bids\":[[\"{Price(i, -1)}\",\"1.5\"],[\"{Price(i, -2)}\",\"2.25\"]],\"asks\":[[\"{Price(i, 1)}\",\"3\"],[\"{Price(i, 2)}\",\"0.00001\"]],\"time\":{(Start / 1_000_000) + (i * 100)}}}\n");
        }

        var json = Write("day.jsonl", lines.ToString());
        var expected = Books(json);
        Assert.Equal(51, expected.Count);

        var p = Path.Combine(folder, "p");
        Directory.CreateDirectory(p);
        string At(string name) => Path.Combine(p, name);
        const string px = "(60000 + i + {0} * 0.01)";
        string Px(int side) => string.Format(CultureInfo.InvariantCulture, px, side);
        var rows = $"FROM range(50) r(i)";
        DuckDb.Run(
            $"COPY (SELECT 100 + i AS lastUpdateId, [[{Px(-1)}::VARCHAR, '1.5'], [{Px(-2)}::VARCHAR, '2.25']] AS bids, [[{Px(1)}::VARCHAR, '3'], [{Px(2)}::VARCHAR, '0.00001']] AS asks, {Start / 1_000_000} + i * 100 AS time {rows}) TO {DuckDb.Quote(At("pairs.parquet"))} (FORMAT parquet)",
            $"COPY (SELECT 100 + i AS last_update_id, [{{'price': {Px(-1)}::DOUBLE, 'qty': 1.5::DOUBLE}}, {{'price': {Px(-2)}::DOUBLE, 'qty': 2.25::DOUBLE}}] AS bids, [{{'price': {Px(1)}::DOUBLE, 'qty': 3::DOUBLE}}, {{'price': {Px(2)}::DOUBLE, 'qty': 0.00001::DOUBLE}}] AS asks, make_timestamp({Start / 1_000} + i * 100000) AS timestamp {rows}) TO {DuckDb.Quote(At("structs.parquet"))} (FORMAT parquet, COMPRESSION gzip)",
            $"COPY (SELECT 100 + i AS update_id, {Px(-1)}::DOUBLE AS bid_px_0, 1.5::DOUBLE AS bid_qty_0, {Px(-2)}::DOUBLE AS bid_px_1, 2.25::DOUBLE AS bid_qty_1, {Px(1)}::DOUBLE AS ask_px_0, 3::DOUBLE AS ask_qty_0, {Px(2)}::DOUBLE AS ask_px_1, 0.00001::DOUBLE AS ask_qty_1, {Start} + i * 100000000 AS ts {rows}) TO {DuckDb.Quote(At("flat.parquet"))} (FORMAT parquet, COMPRESSION zstd)",
            $"COPY (SELECT 100 + i AS \"lastUpdateId\", {Px(-2)}::DECIMAL(18,8) AS \"bids[1].price\", 2.25::DECIMAL(18,8) AS \"bids[1].amount\", {Px(-1)}::DECIMAL(18,8) AS \"bids[0].price\", 1.5::DECIMAL(18,8) AS \"bids[0].amount\", {Px(1)}::DECIMAL(18,8) AS \"asks[0].price\", 3::DECIMAL(18,8) AS \"asks[0].amount\", {Px(2)}::DECIMAL(18,8) AS \"asks[1].price\", 0.00001::DECIMAL(18,8) AS \"asks[1].amount\", {Start / 1_000} + i * 100000 AS local_timestamp {rows}) TO {DuckDb.Quote(At("tardis.parquet"))} (FORMAT parquet, COMPRESSION brotli)",
            $"COPY (SELECT 100 + i AS lastUpdateId, '[[\"' || {Px(-1)} || '\",\"1.5\"],[\"' || {Px(-2)} || '\",\"2.25\"]]' AS bids, '[[' || {Px(1)} || ',3],[' || {Px(2)} || ',0.00001]]' AS asks, strftime(make_timestamp({Start / 1_000} + i * 100000), '%Y-%m-%d %H:%M:%S.%f') AS time {rows}) TO {DuckDb.Quote(At("text.parquet"))} (FORMAT parquet, COMPRESSION snappy)");
        foreach (var file in Directory.GetFiles(p))
        {
            Assert.True(CaptureFiles.IsCapture(file), file);
            Assert.Equal(expected, Books(file));
        }
    }

    [Fact]
    public void Capture_TradesBeside_AreMergedByTimeAndComeFirst()
    {
        var books = Write("b.jsonl", $"{{\"lastUpdateId\":1,\"bids\":[[\"10\",\"1\"]],\"asks\":[[\"11\",\"1\"]],\"time\":{Start / 1_000_000}}}\n{{\"lastUpdateId\":2,\"bids\":[[\"10\",\"2\"]],\"asks\":[[\"11\",\"1\"]],\"time\":{(Start / 1_000_000) + 100}}}\n");
        var trades = Write("t.jsonl", $"{{\"price\":\"10.5\",\"qty\":\"0.3\",\"time\":{(Start / 1_000_000) + 100},\"isBuyerMaker\":true}}\n{{\"price\":10.6,\"size\":2,\"time\":{(Start / 1_000_000) + 50},\"side\":\"buy\"}}\n".Split('\n') is var l ? $"{l[1]}\n{l[0]}\n" : "");
        var target = Path.Combine(folder, "lines");
        Assert.Equal("XYZUSDT", CaptureFiles.Convert([books, trades], "XYZUSDT", target));
        Assert.Equal(
            ["1|@depth20@100ms", "0|@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161600050,\"s\":\"XYZUSDT\",\"t\":1,\"p\":\"10.6\",\"q\":\"2\",\"T\":1723161600050,\"m\":false", "0|@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161600100,\"s\":\"XYZUSDT\",\"t\":2,\"p\":\"10.5\",\"q\":\"0.3\",\"T\":1723161600100,\"m\":true", "2|@depth20@100ms"],
            File.ReadLines(target).Select(x => x.Contains("lastUpdateId", StringComparison.Ordinal) ? $"{x[x.IndexOf("Id\":", StringComparison.Ordinal) + 4]}|@depth20@100ms" : "0|" + x[x.IndexOf("@trade", StringComparison.Ordinal)..x.IndexOf(",\"M\"", StringComparison.Ordinal)]));
    }

    /// <summary>The venue's own aggregate trades, whose id is called as asks are, are trades.</summary>
    [Fact]
    public void Capture_AggregateTradesOfTheVenue_AreTrades()
    {
        var trades = Write("a.jsonl", "{\"e\":\"aggTrade\",\"E\":1723161600050,\"s\":\"XYZUSDT\",\"a\":77,\"p\":\"10.6\",\"q\":\"2\",\"f\":1,\"l\":2,\"T\":1723161600049,\"m\":true,\"M\":true}\n");
        var target = Path.Combine(folder, "lines");
        Assert.Equal("XYZUSDT", CaptureFiles.Convert([trades], null, target));
        Assert.Contains("\"t\":77,\"p\":\"10.6\",\"q\":\"2\"", File.ReadAllText(target), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[[\"10\",\"1\"]],\"time\":1723161600000}", "there are bids and no asks")]
    [InlineData("{\"lastUpdateId\":1,\"asks\":[],\"time\":1723161600000}", "there are asks and no bids")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[],\"asks\":[]}", "there is no time")]
    [InlineData("{\"bids\":[],\"asks\":[],\"time\":1723161600000}", "there is no lastUpdateId")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[[\"x\",\"1\"]],\"asks\":[],\"time\":\"yesterday\"}", "'yesterday' is no time")]
    [InlineData("{\"price\":1,\"qty\":1,\"time\":1723161600000}", "there is no isBuyerMaker or side")]
    [InlineData("{\"time\":1723161600000", "line 1:")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[[\"1.0\"]],\"asks\":[],\"time\":1723161600000}", "a level has fewer than two numbers")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[[\"x\",\"1\"]],\"asks\":[],\"time\":1723161600000}", "'x' is no price")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[],\"asks\":[[\"1\",\"-2\"]],\"time\":1723161600000}", "'-2' is no quantity")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[[\"1e300\",\"1\"]],\"asks\":[],\"time\":1723161600000}", "'1e300' is no price")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":[[1e300,1]],\"asks\":[],\"time\":1723161600000}", "line 1:")]
    [InlineData("{\"lastUpdateId\":1,\"bids\":7,\"asks\":[],\"time\":1723161600000}", "line 1:")]
    [InlineData("{\"price\":\"y\",\"qty\":1,\"side\":\"buy\",\"time\":1723161600000}", "'y' is no price")]
    public void Capture_BadRow_IsNamedWithWhatIsMissing(string line, string message)
    {
        var path = Write("bad.jsonl", line + "\n");
        var error = Assert.Throws<ImportException>(() => CaptureFiles.Convert([path], "XYZUSDT", Path.Combine(folder, "lines")));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("bad.jsonl line 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Capture_NoSymbol_AsksForIt()
    {
        var path = Write("n.jsonl", $"{{\"lastUpdateId\":1,\"bids\":[[\"10\",\"1\"]],\"asks\":[[\"11\",\"1\"]],\"time\":{Start / 1_000_000}}}\n");
        Assert.Contains("--symbol", Assert.Throws<ImportException>(() => CaptureFiles.Convert([path], null, Path.Combine(folder, "lines"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Capture_OfAnotherSymbol_SaysWhatItHas()
    {
        var path = Write("o.jsonl", $"{{\"symbol\":\"ETHUSDT\",\"lastUpdateId\":1,\"bids\":[[\"10\",\"1\"]],\"asks\":[[\"11\",\"1\"]],\"time\":{Start / 1_000_000}}}\n");
        var error = Assert.Throws<ImportException>(() => CaptureFiles.Convert([path], "BTCUSDT", Path.Combine(folder, "lines")));
        Assert.EndsWith("o.jsonl: there is no row of BTCUSDT; it has ETHUSDT.", error.Message, StringComparison.Ordinal);
    }

    private static string Price(int i, int side) => (60_000 + i + (side * 0.01m)).ToString(CultureInfo.InvariantCulture);

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    // The partial books as they are stored: stamp and payload; before them the recording's name, which is made from its lines.
    private List<string> Books(string file)
    {
        var (directory, symbol) = FileStore.EnsureCapture([file], "BTCUSDT", Path.Combine(folder, "files"));
        Assert.Equal("BTCUSDT", symbol);
        var store = new JournalStore(directory, TimeProvider.System);
        var stream = Assert.Single(store.ListAsync().ToBlockingEnumerable());
        var books = new List<string> { stream.Value };
        using var source = store.OpenJournal(stream);
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == EventType.PartialBook)
            {
                books.Add($"{header.ReceiveTime} {Convert.ToHexString(payload)}");
            }
        }

        return books;
    }
}
