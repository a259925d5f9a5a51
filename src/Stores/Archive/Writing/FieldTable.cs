using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// A table of one type of event, one row an event and one column a field, named and typed by the payload's own
/// description: a field that is added to the payload is a column by itself.
/// </summary>
internal sealed class FieldTable<T> : IDisposable
    where T : struct, IPayload<T>
{
    private readonly bool withCause;
    private readonly ArchiveScales scales;
    private readonly ColumnSink[] envelope;
    private readonly ColumnSink[] fields;

    public FieldTable(string folder, string name, bool withCause, in ArchiveScales scales, ArchiveFileOptions options)
    {
        this.withCause = withCause;
        this.scales = scales;
        envelope = Columns.Envelope(withCause);
        var list = new List<ColumnSink>();
        var builder = new Builder(list, scales);
        var nothing = default(T);
        T.Describe(ref builder, ref nothing);
        fields = [.. list];
        File = new TableFile(Path.Combine(folder, name), [.. envelope, .. fields], options);
    }

    public TableFile File { get; }

    public bool TryAdd(in EventHeader header, in T payload)
    {
        var copy = payload;
        var fit = new Fit(scales);
        T.Describe(ref fit, ref copy);
        if (fit.Fails || header.Version != T.Version || (!withCause && header.Cause != Cause.None))
        {
            return false;
        }

        Columns.AddEnvelope(envelope, header, withCause, 1);
        var appender = new Appender(fields, scales);
        T.Describe(ref appender, ref copy);
        File.EndEvent(1);
        return true;
    }

    public void Dispose() => File.Dispose();

    private readonly struct Builder(List<ColumnSink> sinks, ArchiveScales scales) : IFieldVisitor
    {
        public void Id(string name, ref long value) => sinks.Add(new LongSink(ParquetColumn.Int64(ArchiveLayout.ColumnName(name))));

        public void Count(string name, ref long value) => sinks.Add(new LongSink(ParquetColumn.Int64(ArchiveLayout.ColumnName(name))));

        public void Time(string name, ref long value) => sinks.Add(Columns.Stamp(ArchiveLayout.ColumnName(name)));

        public void Price(string name, ref long value) => sinks.Add(Columns.PriceOf(ArchiveLayout.ColumnName(name), scales));

        public void Quantity(string name, ref long value) => sinks.Add(Columns.QuantityOf(ArchiveLayout.ColumnName(name), scales));

        public void Money(string name, ref Int128 value) =>
            sinks.Add(new BytesSink(ParquetColumn.FixedBytes(ArchiveLayout.ColumnName(name), 16, new ParquetLogicalType.Decimal(38, scales.Money))));

        public void Real(string name, ref double value) => sinks.Add(new ValueSink<double>(ParquetColumn.Double(ArchiveLayout.ColumnName(name))));

        public void Flag(string name, ref bool value) => sinks.Add(new ValueSink<bool>(ParquetColumn.Boolean(ArchiveLayout.ColumnName(name))));

        public void Text(string name, ref string value) => sinks.Add(new BytesSink(ParquetColumn.Text(ArchiveLayout.ColumnName(name))));

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum => sinks.Add(new BytesSink(ParquetColumn.Text(ArchiveLayout.ColumnName(name))));

        public void Levels(string name, ref LevelList value) =>
            sinks.Add(new BytesSink(ParquetColumn.Bytes(ArchiveLayout.ColumnName(name), new ParquetLogicalType.Json())));

        public void Digest(string name, ref Digest value) => sinks.Add(new BytesSink(ParquetColumn.Text(ArchiveLayout.ColumnName(name))));
    }

    private struct Appender(ColumnSink[] sinks, ArchiveScales scales) : IFieldVisitor
    {
        private readonly long priceUnit = scales.PriceUnit;
        private readonly long quantityUnit = scales.QuantityUnit;
        private int at;

        public void Id(string name, ref long value) => Long(value);

        public void Count(string name, ref long value) => Long(value);

        public void Time(string name, ref long value) => Long(value);

        public void Price(string name, ref long value) => Long(value / priceUnit);

        public void Quantity(string name, ref long value) => Long(value / quantityUnit);

        public void Money(string name, ref Int128 value) => ((BytesSink)sinks[at++]).Add(value);

        public void Real(string name, ref double value) => ((ValueSink<double>)sinks[at++]).Add(value);

        public void Flag(string name, ref bool value) => ((ValueSink<bool>)sinks[at++]).Add(value);

        public void Text(string name, ref string value) => ((BytesSink)sinks[at++]).Add(value);

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum => ((BytesSink)sinks[at++]).Add(CodeNames<TEnum>.Name(Unsafe.As<TEnum, int>(ref value)));

        public void Levels(string name, ref LevelList value) => ((BytesSink)sinks[at++]).Add(LevelText.Write(value, scales));

        public void Digest(string name, ref Digest value) => ((BytesSink)sinks[at++]).Add(value.ToString());

        private void Long(long value) => ((LongSink)sinks[at++]).Add(value);
    }

    // A value beyond what the column can hold goes with its event into the table of all others.
    private struct Fit(ArchiveScales scales) : IFieldVisitor
    {
        private static readonly Int128 MoneyLimit = Int128.Parse("100000000000000000000000000000000000000", System.Globalization.CultureInfo.InvariantCulture);

        public bool Fails { get; private set; }

        public void Price(string name, ref long value) => Number(value, scales.PriceUnit, scales.PriceLimit);

        public void Quantity(string name, ref long value) => Number(value, scales.QuantityUnit, scales.QuantityLimit);

        public void Money(string name, ref Int128 value) => Fails |= value <= -MoneyLimit || value >= MoneyLimit;

        public void Id(string name, ref long value)
        {
        }

        public void Count(string name, ref long value)
        {
        }

        public void Time(string name, ref long value)
        {
        }

        public void Real(string name, ref double value)
        {
        }

        public void Flag(string name, ref bool value)
        {
        }

        public void Text(string name, ref string value)
        {
        }

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum
        {
        }

        public void Levels(string name, ref LevelList value)
        {
        }

        public void Digest(string name, ref Digest value)
        {
        }

        private void Number(long value, long unit, long limit) => Fails |= value % unit != 0 || value / unit <= -limit || value / unit >= limit;
    }
}
