using System.Globalization;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>DuckDB reads a run's decisions and fills: every column of every row is what the event says.</summary>
public sealed class ArchiveDuckDbRunTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    [Fact]
    public void DuckDb_QuotesAndFillsOfARun_HaveEveryValueOfTheEvents()
    {
        using var folder = new TempFolder();
        var run = audited.HalfHour("");
        var archived = new StreamArchiver(audited.Store, folder, new ArchiveOptions { CompressionLevel = 3, RowGroupRows = 64 }).Archive(run.Name);
        AssertTable<QuoteDecided>(run.Store, run.Name, archived.Path, ArchiveLayout.Quotes, 100);
        AssertTable<OrderFilled>(run.Store, run.Name, archived.Path, ArchiveLayout.Fills, 20);
    }

    private static void AssertTable<T>(IEventStore store, StreamName name, string path, string table, int least)
        where T : struct, IPayload<T>
    {
        var expected = new Rows<T>();
        var arena = new LevelArena();
        using (var source = store.OpenSource(name))
        {
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref expected);
            }
        }

        Assert.True(expected.All.Count >= least, $"{table} has only {expected.All.Count} rows");
        var columns = string.Join(", ", expected.All[0].Select(c => c.Column));
        var file = DuckDb.Quote(Path.Combine(path, table));
        var found = DuckDb.Run(
            $"SELECT column_name FROM (DESCRIBE SELECT * FROM {file})",
            $"SELECT {string.Join(", ", expected.All[0].Select(c => c.Sql))} FROM {file} ORDER BY sequence");
        Assert.Equal(columns, string.Join(", ", found[0].Select(r => r[0])));
        Assert.Equal(expected.All.Count, found[1].Length);
        for (var row = 0; row < found[1].Length; row++)
        {
            // A real number's text is the shortest that gives it back: its bits are what is compared.
            var values = expected.All[row].Select((c, i) => c.IsReal ? Bits(double.Parse(found[1][row][i]!, CultureInfo.InvariantCulture)) : found[1][row][i]);
            Assert.Equal(expected.All[row].Select(c => c.Value), values);
        }
    }

    private static string Bits(double value) => BitConverter.DoubleToInt64Bits(value).ToString(CultureInfo.InvariantCulture);

    private sealed record Cell(string Column, string Sql, string? Value, bool IsReal = false);

    private sealed class Rows<T> : IEventHandler
        where T : struct, IPayload<T>
    {
        public List<List<Cell>> All { get; } = [];

        void IEventHandler.On<TEvent>(in EventHeader header, in TEvent payload)
        {
            if (payload is not T event_)
            {
                return;
            }

            var cells = new Cells();
            cells.Number("sequence", header.Sequence);
            cells.Stamp("receive_time", header.ReceiveTime);
            cells.Stamp("venue_time", header.VenueTime);
            cells.Number("cause_stream", header.Cause.Stream);
            cells.Number("cause_sequence", header.Cause.Sequence);
            T.Describe(ref cells, ref event_);
            All.Add(cells.All);
        }
    }

    // Decimals without their point are the integers of the event: this instrument's columns have all decimals.
    private readonly struct Cells() : IFieldVisitor
    {
        public List<Cell> All { get; } = [];

        public void Number(string column, long value) => All.Add(new Cell(column, $"{column}::VARCHAR", value.ToString(CultureInfo.InvariantCulture)));

        public void Stamp(string column, long value) =>
            All.Add(new Cell(column, $"epoch_ns({column})::VARCHAR", value == 0 ? null : value.ToString(CultureInfo.InvariantCulture)));

        public void Id(string name, ref long value) => Number(Column(name), value);

        public void Count(string name, ref long value) => Number(Column(name), value);

        public void Time(string name, ref long value) => Stamp(Column(name), value);

        public void Price(string name, ref long value) => Decimal(name, value);

        public void Quantity(string name, ref long value) => Decimal(name, value);

        public void Money(string name, ref Int128 value) => Decimal(name, value);

        public void Real(string name, ref double value) => All.Add(new Cell(Column(name), $"{Column(name)}::VARCHAR", Bits(value), IsReal: true));

        public void Flag(string name, ref bool value) => Text(Column(name), value ? "true" : "false");

        public void Text(string name, ref string value) => Text(Column(name), value);

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum => Text(Column(name), CodeNames<TEnum>.Name(Unsafe.As<TEnum, int>(ref value)));

        public void Levels(string name, ref LevelList value) =>
            Text(Column(name), "[" + string.Join(',', value.Span.ToArray().Select(l => $"[\"{Shown(l.Price)}\",\"{Shown(l.Quantity)}\"]")) + "]");

        public void Digest(string name, ref Digest value) => Text(Column(name), value.ToString());

        private static string Column(string name) => string.Concat(name.Select(c => char.IsUpper(c) ? "_" + char.ToLowerInvariant(c) : c.ToString()));

        private static string Shown(long units) => (units / 100_000_000m).ToString("0.########", CultureInfo.InvariantCulture);

        private void Decimal(string name, Int128 value) =>
            All.Add(new Cell(Column(name), $"replace({Column(name)}::VARCHAR, '.', '')::HUGEINT::VARCHAR", value.ToString(CultureInfo.InvariantCulture)));

        private void Text(string column, string value) => All.Add(new Cell(column, $"{column}::VARCHAR", value));
    }
}
