using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>The columns that several tables have, and how they are stored.</summary>
internal static class Columns
{
    public const string Sequence = "sequence";
    public const string ReceiveTime = "receive_time";
    public const string VenueTime = "venue_time";
    public const string CauseStream = "cause_stream";
    public const string CauseSequence = "cause_sequence";
    public const string IsBid = "is_bid";
    public const string Price = "price";
    public const string Quantity = "quantity";
    public const string Level = "level";
    public const string FirstUpdateId = "first_update_id";
    public const string FinalUpdateId = "final_update_id";
    public const string LastUpdateId = "last_update_id";
    public const string Type = "type";
    public const string Version = "version";
    public const string Payload = "payload";

    // Not marked as UTC, though it is: DuckDB reads marked stamps as microseconds and loses the rest.
    public static readonly ParquetLogicalType Nanoseconds = new ParquetLogicalType.Timestamp(ParquetTimeUnit.Nanoseconds, IsUtc: false);

    // What repeats for every level of an event is stored as differences: next to nothing, and quick to read. Stamps and
    // decimals are plain: Parquet.Net, for one, reads differences into plain integers only. A dictionary of the stamps that repeat
    // takes a fiftieth more room and as long to read.
    public static LongSink Integer(string name) => new(ParquetColumn.Int64(name)) { Encoding = ParquetEncoding.DeltaBinaryPacked };

    public static LongSink Stamp(string name) => new(ParquetColumn.Int64(name, Nanoseconds)) { Encoding = ParquetEncoding.Plain };

    /// <summary>A stamp that may be missing, which an event says with 0.</summary>
    public static LongSink OptionalStamp(string name) =>
        new(ParquetColumn.Int64(name, Nanoseconds, optional: true), nullAs: 0) { Encoding = ParquetEncoding.Plain };

    public static LongSink PriceOf(string name, in ArchiveScales scales) => Decimal(name, scales.PriceColumn, scales.IsNarrow);

    public static LongSink QuantityOf(string name, in ArchiveScales scales) => Decimal(name, scales.QuantityColumn, scales.IsQuantityNarrow);

    /// <summary>The sinks of an envelope; <see cref="AddEnvelope"/> fills them.</summary>
    public static ColumnSink[] Envelope(bool withCause) => withCause
        ? [Integer(Sequence), Stamp(ReceiveTime), OptionalStamp(VenueTime), new LongSink(ParquetColumn.Int32(CauseStream)), Integer(CauseSequence)]
        : [Integer(Sequence), Stamp(ReceiveTime), OptionalStamp(VenueTime)];

    public static void AddEnvelope(ColumnSink[] sinks, in EventHeader header, bool withCause, int rows)
    {
        ((LongSink)sinks[0]).Add(header.Sequence, rows);
        ((LongSink)sinks[1]).Add(header.ReceiveTime, rows);
        ((LongSink)sinks[2]).Add(header.VenueTime, rows);
        if (withCause)
        {
            ((LongSink)sinks[3]).Add(header.Cause.Stream, rows);
            ((LongSink)sinks[4]).Add(header.Cause.Sequence, rows);
        }
    }

    private static LongSink Decimal(string name, int decimals, bool isNarrow) => isNarrow && decimals <= 9
        ? new LongSink(ParquetColumn.Int32(name, new ParquetLogicalType.Decimal(9, decimals))) { Encoding = ParquetEncoding.Plain }
        : new LongSink(ParquetColumn.Int64(name, new ParquetLogicalType.Decimal(18, decimals))) { Encoding = ParquetEncoding.Plain };
}
