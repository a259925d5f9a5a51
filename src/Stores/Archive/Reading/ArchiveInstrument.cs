using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>Finds what an archive's events are counted in.</summary>
internal static class ArchiveInstrument
{
    // A recording defines its instrument right after it starts.
    private const int EventsToLookAt = 16;

    /// <summary>The decimals that the stream's own events define; null where it defines none.</summary>
    public static ArchiveDecimals? Decimals(string folder) =>
        Find(folder).Instrument is { } i ? new ArchiveDecimals((int)i.PriceDecimals, (int)i.QuantityDecimals) : null;

    /// <summary>The decimals of a run's columns, which keep all that there are.</summary>
    public static ArchiveDecimals Decimals(ParquetReader file)
    {
        var price = file.Schema.Columns.FirstOrDefault(c => c.Name is "price" or "best_bid")?.LogicalType as ParquetLogicalType.Decimal;
        var quantity = file.Schema.Columns.FirstOrDefault(c => c.Name is "quantity" or "inventory")?.LogicalType as ParquetLogicalType.Decimal;
        return new ArchiveDecimals(price?.Scale ?? 8, quantity?.Scale ?? 8);
    }

    /// <summary>The start of the recording and its first instrument, each null where there is none.</summary>
    public static (RecordingStarted? Start, long StartTime, InstrumentDefined? Instrument) Find(string folder)
    {
        var path = Path.Combine(folder, ArchiveLayout.Others);
        if (!File.Exists(path))
        {
            return default;
        }

        using var table = new OtherReader(ParquetReader.Open(path), path);
        var finder = new Finder();
        var buffer = new ByteBuffer();
        var arena = new LevelArena();
        for (var i = 0; i < EventsToLookAt && table.Next != long.MaxValue && finder.Instrument is null; i++)
        {
            table.Read(out var header, buffer);
            if (header.Type is EventType.InstrumentDefined or EventType.RecordingStarted)
            {
                arena.Clear();
                EventCatalog.Decode(header, buffer.Span, arena, ref finder);
            }
        }

        return (finder.Start, finder.Time, finder.Instrument);
    }

    private struct Finder : IEventHandler
    {
        public RecordingStarted? Start { get; private set; }

        public long Time { get; private set; }

        public InstrumentDefined? Instrument { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (typeof(T) == typeof(RecordingStarted))
            {
                Start ??= (RecordingStarted)(object)payload;
                Time = header.ReceiveTime;
            }
            else
            {
                Instrument ??= (InstrumentDefined)(object)payload;
            }
        }
    }
}
