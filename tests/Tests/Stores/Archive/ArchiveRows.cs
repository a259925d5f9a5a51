using System.Globalization;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Tests.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>
/// The rows that an archived day's tables must have, made from the decoded events by docs/data.md, and written as CSV: DuckDB
/// reads both and says what the one has and the other has not, row by row.
/// </summary>
internal sealed class ArchiveRows : IEventHandler
{
    private const string Envelope = "file_row_number, sequence, epoch_ns(receive_time), epoch_ns(venue_time), ";

    // A table's name, the columns of its CSV, and the query for them.
    private static readonly (string Table, string Columns, string Query)[] Tables =
    [
        (ArchiveLayout.Depth, "place sequence received venue first_id final_id is_bid:BOOLEAN price:HUGEINT quantity:HUGEINT", From(ArchiveLayout.Depth, Envelope + $"first_update_id, final_update_id, is_bid, {Units("price")}, {Units("quantity")}")),
        (ArchiveLayout.PartialBooks, "place sequence received venue last_id is_bid:BOOLEAN level price:HUGEINT quantity:HUGEINT", From(ArchiveLayout.PartialBooks, Envelope + $"last_update_id, is_bid, level, {Units("price")}, {Units("quantity")}")),
        (ArchiveLayout.Trades, "place sequence received venue trade_id price:HUGEINT quantity:HUGEINT trade_time buyer_is_maker:BOOLEAN", From(ArchiveLayout.Trades, Envelope + $"trade_id, {Units("price")}, {Units("quantity")}, epoch_ns(trade_time), buyer_is_maker")),
        (ArchiveLayout.BestQuotes, "place sequence received venue update_id bid_price:HUGEINT bid_quantity:HUGEINT ask_price:HUGEINT ask_quantity:HUGEINT", From(ArchiveLayout.BestQuotes, Envelope + $"update_id, {Units("bid_price")}, {Units("bid_quantity")}, {Units("ask_price")}, {Units("ask_quantity")}")),
        (ArchiveLayout.Others, "place sequence received venue cause_stream:UBIGINT cause_sequence type:VARCHAR version", From(ArchiveLayout.Others, Envelope + "cause_stream, cause_sequence, type, version")),

        // The payloads of the same, one row a field.
        (Payloads, "sequence field:VARCHAR value:VARCHAR", $"SELECT sequence, field, payload->>field FROM (SELECT sequence, payload, unnest(json_keys(payload)) AS field FROM read_parquet('{{0}}/{ArchiveLayout.Others}'))"),
    ];

    private const string Payloads = "payloads";

    private readonly Dictionary<string, List<string>> rows = Tables.ToDictionary(t => t.Table, _ => new List<string>());

    /// <summary>Holds an archive's tables to the events of a source; gives the number of rows of each that there is.</summary>
    /// <param name="archive">Folder of the archive.</param>
    /// <param name="source">The events; disposed.</param>
    /// <param name="work">A folder for the CSV files.</param>
    public static Dictionary<string, int> AssertSame(string archive, IEventSource source, string work)
    {
        var expected = new ArchiveRows();
        var arena = new LevelArena();
        using (source)
        {
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref expected);
            }
        }

        var statements = new List<string>();
        var written = Tables.Where(t => t.Table == Payloads || File.Exists(Path.Combine(archive, t.Table))).ToArray();
        Assert.All(Tables.Except(written), t => Assert.Equal((t.Table, 0), (t.Table, expected.rows[t.Table].Count)));
        foreach (var (table, columns, query) in written)
        {
            var csv = Path.Combine(work, table + ".csv");
            File.WriteAllLines(csv, expected.rows[table]);
            var types = string.Join(", ", columns.Split(' ').Select(c => c.Split(':')).Select(c => $"{c[0]}: '{(c.Length > 1 ? c[1] : "BIGINT")}'"));
            var names = string.Join(", ", columns.Split(' ').Select(c => c.Split(':')[0]));
            var ours = string.Format(CultureInfo.InvariantCulture, query, archive.Replace("'", "''", StringComparison.Ordinal));
            statements.Add($"CREATE TEMP TABLE archived AS SELECT * FROM ({ours}) AS t({names})");
            statements.Add($"CREATE TEMP TABLE events AS SELECT * FROM read_csv({DuckDb.Quote(csv)}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\\N', columns = {{{types}}})");
            statements.Add("SELECT (SELECT count(*) FROM archived), (SELECT count(*) FROM events)");
            statements.Add("(SELECT 'only in the archive', t FROM (SELECT * FROM archived EXCEPT ALL SELECT * FROM events) t LIMIT 3) UNION ALL (SELECT 'only in the events', t FROM (SELECT * FROM events EXCEPT ALL SELECT * FROM archived) t LIMIT 3)");
            statements.Add("DROP TABLE archived; DROP TABLE events");
        }

        var found = DuckDb.Run(statements);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < written.Length; i++)
        {
            var (table, count) = (written[i].Table, expected.rows[written[i].Table].Count);
            Assert.True(found[(i * 5) + 3].Length == 0, $"{table}: {string.Join('\n', found[(i * 5) + 3].Select(r => string.Join(' ', r)))}");
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{table}: {count} {count}"), $"{table}: {string.Join(' ', found[(i * 5) + 2][0])}");
            counts[table] = count;
        }

        return counts;
    }

    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        switch (payload)
        {
            case DepthDiff diff when diff.Bids.Count + diff.Asks.Count > 0 && Fits(diff.Bids) && Fits(diff.Asks):
                Levels(ArchiveLayout.Depth, header, diff.Bids, (level, _) => $"{diff.FirstUpdateId},{diff.FinalUpdateId},true,{level.Price},{level.Quantity}");
                Levels(ArchiveLayout.Depth, header, diff.Asks, (level, _) => $"{diff.FirstUpdateId},{diff.FinalUpdateId},false,{level.Price},{level.Quantity}");
                break;
            case PartialBook book:
                Levels(ArchiveLayout.PartialBooks, header, book.Bids, (level, place) => $"{book.LastUpdateId},true,{place},{level.Price},{level.Quantity}");
                Levels(ArchiveLayout.PartialBooks, header, book.Asks, (level, place) => $"{book.LastUpdateId},false,{place},{level.Price},{level.Quantity}");
                break;
            case Trade trade:
                Add(ArchiveLayout.Trades, header, $"{trade.TradeId},{trade.Price},{trade.Quantity},{trade.TradeTime},{(trade.BuyerIsMaker ? "true" : "false")}");
                break;
            case BestQuote quote:
                Add(ArchiveLayout.BestQuotes, header, $"{quote.UpdateId},{quote.BidPrice},{quote.BidQuantity},{quote.AskPrice},{quote.AskQuantity}");
                break;
            default:
                Add(ArchiveLayout.Others, header, $"{header.Cause.Stream},{header.Cause.Sequence},{CodeNames<EventType>.Name((int)header.Type)},{header.Version}");
                var fields = new Fields(rows[Payloads], header.Sequence);
                var copy = payload;
                T.Describe(ref fields, ref copy);
                break;
        }
    }

    private static string From(string table, string columns) => $"SELECT {columns} FROM read_parquet('{{0}}/{table}', file_row_number = true)";

    private static string Units(string column) => $"({column}::DECIMAL(38,8)*100000000)::HUGEINT";

    // Numbers of eighteen digits at most have a place in a table of levels.
    private static bool Fits(LevelList levels) => levels.Span.ToArray().All(l => l.Price < 1_000_000_000_000_000_000 && l.Quantity < 1_000_000_000_000_000_000);

    private void Levels(string table, in EventHeader header, LevelList levels, Func<Level, int, FormattableString> text)
    {
        var place = 0;
        foreach (var level in levels.Span)
        {
            Add(table, header, text(level, ++place));
        }
    }

    private void Add(string table, in EventHeader header, FormattableString more)
    {
        var venue = header.VenueTime == 0 ? "\\N" : header.VenueTime.ToString(CultureInfo.InvariantCulture);
        rows[table].Add(string.Create(CultureInfo.InvariantCulture, $"{rows[table].Count},{header.Sequence},{header.ReceiveTime},{venue},") + more.ToString(CultureInfo.InvariantCulture));
    }

    // A payload's fields in integer units, as docs/events.md shows them in JSON.
    private readonly struct Fields(List<string> rows, long sequence) : IFieldVisitor
    {
        public void Id(string name, ref long value) => Number(name, value);

        public void Count(string name, ref long value) => Number(name, value);

        public void Time(string name, ref long value) => Number(name, value);

        public void Price(string name, ref long value) => Number(name, value);

        public void Quantity(string name, ref long value) => Number(name, value);

        public void Money(string name, ref Int128 value) => Number(name, value);

        public void Real(string name, ref double value) => throw new NotSupportedException("No event of a recording has a real number.");

        public void Flag(string name, ref bool value) => Add(name, value ? "true" : "false");

        public void Text(string name, ref string value) => Add(name, value);

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum => Add(name, CodeNames<TEnum>.Name(Unsafe.As<TEnum, int>(ref value)));

        public void Levels(string name, ref LevelList value) =>
            Add(name, "[" + string.Join(',', value.Span.ToArray().Select(l => string.Create(CultureInfo.InvariantCulture, $"[{l.Price},{l.Quantity}]"))) + "]");

        public void Digest(string name, ref Digest value) => Add(name, value.ToString());

        private void Number(string name, Int128 value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

        private void Add(string name, string value) =>
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"{sequence},{name},\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
    }
}
