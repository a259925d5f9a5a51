using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Stores;

/// <summary>
/// Some hundreds of decoded events in their order: read once, handed to many. The frequent market events stand as values in
/// arrays, the others as canonical bytes. A block that is filled is only read, from any number of threads; cleared, it is
/// filled again and allocates nothing once its arrays are large enough.
/// </summary>
public sealed class EventBlock
{
    /// <summary>Events that a block is filled with: few enough that what was decoded is still in the cache when it is used.</summary>
    public const int Events = 1_024;

    // A snapshot has ten thousand levels: such a block is full sooner.
    private const int FullLevels = 32_768;

    private readonly LevelArena levels = new();
    private readonly ByteBuffer rare = new();
    private EventHeader[] headers = new EventHeader[Events];
    private DepthDiff[] diffs = new DepthDiff[Events];
    private Trade[] trades = new Trade[Events];
    private AggregateTrade[] aggregates = [];
    private BestQuote[] quotes = [];
    private int[] rareEnds = new int[16];
    private int diffCount;
    private int tradeCount;
    private int aggregateCount;
    private int quoteCount;
    private int rareCount;
    private int levelCount;

    /// <summary>Number of events.</summary>
    public int Count { get; private set; }

    /// <summary>True when the block has as many events, or levels, as it should.</summary>
    public bool IsFull => Count >= Events || levelCount >= FullLevels;

    /// <summary>Which input it is of, as the run counts them; the reader of several inputs sets it.</summary>
    public int Stream { get; set; }

    /// <summary>Forgets every event and keeps the room.</summary>
    public void Clear()
    {
        levels.Clear();
        rare.Clear();
        Count = diffCount = tradeCount = aggregateCount = quoteCount = rareCount = levelCount = 0;
    }

    /// <summary>Room for the levels of a diff that is added next; valid until the block is cleared.</summary>
    public LevelList TakeLevels(int count, out Span<Level> room)
    {
        levelCount += count;
        return levels.Take(count, out room);
    }

    /// <summary>Adds a diff whose levels are in this block's room.</summary>
    public void Add(in EventHeader header, in DepthDiff diff)
    {
        AddHeader(header);
        Room(ref diffs, diffCount);
        diffs[diffCount++] = diff;
    }

    /// <summary>Adds a trade.</summary>
    public void Add(in EventHeader header, in Trade trade)
    {
        AddHeader(header);
        Room(ref trades, tradeCount);
        trades[tradeCount++] = trade;
    }

    /// <summary>Adds an aggregate trade.</summary>
    public void Add(in EventHeader header, in AggregateTrade trade)
    {
        AddHeader(header);
        Room(ref aggregates, aggregateCount);
        aggregates[aggregateCount++] = trade;
    }

    /// <summary>Adds a best quote.</summary>
    public void Add(in EventHeader header, in BestQuote quote)
    {
        AddHeader(header);
        Room(ref quotes, quoteCount);
        quotes[quoteCount++] = quote;
    }

    /// <summary>Adds an event as its canonical payload, decoding it where events of its type stand as values.</summary>
    /// <exception cref="UnknownEventException">The type or version is unknown.</exception>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    public void Add(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Type is EventType.DepthDiff or EventType.Trade or EventType.AggregateTrade or EventType.BestQuote)
        {
            var filler = new Filler(this);
            EventCatalog.Decode(header, payload, levels, ref filler);
            return;
        }

        // A damaged payload is found now, by whoever reads, and not by each of those who look on.
        var check = default(Check);
        EventCatalog.Decode(header, payload, levels, ref check);
        AddHeader(header);
        rare.Write(payload);
        levelCount += payload.Length / 8;
        Room(ref rareEnds, rareCount);
        rareEnds[rareCount++] = rare.Length;
    }

    /// <summary>Hands over every event in order.</summary>
    /// <param name="handler">Receives them; what it is given is valid until the block is cleared.</param>
    /// <param name="arena">The caller's room for the levels of rare events.</param>
    public void Play<THandler>(ref THandler handler, LevelArena arena)
        where THandler : IEventHandler, allows ref struct
    {
        var (diff, trade, aggregate, quote, other) = (0, 0, 0, 0, 0);
        foreach (ref readonly var header in headers.AsSpan(0, Count))
        {
            switch (header.Type)
            {
                case EventType.DepthDiff:
                    handler.On(header, diffs[diff++]);
                    break;
                case EventType.Trade:
                    handler.On(header, trades[trade++]);
                    break;
                case EventType.AggregateTrade:
                    handler.On(header, aggregates[aggregate++]);
                    break;
                case EventType.BestQuote:
                    handler.On(header, quotes[quote++]);
                    break;
                default:
                    var start = other == 0 ? 0 : rareEnds[other - 1];
                    arena.Clear();
                    EventCatalog.Decode(header, rare.Span[start..rareEnds[other++]], arena, ref handler);
                    break;
            }
        }
    }

    private static void Room<T>(ref T[] array, int used)
    {
        if (used == array.Length)
        {
            Array.Resize(ref array, Math.Max(64, used * 2));
        }
    }

    private void AddHeader(in EventHeader header)
    {
        Room(ref headers, Count);
        headers[Count++] = header;
    }

    private readonly struct Filler(EventBlock block) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (typeof(T) == typeof(DepthDiff))
            {
                ref readonly var diff = ref As<T, DepthDiff>(payload);
                block.levelCount += diff.Bids.Count + diff.Asks.Count;
                block.Add(header, diff);
            }
            else if (typeof(T) == typeof(Trade))
            {
                block.Add(header, As<T, Trade>(payload));
            }
            else if (typeof(T) == typeof(AggregateTrade))
            {
                block.Add(header, As<T, AggregateTrade>(payload));
            }
            else if (typeof(T) == typeof(BestQuote))
            {
                block.Add(header, As<T, BestQuote>(payload));
            }
        }
    }

    private readonly struct Check : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
        }
    }
}
