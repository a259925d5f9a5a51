using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Streams;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>A symbol at the venue: its tape, what REST tells of it, and its streams.</summary>
internal sealed class SymbolMarket : IMarketListener, IDisposable
{
    /// <summary>Trades that REST can tell: the venue's own most.</summary>
    public const int TradesKept = 1_000;

    private const long Second = 1_000_000_000;

    private readonly VenueClock clock;
    private readonly TimerQueue timers;
    private readonly Publisher publisher;
    private readonly List<Topic> topics = [];
    private readonly DepthMerger merger = new();
    private readonly TradeAggregator aggregator = new();
    private bool tickSet;
    private long lastPrice;

    /// <summary>Winds a recording to its start.</summary>
    /// <exception cref="RecordingException">It cannot be served.</exception>
    public SymbolMarket(SymbolRecording recording, bool repeat, VenueClock clock, TimerQueue timers, Publisher publisher)
    {
        this.clock = clock;
        this.timers = timers;
        this.publisher = publisher;
        Tape = new RecordedTape(recording, repeat, this);
        Scales = SymbolScales.Of(Tape.Instrument);
        Quote = BookQuote();
        Copies.Offer(long.MinValue / 2, Tape);
    }

    /// <summary>Symbol in capitals.</summary>
    public string Symbol => Scales.Symbol;

    /// <summary>What its numbers are written with.</summary>
    public SymbolScales Scales { get; }

    /// <summary>The recording.</summary>
    public RecordedTape Tape { get; }

    /// <summary>Whether the symbol trades: not before its recording has begun, by the venue's clock, nor while it is halted.</summary>
    public string Status => IsHalted ? "HALT" : Tape.Delivered > 0 || Tape.NextTime <= clock.Now ? "TRADING" : "BREAK";

    /// <summary>True while trading is halted: orders are refused, data goes on.</summary>
    public bool IsHalted { get; set; }

    /// <summary>The last trades.</summary>
    public Recent<Trade> Trades { get; } = new(TradesKept);

    /// <summary>The last aggregate trades.</summary>
    public Recent<AggregateTrade> AggregateTrades { get; } = new(TradesKept);

    /// <summary>The best quote: the last recorded one, or the book's where none is recorded.</summary>
    public BestQuote Quote { get; private set; }

    /// <summary>Price of the last trade; before the recording's first one the mid, cut to the tick; 0 without a book.</summary>
    public long LastPrice => lastPrice > 0 ? lastPrice
        : Tape.Tracker.Book.HasBothSides ? (Quote.BidPrice + Quote.AskPrice) / 2 / Tape.Instrument.Tick * Tape.Instrument.Tick
        : 0;

    /// <summary>When the last trade was; 0 before the recording's first one.</summary>
    public long LastTradeTime { get; private set; }

    /// <summary>Earlier books.</summary>
    public BookCopies Copies { get; } = new();

    /// <summary>The topic of a stream of this symbol, made when it is asked for the first time.</summary>
    public Topic TopicOf(string name, TopicKind kind, int depth)
    {
        var topic = topics.Find(t => t.Name == name);
        if (topic is null)
        {
            topic = new Topic(name, kind, depth);
            topics.Add(topic);
        }

        return topic;
    }

    /// <summary>The orders here; null before the venue takes any.</summary>
    public SymbolOrders? Orders { get; set; }

    /// <summary>The orders in the depth that is told; null where the recording is told as it is.</summary>
    public ShownOrders? Shown { get; set; }

    /// <inheritdoc/>
    public void BeforeDiff(in DepthDiff diff, BookTracker book)
    {
        LookAtOrders();
        Orders?.Match(diff, book);
    }

    /// <inheritdoc/>
    public void BeforePartial(in PartialBook partial, BookTracker book)
    {
        LookAtOrders();
        Orders?.Match(partial, book);
    }

    /// <summary>The book as REST and the partial books tell it now, best first.</summary>
    public (Level[] Bids, Level[] Asks) Depth(int most)
    {
        var book = Tape.Tracker.Book;
        return Shown is null
            ? (book.Bids.ToLevels(most), book.Asks.ToLevels(most))
            : (Shown.Levels(Side.Bid, book, most), Shown.Levels(Side.Ask, book, most));
    }

    /// <summary>Takes down what rests: what is told next shows it.</summary>
    public void LookAtOrders()
    {
        if (Orders is not null)
        {
            Shown?.Look(Orders);
        }
    }

    /// <inheritdoc/>
    public void OnDiff(long venueTime, in DepthDiff recorded)
    {
        Copies.Offer(clock.Now, Tape);
        var diff = Shown?.Tell(recorded, Tape.Tracker.Book) ?? recorded;
        foreach (var topic in topics)
        {
            if (topic.Kind == TopicKind.Diffs && topic.Subscribers.Count > 0)
            {
                publisher.Publish(topic, new DiffMessage(Scales, venueTime, diff));
            }
        }

        Merge(venueTime, diff);
        OnBook();
    }

    /// <inheritdoc/>
    public void OnTrade(long venueTime, in Trade trade, bool continues)
    {
        Orders?.Match(trade);
        Trades.Add(trade);
        (lastPrice, LastTradeTime) = (trade.Price, trade.TradeTime);
        Publish(TopicKind.Trade, new TradeMessage(Scales, venueTime, trade));
        if (!Tape.HasAggregateTrades && aggregator.Add(trade, continues, out var aggregate))
        {
            AddAggregate(venueTime, aggregate);
        }
    }

    /// <inheritdoc/>
    public void OnAggregateTrade(long venueTime, in AggregateTrade trade)
    {
        Orders?.Match(trade);
        (lastPrice, LastTradeTime) = (trade.Price, trade.TradeTime);
        if (!Tape.HasTrades)
        {
            // Clients take trades for the prints: what fills an order here must be a trade to them, too. Aggregate ids have no holes.
            var single = new Trade { TradeId = trade.AggregateId, Price = trade.Price, Quantity = trade.Quantity, TradeTime = trade.TradeTime, BuyerIsMaker = trade.BuyerIsMaker };
            Trades.Add(single);
            Publish(TopicKind.Trade, new TradeMessage(Scales, venueTime, single));
        }

        AddAggregate(venueTime, trade);
    }

    /// <inheritdoc/>
    public void OnBestQuote(in BestQuote quote)
    {
        Quote = quote;
        Publish(TopicKind.BestQuote, new BestQuoteMessage(Scales, quote));
    }

    /// <inheritdoc/>
    public void OnBook()
    {
        var state = Tape.Tracker.State;
        if (!Tape.Tracker.Follows && state != BookState.Partial)
        {
            return;
        }

        if (!Tape.HasBestQuotes)
        {
            DeriveQuote();
        }

        foreach (var topic in topics)
        {
            if (topic.Subscribers.Count == 0)
            {
                continue;
            }

            if (topic.Kind == TopicKind.Partial)
            {
                PublishPartial(topic);
            }
            else if (topic.Kind == TopicKind.PartialBySecond)
            {
                SetTick();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Tape.Dispose();

    private void AddAggregate(long venueTime, in AggregateTrade aggregate)
    {
        AggregateTrades.Add(aggregate);
        Publish(TopicKind.AggregateTrade, new AggregateTradeMessage(Scales, venueTime, aggregate));
    }

    private void Publish<TMessage>(TopicKind kind, in TMessage message)
        where TMessage : struct, IStreamMessage
    {
        foreach (var topic in topics)
        {
            if (topic.Kind == kind && topic.Subscribers.Count > 0)
            {
                publisher.Publish(topic, message);
            }
        }
    }

    private void PublishPartial(Topic topic)
    {
        var updateId = Tape.UpdateId;
        if (topic.LastUpdateId != updateId)
        {
            topic.LastUpdateId = updateId;
            var (bids, asks) = Depth(topic.Depth);
            publisher.Publish(topic, new PartialMessage(Scales, updateId, bids, asks));
        }
    }

    private void Merge(long venueTime, in DepthDiff diff)
    {
        if (!topics.Exists(t => t.Kind == TopicKind.DiffsBySecond && t.Subscribers.Count > 0))
        {
            merger.Clear();
            return;
        }

        if (!merger.Joins(diff))
        {
            Publish(TopicKind.DiffsBySecond, new DiffMessage(Scales, venueTime, merger.Take()));
        }

        merger.Add(diff);
        SetTick();
    }

    private void SetTick()
    {
        if (!tickSet)
        {
            tickSet = true;
            timers.Set(((clock.Now / Second) + 1) * Second, OnSecond);
        }
    }

    private void OnSecond()
    {
        tickSet = false;
        if (!merger.IsEmpty)
        {
            Publish(TopicKind.DiffsBySecond, new DiffMessage(Scales, clock.Now, merger.Take()));
        }

        if (Tape.Tracker.Follows || Tape.Tracker.State == BookState.Partial)
        {
            foreach (var topic in topics)
            {
                if (topic.Kind == TopicKind.PartialBySecond && topic.Subscribers.Count > 0)
                {
                    PublishPartial(topic);
                }
            }
        }
    }

    private void DeriveQuote()
    {
        var quote = BookQuote();
        var same = quote.BidPrice == Quote.BidPrice && quote.BidQuantity == Quote.BidQuantity
            && quote.AskPrice == Quote.AskPrice && quote.AskQuantity == Quote.AskQuantity;
        if (!same)
        {
            OnBestQuote(quote);
        }
    }

    private BestQuote BookQuote()
    {
        var book = Tape.Tracker.Book;
        return new BestQuote
        {
            UpdateId = Tape.UpdateId,
            BidPrice = book.Bids.BestPrice,
            BidQuantity = book.Bids.BestQuantity,
            AskPrice = book.Asks.BestPrice,
            AskQuantity = book.Asks.BestQuantity,
        };
    }
}
