using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>Streams to archive, and how two sources are compared.</summary>
internal static class ArchiveSamples
{
    public static readonly StreamName BtcSecondDay = StreamName.Market("BTCUSDT", "2024-08-09", "20240808T235413Z-171fbe08");

    public static readonly StreamName Small = StreamName.Market("MADEUSDT", "2024-08-09", "made");

    /// <summary>The store with the bundled recordings.</summary>
    public static JournalStore SampleStore => SampleRuns.Stores.Primary;

    /// <summary>The records of a source, as they are hashed.</summary>
    public static List<byte[]> Records(IEventSource source)
    {
        var list = new List<byte[]>();
        var record = new ByteBuffer();
        using (source)
        {
            while (source.Read(out var header, out var payload))
            {
                record.Clear();
                EventRecord.Write(record, header, payload);
                list.Add(record.Span.ToArray());
            }
        }

        return list;
    }

    /// <summary>Writes records as a sealed stream; their sequences are set to 1, 2, ….</summary>
    public static StreamManifest Write(JournalStore store, StreamName name, IEnumerable<byte[]> records, params KeyValuePair<string, string>[] notes)
    {
        using var detached = store.CreateDetached(name);
        var batch = new EventBatch();
        var sequence = 0L;
        foreach (var record in records)
        {
            var header = EventRecord.Read(record, out var start);
            batch.Add(header with { Sequence = ++sequence }, record.AsSpan(start));
        }

        detached.Writer.Append(batch);
        var manifest = detached.Writer.Seal("test", [new("recording", name.Parts[^1]), .. notes]);
        detached.Publish();
        return manifest;
    }

    /// <summary>A small day with every table of a recording, and with events that none of them can hold.</summary>
    public static List<byte[]> SmallDay()
    {
        var list = new List<byte[]>
        {
            Records<RecordingStarted>(0, 0, new() { Recording = "made", Source = "a test", ReceiveClock = "ns", Recorder = "test" }),
            Records<InstrumentDefined>(0, 0, new()
            {
                Symbol = "MADEUSDT", BaseAsset = "MADE", QuoteAsset = "USDT", PriceDecimals = 8, QuantityDecimals = 8,
                Tick = 1_000_000, Lot = 1_000, MinQuantity = 1_000, CommissionDecimals = 8,
            }),
        };
        for (var i = 1; i <= 40; i++)
        {
            var price = 6_150_000_000_000 + (i * 1_000_000L);
            list.Add(Records<DepthDiff>(i, 1, new()
            {
                FirstUpdateId = (i * 10) + 1,
                FinalUpdateId = (i * 10) + 10,
                Bids = new LevelList(new Level(price, 100_000 * i), new Level(price - 1_000_000, 0)),
                Asks = i % 3 == 0 ? default : new LevelList(new Level(price + 2_000_000, 1)),
            }));
            list.Add(Records<Trade>(i, 2, new() { TradeId = i, Price = price, Quantity = i, TradeTime = 1_723_161_600_000_000_000 + i, BuyerIsMaker = i % 2 == 0 }));
            list.Add(Records<BestQuote>(i, 0, new() { UpdateId = i, BidPrice = price, BidQuantity = 5, AskPrice = price + 1_000_000, AskQuantity = 6 }));
            list.Add(Records<PartialBook>(i, 0, new()
            {
                LastUpdateId = i,
                Bids = new LevelList(new Level(price, 7), new Level(price - 5_000_000, 8)),
                Asks = new LevelList(new Level(price + 1_000_000, 9)),
            }));
        }

        // No table of levels can hold these: no level at all, and a quantity beyond 18 digits.
        list.Add(Records<DepthDiff>(50, 1, new() { FirstUpdateId = 501, FinalUpdateId = 502 }));
        list.Add(Records<DepthDiff>(51, 1, new() { FirstUpdateId = 503, FinalUpdateId = 503, Bids = new LevelList(new Level(6_000_000_000_000, long.MaxValue)) }));
        list.Add(Records<VenueMessage>(52, 0, new() { Stream = "x", Body = "{\"e\":\"ü\"}", Problem = "unknown" }));
        list.Add(Records<RecordingEnded>(53, 0, new() { Reason = "end" }));
        return list;
    }

    public static byte[] Records<T>(long at, long venue, T payload)
        where T : struct, IPayload<T>
    {
        var received = 1_723_161_600_000_000_123 + (at * 100_000_000);
        return Stores.Records.Of(new EventHeader(1, T.Type, T.Version, venue == 0 ? 0 : received - venue, received, Cause.None), payload);
    }
}
