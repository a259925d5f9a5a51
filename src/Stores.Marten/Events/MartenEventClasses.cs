using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Marten.Events;

// One class an event type: Marten takes what a query asks for from the class, and keeps its name in every row. A type of the
// catalogue that has no class here works as well, as an OtherEvent, whose name in the rows is long.

/// <summary>The event <c>instrumentDefined</c>.</summary>
public sealed class InstrumentDefinedEvent : MartenEvent<InstrumentDefined>;

/// <summary>The event <c>recordingStarted</c>.</summary>
public sealed class RecordingStartedEvent : MartenEvent<RecordingStarted>;

/// <summary>The event <c>bookSnapshot</c>.</summary>
public sealed class BookSnapshotEvent : MartenEvent<BookSnapshot>;

/// <summary>The event <c>depthDiff</c>.</summary>
public sealed class DepthDiffEvent : MartenEvent<DepthDiff>;

/// <summary>The event <c>partialBook</c>.</summary>
public sealed class PartialBookEvent : MartenEvent<PartialBook>;

/// <summary>The event <c>trade</c>.</summary>
public sealed class TradeEvent : MartenEvent<Trade>;

/// <summary>The event <c>aggregateTrade</c>.</summary>
public sealed class AggregateTradeEvent : MartenEvent<AggregateTrade>;

/// <summary>The event <c>bestQuote</c>.</summary>
public sealed class BestQuoteEvent : MartenEvent<BestQuote>;

/// <summary>The event <c>bookStateChanged</c>.</summary>
public sealed class BookStateChangedEvent : MartenEvent<BookStateChanged>;

/// <summary>The event <c>bookCheckpoint</c>.</summary>
public sealed class BookCheckpointEvent : MartenEvent<BookCheckpoint>;

/// <summary>The event <c>venueMessage</c>.</summary>
public sealed class VenueMessageEvent : MartenEvent<VenueMessage>;

/// <summary>The event <c>recordingEnded</c>.</summary>
public sealed class RecordingEndedEvent : MartenEvent<RecordingEnded>;

/// <summary>The event <c>orderSubmitted</c>.</summary>
public sealed class OrderSubmittedEvent : MartenEvent<OrderSubmitted>;

/// <summary>The event <c>orderCancelRequested</c>.</summary>
public sealed class OrderCancelRequestedEvent : MartenEvent<OrderCancelRequested>;

/// <summary>The event <c>orderAccepted</c>.</summary>
public sealed class OrderAcceptedEvent : MartenEvent<OrderAccepted>;

/// <summary>The event <c>orderRejected</c>.</summary>
public sealed class OrderRejectedEvent : MartenEvent<OrderRejected>;

/// <summary>The event <c>orderFilled</c>.</summary>
public sealed class OrderFilledEvent : MartenEvent<OrderFilled>;

/// <summary>The event <c>orderCancelled</c>.</summary>
public sealed class OrderCancelledEvent : MartenEvent<OrderCancelled>;

/// <summary>The event <c>orderCancelRejected</c>.</summary>
public sealed class OrderCancelRejectedEvent : MartenEvent<OrderCancelRejected>;

/// <summary>The event <c>orderExpired</c>.</summary>
public sealed class OrderExpiredEvent : MartenEvent<OrderExpired>;

/// <summary>The event <c>balanceReported</c>.</summary>
public sealed class BalanceReportedEvent : MartenEvent<BalanceReported>;

/// <summary>The event <c>reconciliationStarted</c>.</summary>
public sealed class ReconciliationStartedEvent : MartenEvent<ReconciliationStarted>;

/// <summary>The event <c>reconciliationFound</c>.</summary>
public sealed class ReconciliationFoundEvent : MartenEvent<ReconciliationFound>;

/// <summary>The event <c>reconciliationClosed</c>.</summary>
public sealed class ReconciliationClosedEvent : MartenEvent<ReconciliationClosed>;

/// <summary>The event <c>requestThrottled</c>.</summary>
public sealed class RequestThrottledEvent : MartenEvent<RequestThrottled>;

/// <summary>The event <c>clockMeasured</c>.</summary>
public sealed class ClockMeasuredEvent : MartenEvent<ClockMeasured>;

/// <summary>The event <c>quoteDecided</c>.</summary>
public sealed class QuoteDecidedEvent : MartenEvent<QuoteDecided>;

/// <summary>The event <c>quotingStopped</c>.</summary>
public sealed class QuotingStoppedEvent : MartenEvent<QuotingStopped>;

/// <summary>The event <c>halted</c>.</summary>
public sealed class HaltedEvent : MartenEvent<Halted>;

/// <summary>The event <c>resumed</c>.</summary>
public sealed class ResumedEvent : MartenEvent<Resumed>;

/// <summary>The event <c>runStarted</c>.</summary>
public sealed class RunStartedEvent : MartenEvent<RunStarted>;

/// <summary>The event <c>timerFired</c>.</summary>
public sealed class TimerFiredEvent : MartenEvent<TimerFired>;

/// <summary>The event <c>marked</c>.</summary>
public sealed class MarkedEvent : MartenEvent<Marked>;

/// <summary>The event <c>stateHashed</c>.</summary>
public sealed class StateHashedEvent : MartenEvent<StateHashed>;

/// <summary>The event <c>runEnded</c>.</summary>
public sealed class RunEndedEvent : MartenEvent<RunEnded>;

/// <summary>The event <c>killSwitchPulled</c>.</summary>
public sealed class KillSwitchPulledEvent : MartenEvent<KillSwitchPulled>;

/// <summary>The event <c>connectionChanged</c>.</summary>
public sealed class ConnectionChangedEvent : MartenEvent<ConnectionChanged>;

/// <summary>The event <c>rateObserved</c>.</summary>
public sealed class RateObservedEvent : MartenEvent<RateObserved>;

/// <summary>The event <c>venueHashed</c>.</summary>
public sealed class VenueHashedEvent : MartenEvent<VenueHashed>;

/// <summary>The event <c>configurationChanged</c>.</summary>
public sealed class ConfigurationChangedEvent : MartenEvent<ConfigurationChanged>;

/// <summary>The event <c>portfolioStarted</c>.</summary>
public sealed class PortfolioStartedEvent : MartenEvent<PortfolioStarted>;

/// <summary>The event <c>symbolReported</c>.</summary>
public sealed class SymbolReportedEvent : MartenEvent<SymbolReported>;

/// <summary>The event <c>budgetReported</c>.</summary>
public sealed class BudgetReportedEvent : MartenEvent<BudgetReported>;

/// <summary>The event <c>portfolioVerdict</c>.</summary>
public sealed class PortfolioVerdictEvent : MartenEvent<PortfolioVerdict>;

/// <summary>The event <c>portfolioEnded</c>.</summary>
public sealed class PortfolioEndedEvent : MartenEvent<PortfolioEnded>;

/// <summary>An event whose type has no class above.</summary>
/// <typeparam name="T">What it says.</typeparam>
public sealed class OtherEvent<T> : MartenEvent<T>
    where T : struct, IPayload<T>;
