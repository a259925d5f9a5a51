namespace EventSourcedMM.Domain.Quoting;

/// <summary>What made the engine look at its quotes.</summary>
public enum QuoteTrigger
{
    /// <summary>The best prices or the state of the book changed.</summary>
    Market = 0,

    /// <summary>A timer fired.</summary>
    Timer = 1,

    /// <summary>One of our orders filled.</summary>
    Fill = 2,

    /// <summary>The venue answered a request.</summary>
    Answer = 3,

    /// <summary>Connection, kill switch or configuration changed.</summary>
    Control = 4,
}

/// <summary>What moved a quote away from the model's price; bits are summed in a decision.</summary>
[Flags]
public enum QuoteClamp
{
    /// <summary>Nothing but rounding to the tick.</summary>
    None = 0,

    /// <summary>Moved out to keep the minimum half-spread from the mid.</summary>
    MinimumSpread = 1,

    /// <summary>Moved out so as not to match at once.</summary>
    PostOnly = 2,

    /// <summary>Moved in to the farthest distance from the mid that is allowed.</summary>
    MaximumDistance = 4,

    /// <summary>Joined the market's best price instead of improving on it.</summary>
    JoinBest = 8,
}

/// <summary>Why a side is quoted as it is.</summary>
public enum SideReason
{
    /// <summary>Quoted in full size.</summary>
    Quoted = 0,

    /// <summary>Quoted in smaller size: less room than the order size up to the inventory limit.</summary>
    Reduced = 1,

    /// <summary>Not quoted: the inventory limit leaves no room.</summary>
    InventoryLimit = 2,

    /// <summary>Not quoted: the notional limit leaves no room.</summary>
    NotionalLimit = 3,

    /// <summary>Not quoted: what room there is makes less than the venue's smallest order.</summary>
    BelowMinimum = 4,

    /// <summary>Not quoted: no free balance.</summary>
    NoBalance = 5,

    /// <summary>Not quoted: the price would not be positive.</summary>
    NoPrice = 6,

    /// <summary>Not quoted: the price is farther from the mid than the collar allows.</summary>
    PriceCollar = 7,

    /// <summary>Not quoted: what the portfolio leaves this symbol is used up.</summary>
    PortfolioLimit = 8,
}

/// <summary>Why nothing is quoted at all.</summary>
public enum StopReason
{
    /// <summary>Quoting goes on.</summary>
    None = 0,

    /// <summary>The book is not synced. Observed: 0. Limit: 0.</summary>
    BookNotSynced = 1,

    /// <summary>Too few volatility samples. Observed and limit in samples.</summary>
    WarmingUp = 2,

    /// <summary>No market data for too long. Observed and limit in nanoseconds.</summary>
    StaleData = 3,

    /// <summary>The market's spread is too wide. Observed and limit in parts per million of the mid.</summary>
    WideSpread = 4,

    /// <summary>A risk limit was broken earlier. Observed: the HaltReason. Limit: 0.</summary>
    Halted = 5,

    /// <summary>The session's end is near or past. Observed and limit in nanoseconds to the end.</summary>
    SessionOver = 6,

    /// <summary>The model's prices are not finite.</summary>
    ModelFailed = 7,

    /// <summary>The kill switch was pulled.</summary>
    KillSwitch = 8,

    /// <summary>The connection to the venue is down.</summary>
    Disconnected = 9,

    /// <summary>What the venue says of our orders and balances is being reconciled.</summary>
    Reconciling = 10,

    /// <summary>The portfolio's risk engine forbids it. Observed: the PortfolioReason. Limit: the verdict's ordinal.</summary>
    Portfolio = 11,

    /// <summary>A decision needs more orders than the order-rate cap leaves. Observed: orders of the last ten seconds with those needed. Limit in orders.</summary>
    OrderRate = 12,

    /// <summary>Our clock is too far from the venue's. Observed and limit in nanoseconds.</summary>
    ClockError = 13,
}
