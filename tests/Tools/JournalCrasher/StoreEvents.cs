using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Events for store tests: a function of their sequence alone, so that any part of a stream can be checked by itself.</summary>
public static class StoreEvents
{
    public const long Epoch = 1_723_161_253_937_085_768;

    public static readonly StreamName Stream = StreamName.Market("BTCUSDT", "2024-08-08", "rec");

    public static EventHeader Header(long sequence, EventType type) => new(
        sequence,
        type,
        1,
        sequence % 5 == 0 ? 0 : Epoch + (sequence * 1_000_000) - 20_000_000,
        Epoch + (sequence * 1_000_000) + (sequence % 7),
        sequence % 11 == 0 ? new Cause(0, sequence - 1) : Cause.None);

    /// <summary>Adds the event of a sequence: of three, two trades and a depth diff.</summary>
    public static void Add(EventBatch batch, long sequence)
    {
        if (sequence % 3 == 0)
        {
            var diff = new DepthDiff
            {
                FirstUpdateId = sequence * 10,
                FinalUpdateId = (sequence * 10) + 9,
                Bids = new LevelList(new Level(6_183_763_000_000 + (sequence % 100 * 1_000_000), sequence % 4 * 1000), new Level(6_183_000_000_000, 17_000)),
                Asks = new LevelList(new Level(6_183_764_000_000 + (sequence % 90 * 1_000_000), 154_698_000)),
            };
            batch.Add(Header(sequence, EventType.DepthDiff), diff);
        }
        else
        {
            var trade = new Trade
            {
                TradeId = 3_735_683_259 + sequence,
                Price = 6_183_763_000_000 + (sequence % 50 * 1_000_000),
                Quantity = 2_000_000 + sequence,
                TradeTime = Epoch + (sequence * 1_000_000) - 21_000_000,
                BuyerIsMaker = sequence % 2 == 0,
            };
            batch.Add(Header(sequence, EventType.Trade), trade);
        }
    }

    public static EventBatch Batch(long first, int count)
    {
        var batch = new EventBatch();
        for (var sequence = first; sequence < first + count; sequence++)
        {
            Add(batch, sequence);
        }

        return batch;
    }

    /// <summary>The canonical record of a sequence.</summary>
    public static byte[] Record(long sequence) => Batch(sequence, 1)[0].ToArray();

    /// <summary>The content hash of the first events, by the definition, the slow way.</summary>
    public static ContentHash Hash(StreamName stream, long events)
    {
        var hash = new ContentHash(stream);
        for (var sequence = 1L; sequence <= events; sequence++)
        {
            hash.Add(Record(sequence));
        }

        return hash;
    }

    /// <summary>What is wrong with an event that was read; null when it is the one of its sequence.</summary>
    public static string? Problem(long sequence, in EventHeader header, ReadOnlySpan<byte> payload)
    {
        var record = Record(sequence);
        var expected = EventRecord.Read(record, out var start);
        return expected != header ? $"event {sequence} has header {header}, expected {expected}"
            : payload.SequenceEqual(record.AsSpan(start)) ? null
            : $"the payload of event {sequence} differs";
    }
}
