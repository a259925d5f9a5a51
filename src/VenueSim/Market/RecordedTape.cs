using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>
/// A symbol's recording as a tape: what is next, when it is due by the venue's clock, and the book up to here.
/// The tape starts where the window starts and its book is known.
/// An event is due at its receive stamp. A recorder's clock may be behind the venue's: then everything is due later by
/// as much as needed for nothing to be sent before it was stamped by the venue; the order stays the recorded one.
/// </summary>
internal sealed class RecordedTape : IEventHandler, IDisposable
{
    /// <summary>Nanoseconds between the last event of a pass and the first of the next.</summary>
    public const long PassGap = 100_000_000;

    // Fills of one taker order arrive together; looking further than this ahead for the next one would be in vain.
    private const long LookAhead = 1_000_000_000;

    // How many events are searched for types that the recording may not have.
    private const int Searched = 20_000;

    private readonly SymbolRecording recording;
    private readonly bool repeat;
    private readonly IMarketListener listener;
    private readonly LevelArena arena = new();
    private readonly LevelArena aheadArena = new();
    private RecordReader reader;
    private BookFold fold = new();
    private TileShift shift;
    private DepthDiff? bridge;
    private BookTracker? bridgeFrom;
    private EventHeader current;
    private long openingUpdateId;
    private long lead;
    private long lastTime;
    private long lastDiffId;
    private long lastQuoteId;
    private long lastTradeId;
    private long lastAggregateId;
    private bool tradesMoved = true;
    private bool aggregatesMoved = true;

    /// <summary>Winds to the start of the window.</summary>
    /// <exception cref="RecordingException">There is no book in the window, or the recording is of another symbol.</exception>
    public RecordedTape(SymbolRecording recording, bool repeat, IMarketListener listener)
    {
        this.recording = recording;
        this.repeat = repeat;
        this.listener = listener;
        reader = Open();
        if (fold.Instrument.Symbol != recording.Symbol)
        {
            throw new RecordingException($"The recording given for {recording.Symbol} is of {(fold.Instrument.Symbol.Length == 0 ? "no instrument" : fold.Instrument.Symbol)}.");
        }

        lastDiffId = openingUpdateId;
        HasBestQuotes = reader.Holds(EventType.BestQuote, Searched);
        HasTrades = reader.Holds(EventType.Trade, Searched);
        HasAggregateTrades = reader.Holds(EventType.AggregateTrade, Searched);
        NextTime = Schedule();
        StartTime = NextTime;
    }

    /// <summary>When the first event is due, before any alignment.</summary>
    public long StartTime { get; }

    /// <summary>When the next event is due, in nanoseconds since the epoch; <see cref="long.MaxValue"/> at the end.</summary>
    public long NextTime { get; private set; }

    /// <summary>Repetition that is playing, from 0.</summary>
    public int Pass => shift.Pass;

    /// <summary>Events delivered.</summary>
    public long Delivered { get; private set; }

    /// <summary>The instrument in force.</summary>
    public InstrumentDefined Instrument => fold.Instrument;

    /// <summary>The book's state machine at the recorded now.</summary>
    public BookTracker Tracker => fold.Tracker;

    /// <summary>The book's update id as clients see it; 0 when there is no book.</summary>
    public long UpdateId => Tracker.LastUpdateId == 0 ? 0 : Tracker.LastUpdateId + shift.UpdateId;

    /// <summary>True when the recording has best quotes of its own.</summary>
    public bool HasBestQuotes { get; private set; }

    /// <summary>True when the recording has trades.</summary>
    public bool HasTrades { get; }

    /// <summary>True when the recording has aggregate trades of its own.</summary>
    public bool HasAggregateTrades { get; private set; }

    /// <summary>Moves the whole tape in time, so that it starts when another one does. Only before the first event.</summary>
    public void StartAt(long time)
    {
        shift = shift with { Time = time - StartTime };
        lastTime = 0;
        NextTime = Schedule();
    }

    /// <summary>Delivers the next event to the listener. There must be one.</summary>
    public void Deliver()
    {
        lastTime = NextTime;
        Delivered++;
        if (bridge is { } diff)
        {
            bridge = null;
            listener.BeforeDiff(diff with { FirstUpdateId = bridgeFrom!.LastUpdateId + 1, FinalUpdateId = bridgeFrom.LastUpdateId + 1 }, bridgeFrom);
            bridgeFrom = null;
            lastDiffId = diff.FinalUpdateId;
            listener.OnDiff(lastTime, diff);
        }
        else
        {
            var record = reader.Take();
            lead = LeadAfter(record.Header);
            current = record.Header;
            arena.Clear();
            var self = this;
            EventCatalog.Decode(record.Header, record.Payload, arena, ref self);
            reader.Release(record);
        }

        if (!reader.TryPeek(out _))
        {
            EndPass();
        }
        else
        {
            NextTime = Schedule();
        }
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(DepthDiff))
        {
            listener.BeforeDiff(As<T, DepthDiff>(payload), Tracker);
        }
        else if (typeof(T) == typeof(PartialBook))
        {
            listener.BeforePartial(As<T, PartialBook>(payload), Tracker);
        }

        fold.On(header, payload);
        var time = header.VenueTime == 0 ? lastTime : header.VenueTime + shift.Time;
        if (typeof(T) == typeof(DepthDiff))
        {
            var moved = shift.Move(As<T, DepthDiff>(payload));
            lastDiffId = Math.Max(lastDiffId, moved.FinalUpdateId);
            listener.OnDiff(time, moved);
        }
        else if (typeof(T) == typeof(Trade))
        {
            OnTrade(time, As<T, Trade>(payload));
        }
        else if (typeof(T) == typeof(AggregateTrade))
        {
            OnAggregateTrade(time, As<T, AggregateTrade>(payload));
        }
        else if (typeof(T) == typeof(BestQuote))
        {
            OnBestQuote(As<T, BestQuote>(payload));
        }
        else if (typeof(T) == typeof(PartialBook) || typeof(T) == typeof(BookSnapshot))
        {
            lastDiffId = Math.Max(lastDiffId, UpdateId);
            listener.OnBook();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    // Folds up to where the window has begun and the book is known.
    private RecordReader Open()
    {
        var opened = new RecordReader(recording);
        fold = new BookFold();
        lead = 0;
        while (true)
        {
            if (!opened.TryPeek(out var head))
            {
                opened.Dispose();
                throw new RecordingException($"The recording of {recording.Symbol} has no book in the window: no snapshot that its diffs join, and no partial book.");
            }

            if (head.Header.ReceiveTime >= recording.From && (fold.Tracker.Follows || fold.Tracker.State == BookState.Partial))
            {
                break;
            }

            lead = LeadAfter(head.Header);
            var record = opened.Take();
            arena.Clear();
            EventCatalog.Decode(record.Header, record.Payload, arena, ref fold);
            opened.Release(record);
        }

        openingUpdateId = fold.Tracker.LastUpdateId;
        return opened;
    }

    private long LeadAfter(in EventHeader header) =>
        header.VenueTime == 0 ? lead : Math.Max(lead, header.VenueTime - header.ReceiveTime);

    private long Schedule() => reader.TryPeek(out var head)
        ? Math.Max(lastTime, head.Header.ReceiveTime + LeadAfter(head.Header) + shift.Time)
        : long.MaxValue;

    private void EndPass()
    {
        NextTime = long.MaxValue;
        if (!repeat)
        {
            return;
        }

        var before = fold.Tracker;
        reader.Dispose();
        reader = Open();
        var due = lastTime + PassGap;
        var following = before.Follows && fold.Tracker.Follows;
        var joint = Math.Max(lastDiffId, lastQuoteId) + 1;
        shift = shift with { Pass = shift.Pass + 1, UpdateId = joint - openingUpdateId, Time = 0 };
        lastTime = due;
        var first = reader.TryPeek(out var head) ? head.Header.ReceiveTime + LeadAfter(head.Header) : due;
        shift = shift with { Time = due - first };
        tradesMoved = false;
        aggregatesMoved = false;

        // The end of a pass is another book than its start: one diff leads from the one to the other.
        bridgeFrom = following ? before : null;
        bridge = following ? Bridge(before.Book, fold.Tracker.Book, lastDiffId + 1, joint) : null;
        NextTime = due;
    }

    private static DepthDiff Bridge(OrderBook from, OrderBook to, long first, long final) => new()
    {
        FirstUpdateId = first,
        FinalUpdateId = final,
        Bids = Changes(from.Bids, to.Bids, descending: true),
        Asks = Changes(from.Asks, to.Asks, descending: false),
    };

    private static LevelList Changes(BookSide from, BookSide to, bool descending)
    {
        var changes = new List<Level>();
        foreach (var level in to.ToLevels())
        {
            if (from.QuantityAt(level.Price) != level.Quantity)
            {
                changes.Add(level);
            }
        }

        foreach (var level in from.ToLevels())
        {
            if (to.QuantityAt(level.Price) == 0)
            {
                changes.Add(level with { Quantity = 0 });
            }
        }

        changes.Sort((a, b) => descending ? b.Price.CompareTo(a.Price) : a.Price.CompareTo(b.Price));
        return new LevelList([.. changes]);
    }

    private void OnTrade(long time, in Trade recorded)
    {
        MoveTrades(recorded.TradeId);
        var trade = shift.Move(recorded);
        lastTradeId = Math.Max(lastTradeId, trade.TradeId);
        listener.OnTrade(time, trade, !HasAggregateTrades && Continues(recorded));
    }

    private bool Continues(in Trade trade)
    {
        if (!reader.TryFind(EventType.Trade, current.ReceiveTime + LookAhead, out var found))
        {
            return false;
        }

        var canonical = new CanonicalReader(found.Payload, aheadArena);
        var next = default(Trade);
        Trade.Describe(ref canonical, ref next);
        return next.TradeId == trade.TradeId + 1 && next.Price == trade.Price && next.BuyerIsMaker == trade.BuyerIsMaker && next.TradeTime == trade.TradeTime;
    }

    private void OnAggregateTrade(long time, in AggregateTrade recorded)
    {
        HasAggregateTrades = true;
        MoveTrades(recorded.FirstTradeId);
        if (!aggregatesMoved)
        {
            aggregatesMoved = true;
            shift = shift with { AggregateId = lastAggregateId + 1 - recorded.AggregateId };
        }

        var trade = shift.Move(recorded);
        lastAggregateId = Math.Max(lastAggregateId, trade.AggregateId);
        listener.OnAggregateTrade(time, trade);
    }

    private void OnBestQuote(in BestQuote recorded)
    {
        HasBestQuotes = true;
        if (shift.Pass > 0 && recorded.UpdateId <= openingUpdateId)
        {
            // From before the opening book: its id was used by the end of the pass before.
            return;
        }

        var quote = shift.Move(recorded);
        lastQuoteId = Math.Max(lastQuoteId, quote.UpdateId);
        listener.OnBestQuote(quote);
    }

    // The first trade of a pass takes the id after the last one's.
    private void MoveTrades(long firstId)
    {
        if (!tradesMoved)
        {
            tradesMoved = true;
            shift = shift with { TradeId = lastTradeId + 1 - firstId };
        }
    }
}
