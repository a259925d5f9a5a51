using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Projections.Volatility;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Explain;

/// <summary>
/// Walks the recording up to the market event that an event's turn is for and rebuilds from it, without the engine, what
/// the event was decided from: book, σ², time of the last market message, and the queue before one order.
/// </summary>
internal sealed class MarketWalk : IEventHandler
{
    private readonly RunTrail trail;
    private readonly OrderTrail? order;
    private readonly QueueModel queue;
    private readonly PrintSource prints;
    private readonly Instrument instrument;
    private readonly LevelArena arena = new();
    private readonly long windowStart;
    private readonly BookFold fold = new();
    private readonly OwnWalk? own;
    private readonly Ledger held = new();
    private Int128 peak;
    private int nextFill;
    private Level[] rootLevels = [];
    private int timer;
    private Cause at;
    private bool queued;
    private bool past;

    private MarketWalk(RunTrail trail, OrderTrail? order, QuoteSetup setup, in RunStarted started, PrintSource prints)
    {
        this.prints = prints;
        this.trail = trail;
        this.order = order;
        queue = started.Queue;
        instrument = setup.Instrument;
        windowStart = started.WindowStart;
        peak = started.CarriedDrawdown;
        LastMarketTime = started.WindowStart;
        var parameters = setup.Parameters;
        own = parameters.OwnOrdersInBook ? new OwnWalk(trail.Moves) : null;
        Volatility = new VolatilityEstimator(
            parameters.VolatilityWindow, parameters.VolatilityLag, parameters.VolatilityWarmup, parameters.StepSeconds, instrument.PriceScale.Factor, parameters.VolatilityFloor);
    }

    /// <summary>The book after the event; before it when a fill is explained.</summary>
    public BookTracker Tracker => fold.Tracker;

    /// <summary>Best bid of the market: the book's, without the run's own orders where the recording shows them; 0 for none.</summary>
    public long BestBid => own is null ? Tracker.Book.Bids.BestPrice : own.BestOf(Tracker.Book, Side.Bid);

    /// <summary>Best ask of the market, likewise.</summary>
    public long BestAsk => own is null ? Tracker.Book.Asks.BestPrice : own.BestOf(Tracker.Book, Side.Ask);

    /// <summary>Best bid plus best ask of the market.</summary>
    public long MidTwice => BestBid + BestAsk;

    /// <summary>True when the market has both sides.</summary>
    public bool HasMarket => Tracker.Book.HasBothSides && (own is null || (BestBid > 0 && BestAsk > 0));

    /// <summary>σ² from the timers' samples.</summary>
    public VolatilityEstimator Volatility { get; }

    /// <summary>Receive stamp of the last market message in the window.</summary>
    public long LastMarketTime { get; private set; }

    /// <summary>The market event.</summary>
    public RunEvent? Root { get; private set; }

    /// <summary>The market event's print, when a fill is explained; null when it is none.</summary>
    public (long Price, long Quantity, bool BuyerIsMaker)? RootPrint { get; private set; }

    /// <summary>
    /// Highest equity from the run's start to the market event, in money; the start counts as 0. Null where fills did not come
    /// with market events.
    /// </summary>
    public Int128? Peak => nextFill == trail.Fills.Count ? peak : null;

    /// <summary>Quantity displayed before the order at its acceptance, in quantity units.</summary>
    public long QueueAtStart { get; private set; }

    /// <summary>Quantity before the order just before the event, by the rules of docs/model.md §10.</summary>
    public long QueueAhead { get; private set; }

    /// <summary>What moved the queue, in order.</summary>
    public List<string> QueueMoves { get; } = [];

    /// <summary>True when the order was accepted before the market event, so that the queue before it was seen.</summary>
    public bool QueueSeen => queued;

    /// <summary>False when the book is one of partial books, whose queue is not rebuilt here.</summary>
    public bool QueueKnown { get; private set; } = true;

    /// <summary>Quantity that the diff which filled us newly displayed at a price.</summary>
    public long NewlyShown(long price) => RootDiffQuantity(price) - Tracker.Book[order!.IsBid ? Side.Ask : Side.Bid].QuantityAt(price);

    /// <summary>Walks.</summary>
    /// <param name="inputs">The run's inputs in order.</param>
    /// <param name="trail">The run's log up to the event.</param>
    /// <param name="setup">Instrument and parameters in force.</param>
    /// <param name="started">Window and queue model.</param>
    /// <param name="order">An order whose queue is wanted; then the book stays as it was before the event.</param>
    public static MarketWalk To(IReadOnlyList<InputStream> inputs, RunTrail trail, QuoteSetup setup, in RunStarted started, OrderTrail? order = null)
    {
        var walk = new MarketWalk(trail, order, setup, started, LiveScript.IsLive(started.Kind) ? PrintSource.Trades : InputStream.PrintsOf(inputs));
        walk.Run(inputs);
        return walk;
    }

    /// <summary>The instrument in force where a window starts.</summary>
    public static Instrument InstrumentOf(IReadOnlyList<InputStream> inputs)
    {
        foreach (var input in inputs)
        {
            using var source = input.Open();
            var reader = new Days.FirstEvent<InstrumentDefined>();
            var levels = new LevelArena();
            while (reader.Value is null && source.Read(out var header, out var payload))
            {
                levels.Clear();
                EventCatalog.Decode(header, payload, levels, ref reader);
            }

            if (reader.Value is { } defined)
            {
                return new Instrument
                {
                    Symbol = defined.Symbol,
                    BaseAsset = defined.BaseAsset,
                    QuoteAsset = defined.QuoteAsset,
                    PriceScale = new Scale((int)defined.PriceDecimals),
                    QuantityScale = new Scale((int)defined.QuantityDecimals),
                    Tick = defined.Tick,
                    Lot = defined.Lot,
                    MinQuantity = defined.MinQuantity,
                    MinNotional = defined.MinNotional,
                    CommissionDecimals = (int)defined.CommissionDecimals,
                    Source = defined.Source,
                };
            }
        }

        throw new InvalidDataException("The run's inputs define no instrument.");
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        var isRoot = at == trail.Root;
        if (isRoot && order is not null)
        {
            RememberRoot(payload);
            return;
        }

        MoveQueue(payload);
        fold.On(header, payload);
        own?.Folded(at, payload);
        ObserveEquity();
        if (header.ReceiveTime >= windowStart && payload is DepthDiff or Trade or AggregateTrade or BestQuote or BookSnapshot or PartialBook)
        {
            LastMarketTime = header.ReceiveTime;
        }

        if (order is not null && at == order.AcceptedAfter)
        {
            var displayed = Tracker.Book[order.Submitted.Side].QuantityAt(order.Submitted.Price);
            QueueAtStart = QueueAhead = own?.OthersAt(order.Submitted.Side, order.Submitted.Price, displayed) ?? displayed;
            queued = true;
        }
    }

    // As the engine does: at each event's mid with what was held before it, then after each of its fills.
    private void ObserveEquity()
    {
        Observe();
        for (; nextFill < trail.Fills.Count && trail.Fills[nextFill].Header.Cause == at; nextFill++)
        {
            held.Apply(trail.Fills[nextFill].Fill);
            Observe();
        }

        void Observe()
        {
            if (Tracker.State is BookState.Synced or BookState.Partial && HasMarket)
            {
                peak = Int128.Max(peak, held.Equity(MidTwice));
            }
        }
    }

    private void Run(IReadOnlyList<InputStream> inputs)
    {
        var self = this;
        for (var stream = 1; stream <= inputs.Count && !past; stream++)
        {
            using var source = inputs[stream - 1].Open();
            while (!past && source.Read(out var header, out var payload))
            {
                at = new Cause(stream, header.Sequence);
                if (at == trail.Root)
                {
                    Root = RunEvent.Of(header, payload);
                    past = true;
                }

                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref self);
                while (timer < trail.Timers.Count && trail.Timers[timer] == at)
                {
                    var usable = Tracker.State is BookState.Synced or BookState.Partial && HasMarket;
                    Volatility.Sample(usable ? MidTwice : null);
                    timer++;
                }
            }
        }
    }

    private void RememberRoot<T>(in T payload)
        where T : struct, IPayload<T>
    {
        RootPrint = payload switch
        {
            Trade trade => (trade.Price, trade.Quantity, trade.BuyerIsMaker),
            AggregateTrade trade => (trade.Price, trade.Quantity, trade.BuyerIsMaker),
            _ => null,
        };
        var opposite = order!.IsBid;
        rootLevels = payload switch
        {
            DepthDiff diff => (opposite ? diff.Asks : diff.Bids).Span.ToArray(),
            PartialBook partial => (opposite ? partial.Asks : partial.Bids).Span.ToArray(),
            _ => [],
        };
    }

    private long RootDiffQuantity(long price) => Array.Find(rootLevels, l => l.Price == price).Quantity;

    private void MoveQueue<T>(in T payload)
        where T : struct, IPayload<T>
    {
        if (!queued)
        {
            return;
        }

        var submitted = order!.Submitted;
        switch (payload)
        {
            case Trade trade when prints == PrintSource.Trades:
                MoveByPrint(trade.Price, trade.Quantity, trade.BuyerIsMaker);
                break;
            case AggregateTrade trade when prints == PrintSource.AggregateTrades:
                MoveByPrint(trade.Price, trade.Quantity, trade.BuyerIsMaker);
                break;
            case DepthDiff diff when Tracker.WouldApply(diff):
                foreach (var level in (order.IsBid ? diff.Bids : diff.Asks).Span)
                {
                    var others = own?.OthersTold(submitted.Side, level) ?? level.Quantity;
                    if (level.Price == submitted.Price && others < QueueAhead)
                    {
                        Move(others, $"only {{0}} is displayed (event {at.Sequence})", others);
                    }
                }

                break;
            case PartialBook when Tracker.State == BookState.Partial:
                QueueKnown = false;
                break;
            default:
                break;
        }
    }

    private void MoveByPrint(long price, long quantity, bool buyerIsMaker)
    {
        if (price != order!.Submitted.Price || buyerIsMaker != order.IsBid || queue == QueueModel.Pessimistic)
        {
            return;
        }

        // Orders of ours at better prices took their part of the print first.
        var left = quantity - trail.Fills.Where(f => f.Header.Cause == at && f.Fill.Rule == FillRule.PrintThrough).Sum(f => f.Fill.Quantity);
        if (left > 0)
        {
            Move(Math.Max(0, QueueAhead - left), $"a print of {{0}} at the price (event {at.Sequence})", left);
        }
    }

    private void Move(long now, string why, long quantity)
    {
        if (now != QueueAhead)
        {
            QueueAhead = now;
            QueueMoves.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, why, instrument.FormatQuantity(quantity)) + $": {instrument.FormatQuantity(now)} ahead");
        }
    }
}
