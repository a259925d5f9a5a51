using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Volatility;

namespace EventSourcedMM.Projections;

/// <summary>
/// Everything the engine knows for one symbol: the projections of the events stepped so far. Only
/// <see cref="Engine"/> changes it; it has one owner and no clock, so the same events give the same state.
/// </summary>
public sealed class EngineState
{
    /// <summary>A strategy's state over a market of its own.</summary>
    public EngineState()
        : this(new MarketState())
    {
    }

    /// <summary>A strategy's state over a market that somebody else folds, for all who look at it.</summary>
    public EngineState(MarketState market) => Market = market;

    /// <summary>The market it looks at.</summary>
    public MarketState Market { get; }

    /// <summary>Engine time in nanoseconds: the latest receive stamp stepped; never runs backwards.</summary>
    public long Now { get; internal set; }

    /// <summary>Input events stepped since the run started.</summary>
    public long Inputs { get; internal set; }

    /// <summary>Name of the recording being folded; empty before the first.</summary>
    public string Recording => Market.Recording;

    /// <summary>The instrument, once defined.</summary>
    public Instrument? Instrument => Market.Instrument;

    /// <summary>The book and its state machine.</summary>
    public BookTracker Tracker => Market.Tracker;

    /// <summary>True between the run's first and last event.</summary>
    public bool Running { get; internal set; }

    /// <summary>What does not change within the run; null before it started.</summary>
    public QuoteSetup? Setup { get; internal set; }

    /// <summary>σ; null before the run started.</summary>
    public VolatilityEstimator? Volatility { get; internal set; }

    /// <summary>Working orders.</summary>
    public WorkingOrders Orders { get; internal set; } = new();

    /// <summary>Cash, position, PnL.</summary>
    public Ledger Ledger { get; internal set; } = new();

    /// <summary>What a run at a venue may offer and bid; a stranger to a backtest, and so no part of the strategy's hash.</summary>
    public AccountState Account { get; } = new();

    /// <summary>The portfolio's verdict that is in force.</summary>
    public PortfolioLimits Portfolio { get; internal set; } = PortfolioLimits.None;

    /// <summary>When orders were asked for, where their rate is capped.</summary>
    public RecentOrders RecentOrders { get; internal set; } = new();

    /// <summary>Loss limits.</summary>
    public RiskState Risk { get; internal set; } = new();

    /// <summary>First receive stamp after the run's window.</summary>
    public long WindowEnd { get; internal set; }

    /// <summary>T−t of the rolling mode in seconds, from the run's first event.</summary>
    public double RollingHorizon { get; internal set; }

    /// <summary>Engine time at the last market event: a clock that steps back does not make it older.</summary>
    public long LastMarketTime { get; internal set; }

    /// <summary>Why nothing is quoted; None while quoting.</summary>
    public StopVerdict Stop { get; internal set; }

    /// <summary>Why the bid side was as it was in the last decision.</summary>
    public SideReason BidReason { get; internal set; }

    /// <summary>Why the ask side was as it was in the last decision.</summary>
    public SideReason AskReason { get; internal set; }

    /// <summary>Ordinal of the last decision.</summary>
    public long Decisions { get; internal set; }

    /// <summary>Ordinal of the last order.</summary>
    public long LastOrderId { get; internal set; }

    /// <summary>True after the kill switch.</summary>
    public bool Killed { get; internal set; }

    /// <summary>True after the kill switch asked for the position to be closed.</summary>
    public bool Flattening { get; internal set; }

    /// <summary>True while a connection that orders need is down.</summary>
    public bool Disconnected => DownConnections != 0;

    /// <summary>Level updates folded: a measure of work, not part of the hash.</summary>
    public long LevelUpdates => Market.LevelUpdates;

    /// <summary>q: position minus target, in quantity units.</summary>
    public long Inventory => Ledger.Position - (Setup?.Parameters.InventoryTarget ?? 0);

    /// <summary>True when the book may be quoted on.</summary>
    public bool BookUsable => Tracker.State is BookState.Synced or BookState.Partial && HasMarket;

    /// <summary>What of the displayed book is ours; null where the market's data does not show our orders.</summary>
    public OwnDisplay? Own { get; internal set; }

    /// <summary>The market's best bid: the book's, without our own orders where it shows them; 0 when nobody else bids.</summary>
    public long BestBid => Own is null ? Tracker.Book.Bids.BestPrice : Own.BestOf(Tracker.Book.Bids, Side.Bid);

    /// <summary>The market's best ask, likewise.</summary>
    public long BestAsk => Own is null ? Tracker.Book.Asks.BestPrice : Own.BestOf(Tracker.Book.Asks, Side.Ask);

    /// <summary>True when the market has both sides: somebody but us bids and somebody but us offers.</summary>
    public bool HasMarket => Tracker.Book.HasBothSides && (Own is null || (BestBid > 0 && BestAsk > 0));

    /// <summary>Best bid plus best ask of the market: twice the mid, exact in price units. Ask only when <see cref="HasMarket"/>.</summary>
    public long MidTwice => BestBid + BestAsk;

    // Bit 0: the market's connection, bit 1: the account's. One that comes up says nothing of the other.
    internal long DownConnections { get; set; }

    // A transition that the recording must name next.
    internal bool TransitionDue => Market.TransitionDue;

    // Best prices as the engine last saw them: evaluation is due only when they move.
    internal long SeenBid { get; set; }

    internal long SeenAsk { get; set; }

    internal BookState SeenState { get; set; }

    // Reused room for targets, so that deciding allocates nothing.
    internal Level[] BidTargets { get; set; } = [];

    internal Level[] AskTargets { get; set; } = [];

    /// <summary>The parameters, once the run started.</summary>
    internal StrategyParameters Parameters => Setup!.Parameters;
}
