namespace EventSourcedMM.Domain.Events;

/// <summary>Every kind of event. Numbers are stored: they are never changed and never reused.</summary>
public enum EventType
{
    /// <summary>Never stored.</summary>
    None = 0,

    InstrumentDefined = 1,
    RecordingStarted = 2,
    BookSnapshot = 3,
    DepthDiff = 4,
    PartialBook = 5,
    Trade = 6,
    AggregateTrade = 7,
    BestQuote = 8,
    BookStateChanged = 9,
    BookCheckpoint = 10,
    VenueMessage = 11,
    RecordingEnded = 12,

    OrderSubmitted = 20,
    OrderCancelRequested = 21,
    OrderAccepted = 22,
    OrderRejected = 23,
    OrderFilled = 24,
    OrderCancelled = 25,
    OrderCancelRejected = 26,
    OrderExpired = 27,
    BalanceReported = 28,
    ReconciliationStarted = 29,
    ReconciliationFound = 30,
    ReconciliationClosed = 31,
    RequestThrottled = 32,
    ClockMeasured = 33,

    QuoteDecided = 40,
    QuotingStopped = 41,
    Halted = 42,
    Resumed = 43,

    RunStarted = 60,
    TimerFired = 61,
    Marked = 62,
    StateHashed = 63,
    RunEnded = 64,
    KillSwitchPulled = 65,
    ConnectionChanged = 66,
    RateObserved = 67,
    VenueHashed = 68,
    ConfigurationChanged = 69,

    PortfolioStarted = 80,
    SymbolReported = 81,
    BudgetReported = 82,
    PortfolioVerdict = 83,
    PortfolioEnded = 84,
}
