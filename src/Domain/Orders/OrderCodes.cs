namespace EventSourcedMM.Domain.Orders;

/// <summary>Who trades first when a print hits exactly our price (docs/model.md, "Queue").</summary>
public enum QueueModel
{
    /// <summary>We stand behind the size displayed when we came; prints and shrinking size move us forward.</summary>
    Fifo = 0,

    /// <summary>We are first: every print at our price fills us.</summary>
    Optimistic = 1,

    /// <summary>We are never reached: only a print or a quote through our price fills us.</summary>
    Pessimistic = 2,
}

/// <summary>Which rule of docs/model.md filled an order.</summary>
public enum FillRule
{
    /// <summary>A trade printed beyond our price.</summary>
    PrintThrough = 0,

    /// <summary>A trade printed at our price and the queue ahead was used up.</summary>
    PrintAtPrice = 1,

    /// <summary>A diff displayed quantity on the other side at our price or beyond.</summary>
    BookCrossed = 2,

    /// <summary>The venue said so; which rule is unknown.</summary>
    Venue = 3,

    /// <summary>Our order took what was displayed.</summary>
    Taken = 4,
}

/// <summary>Whether an order may take.</summary>
public enum OrderExecution
{
    /// <summary>It rests or is refused (LIMIT_MAKER).</summary>
    PostOnly = 0,

    /// <summary>It takes what is displayed up to its price, and what is left is over (LIMIT, time in force IOC).</summary>
    ImmediateOrCancel = 1,
}

/// <summary>What a commission is charged in.</summary>
public enum FeeAsset
{
    /// <summary>The base asset: on a buy it reduces the inventory.</summary>
    Base = 0,

    /// <summary>The quote asset.</summary>
    Quote = 1,

    /// <summary>A third asset (BNB), valued at a recorded rate.</summary>
    Other = 2,
}

/// <summary>Why an order was refused.</summary>
public enum OrderRejectReason
{
    /// <summary>It would have matched at once; ours are post-only (Binance −2010).</summary>
    WouldMatch = 0,

    /// <summary>The price is not a multiple of the tick (PRICE_FILTER).</summary>
    PriceFilter = 1,

    /// <summary>The quantity is not a multiple of the lot, or too small (LOT_SIZE).</summary>
    LotSize = 2,

    /// <summary>Price × quantity is below the minimum (NOTIONAL).</summary>
    Notional = 3,

    /// <summary>Not enough free balance.</summary>
    Balance = 4,

    /// <summary>Our own gateway refused it: budget, rate or kill switch.</summary>
    Gateway = 5,

    /// <summary>The venue gave another reason, kept in the detail.</summary>
    Venue = 6,

    /// <summary>The venue has no trustworthy book to match against.</summary>
    NoBook = 7,
}

/// <summary>Why the engine cancels an order.</summary>
public enum CancelReason
{
    /// <summary>Another price or size is wanted.</summary>
    Replaced = 0,

    /// <summary>This side is not to be quoted now.</summary>
    SidePulled = 1,

    /// <summary>Nothing is to be quoted now.</summary>
    QuotingStopped = 2,

    /// <summary>A risk limit was broken.</summary>
    Halted = 3,

    /// <summary>The run is ending.</summary>
    RunEnding = 4,
}
