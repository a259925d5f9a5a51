using System.Collections.Immutable;
using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores.Parquet;
using EventSourcedMM.Tests.Support.Naive;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary>
/// What somebody with a depth20@100ms capture has: NEXOUSDT's busiest quarter of an hour, its replayed book cut to twenty
/// levels after each diff, and the trades of the time; as JSON lines, as Parquet (written by DuckDB), and as the naive twin reads it.
/// </summary>
public sealed class DepthCapture : IDisposable
{
    private static readonly long From = new DateTimeOffset(2024, 7, 24, 2, 35, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;
    private static readonly long To = From + (15 * 60 * 1_000_000_000L);

    private readonly TempFolder folder = new();
    private readonly List<MarketLine> lines = [];

    public DepthCapture()
    {
        var cutter = new Cutter(lines);
        foreach (var day in CaptureBench.BundledDays("NEXOUSDT"))
        {
            CaptureBench.Walk(CaptureBench.BundledStore, day, cutter);
        }

        File.WriteAllLines(Books, lines.OfType<PartialLine>().Select(b => string.Create(CultureInfo.InvariantCulture, $$"""{"lastUpdateId":{{b.Id}},"bids":{{Levels(b.Bids)}},"asks":{{Levels(b.Asks)}},"time":{{b.Stamp}}}""")));
        File.WriteAllLines(Trades, lines.OfType<TradeLine>().Select((t, i) => string.Create(CultureInfo.InvariantCulture, $$"""{"id":{{i + 1}},"price":"{{Eight(t.Price)}}","qty":"{{Eight(t.Quantity)}}","time":{{t.Stamp}},"isBuyerMaker":{{(t.BuyerIsMaker ? "true" : "false")}}}""")));
        string[] statements =
        [
            $"COPY (SELECT \"lastUpdateId\", bids, asks, make_timestamp_ns(time) AS time FROM read_json({DuckDb.Quote(Books)}, format = 'newline_delimited', columns = {{\"lastUpdateId\": 'BIGINT', bids: 'VARCHAR[][]', asks: 'VARCHAR[][]', time: 'BIGINT'}})) TO {DuckDb.Quote(BooksParquet)} (FORMAT parquet, COMPRESSION zstd)",
            $"COPY (SELECT id, price::DECIMAL(18,8) AS price, qty::DOUBLE AS qty, time, \"isBuyerMaker\" FROM read_json({DuckDb.Quote(Trades)}, format = 'newline_delimited', columns = {{id: 'BIGINT', price: 'VARCHAR', qty: 'VARCHAR', time: 'BIGINT', \"isBuyerMaker\": 'BOOLEAN'}})) TO {DuckDb.Quote(TradesParquet)} (FORMAT parquet)",
            .. BookColumns.Select(c => Cut(c, BooksParquet)),
            .. TradeColumns.Select(c => Cut(c, TradesParquet)),
        ];
        DuckDb.Run(statements);

        string Cut(string column, string file) => $"COPY (SELECT * EXCLUDE \"{column}\" FROM {DuckDb.Quote(file)} LIMIT 100) TO {DuckDb.Quote(Without(column))} (FORMAT parquet)";
    }

    /// <summary>Columns that the books need.</summary>
    public static IReadOnlyList<string> BookColumns { get; } = ["lastUpdateId", "bids", "asks", "time"];

    /// <summary>Columns that trades need, beside the time.</summary>
    public static IReadOnlyList<string> TradeColumns { get; } = ["price", "isBuyerMaker"];

    /// <summary>The Parquet file without a column that it needs.</summary>
    public string Without(string column) => Path.Combine(folder, $"without-{column}.parquet");

    public string Books => Path.Combine(folder, "depth20.jsonl");

    public string BooksParquet => Path.Combine(folder, "depth20.parquet");

    public string Trades => Path.Combine(folder, "prints.jsonl");

    public string TradesParquet => Path.Combine(folder, "prints.parquet");

    /// <summary>Books and trades by their times, at equal times trades first.</summary>
    public IReadOnlyList<MarketLine> Lines => [.. lines.OrderBy(l => l.Stamp).ThenBy(l => l is TradeLine ? 0 : 1)];

    public void Dispose() => folder.Dispose();

    private static string Levels(ImmutableArray<Level> levels) => "[" + string.Join(',', levels.Select(l => $"[\"{Eight(l.Price)}\",\"{Eight(l.Quantity)}\"]")) + "]";

    private static string Eight(long units) => (units / 100_000_000m).ToString("0.00000000", CultureInfo.InvariantCulture);

    private sealed class Cutter(List<MarketLine> lines) : IEventHandler
    {
        private readonly BookFold fold = new();

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            fold.On(header, payload);
            if (header.ReceiveTime < From || header.ReceiveTime >= To)
            {
                return;
            }

            if (payload is DepthDiff && fold.Tracker.Follows)
            {
                lines.Add(new PartialLine(header.ReceiveTime, fold.Tracker.LastUpdateId, [.. fold.Tracker.Book.Bids.ToLevels(20)], [.. fold.Tracker.Book.Asks.ToLevels(20)]));
            }
            else if (payload is Trade trade)
            {
                lines.Add(new TradeLine(header.ReceiveTime, trade.Price, trade.Quantity, trade.BuyerIsMaker));
            }
        }
    }
}
