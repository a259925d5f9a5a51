using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>
/// The orders of a symbol: for each account the zero-latency venue of the model, which matches what is recorded against
/// what rests. Accounts do not meet each other: each trades with the recording alone.
/// </summary>
internal sealed class SymbolOrders
{
    /// <summary>Trade ids of our fills begin here: far from those of a recording.</summary>
    public const long FirstTradeId = 9_000_000_001;

    private readonly SymbolMarket market;
    private readonly VenueClock clock;
    private readonly QueueModel queue;
    private readonly PrintSource prints;
    private readonly AveragePrice average = new();
    private readonly List<(Account Account, ZeroLatencyVenue Venue)> venues = [];
    private long nextTradeId = FirstTradeId;

    /// <summary>No orders yet.</summary>
    public SymbolOrders(SymbolMarket market, VenueClock clock, QueueModel queue)
    {
        this.market = market;
        this.clock = clock;
        this.queue = queue;
        Instrument = market.Tape.Instrument.ToInstrument();
        Rules = new SymbolRules(market.Tape.Instrument);
        prints = market.Tape.HasTrades ? PrintSource.Trades
            : market.Tape.HasAggregateTrades ? PrintSource.AggregateTrades
            : PrintSource.None;
    }

    /// <summary>Told of a fill: the order's account, what was filled.</summary>
    public Action<Account, OrderFilled>? Filled { get; set; }

    /// <summary>Symbol in capitals.</summary>
    public string Symbol => market.Symbol;

    /// <summary>True while the symbol trades.</summary>
    public bool IsTrading => market.Status == "TRADING";

    /// <summary>The instrument.</summary>
    public Instrument Instrument { get; }

    /// <summary>Filters.</summary>
    public SymbolRules Rules { get; }

    /// <summary>The recorded book now.</summary>
    public BookTracker Tracker => market.Tape.Tracker;

    /// <summary>The average price that filters take; the mid before the first trade, 0 without a book.</summary>
    public long AveragePrice
    {
        get
        {
            var price = average.At(clock.Now);
            return price > 0 ? price : Tracker.Book.HasBothSides ? (Tracker.Book.Bids.BestPrice + Tracker.Book.Asks.BestPrice) / 2 : 0;
        }
    }

    /// <summary>The next trade id.</summary>
    public long NextTradeId() => nextTradeId++;

    /// <summary>The account's venue, made when it is asked for the first time.</summary>
    public ZeroLatencyVenue VenueOf(Account account)
    {
        foreach (var (owner, venue) in venues)
        {
            if (ReferenceEquals(owner, account))
            {
                return venue;
            }
        }

        var made = new ZeroLatencyVenue(Instrument, queue, account.Options.MakerPartsPerMillion, prints);
        venues.Add((account, made));
        return made;
    }

    /// <summary>Tells everything that rests: side, price, quantity left.</summary>
    public void Resting(Action<Side, long, long> tell)
    {
        foreach (var (_, venue) in venues)
        {
            foreach (ref readonly var order in venue.Bids)
            {
                tell(order.Side, order.Price, order.Remaining);
            }

            foreach (ref readonly var order in venue.Asks)
            {
                tell(order.Side, order.Price, order.Remaining);
            }
        }
    }

    /// <summary>The order as the model knows it.</summary>
    public static OrderRequest Request(VenueOrder order) => new(IsCancel: false, order.Id, order.Side, order.Price, order.Remaining);

    /// <summary>Before a diff is folded.</summary>
    public void Match(in DepthDiff diff, BookTracker before)
    {
        foreach (var (account, venue) in venues)
        {
            venue.Match(diff, before);
            Take(account, venue);
        }
    }

    /// <summary>Before a partial book is folded.</summary>
    public void Match(in PartialBook partial, BookTracker before)
    {
        foreach (var (account, venue) in venues)
        {
            venue.Match(partial, before);
            Take(account, venue);
        }
    }

    /// <summary>A trade.</summary>
    public void Match(in Trade trade)
    {
        average.Add(clock.Now, trade.Price, trade.Quantity);
        foreach (var (account, venue) in venues)
        {
            venue.Match(trade);
            Take(account, venue);
        }
    }

    /// <summary>A recorded aggregate trade.</summary>
    public void Match(in AggregateTrade trade)
    {
        if (prints == PrintSource.AggregateTrades)
        {
            average.Add(clock.Now, trade.Price, trade.Quantity);
        }

        foreach (var (account, venue) in venues)
        {
            venue.Match(trade);
            Take(account, venue);
        }
    }

    private void Take(Account account, ZeroLatencyVenue venue)
    {
        for (var i = 0; i < venue.Fills.Count; i++)
        {
            Filled?.Invoke(account, venue.TakeFill(i));
        }
    }
}
