namespace EventSourcedMM.Domain.Events;

/// <summary>Receives decoded events, each as the value it is.</summary>
public interface IEventHandler
{
    /// <summary>One event. The payload's levels are valid until the caller reads on.</summary>
    void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>;
}

/// <summary>Receives event types without values, to build schemas and tables.</summary>
public interface IEventTypeHandler
{
    /// <summary>One event type.</summary>
    void On<T>()
        where T : struct, IPayload<T>;
}

/// <summary>The closed list of events: from a stored type to the payload that it is.</summary>
public static class EventCatalog
{
    /// <summary>Decodes a payload and hands it over as its own type.</summary>
    /// <exception cref="UnknownEventException">The type is not in the list, or the version is not the current one (upcast it first).</exception>
    /// <exception cref="Canonical.CanonicalFormatException">The bytes are damaged.</exception>
    public static void Decode<THandler>(in EventHeader header, ReadOnlySpan<byte> payload, Canonical.LevelArena arena, ref THandler handler)
        where THandler : IEventHandler, allows ref struct
    {
        switch (header.Type)
        {
            case EventType.InstrumentDefined: Decode<InstrumentDefined, THandler>(header, payload, arena, ref handler); break;
            case EventType.RecordingStarted: Decode<RecordingStarted, THandler>(header, payload, arena, ref handler); break;
            case EventType.BookSnapshot: Decode<BookSnapshot, THandler>(header, payload, arena, ref handler); break;
            case EventType.DepthDiff: Decode<DepthDiff, THandler>(header, payload, arena, ref handler); break;
            case EventType.PartialBook: Decode<PartialBook, THandler>(header, payload, arena, ref handler); break;
            case EventType.Trade: Decode<Trade, THandler>(header, payload, arena, ref handler); break;
            case EventType.AggregateTrade: Decode<AggregateTrade, THandler>(header, payload, arena, ref handler); break;
            case EventType.BestQuote: Decode<BestQuote, THandler>(header, payload, arena, ref handler); break;
            case EventType.BookStateChanged: Decode<BookStateChanged, THandler>(header, payload, arena, ref handler); break;
            case EventType.BookCheckpoint: Decode<BookCheckpoint, THandler>(header, payload, arena, ref handler); break;
            case EventType.VenueMessage: Decode<VenueMessage, THandler>(header, payload, arena, ref handler); break;
            case EventType.RecordingEnded: Decode<RecordingEnded, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderSubmitted: Decode<OrderSubmitted, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderCancelRequested: Decode<OrderCancelRequested, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderAccepted: Decode<OrderAccepted, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderRejected: Decode<OrderRejected, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderFilled: Decode<OrderFilled, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderCancelled: Decode<OrderCancelled, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderCancelRejected: Decode<OrderCancelRejected, THandler>(header, payload, arena, ref handler); break;
            case EventType.OrderExpired: Decode<OrderExpired, THandler>(header, payload, arena, ref handler); break;
            case EventType.BalanceReported: Decode<BalanceReported, THandler>(header, payload, arena, ref handler); break;
            case EventType.ReconciliationStarted: Decode<ReconciliationStarted, THandler>(header, payload, arena, ref handler); break;
            case EventType.ReconciliationFound: Decode<ReconciliationFound, THandler>(header, payload, arena, ref handler); break;
            case EventType.ReconciliationClosed: Decode<ReconciliationClosed, THandler>(header, payload, arena, ref handler); break;
            case EventType.RequestThrottled: Decode<RequestThrottled, THandler>(header, payload, arena, ref handler); break;
            case EventType.ClockMeasured: Decode<ClockMeasured, THandler>(header, payload, arena, ref handler); break;
            case EventType.QuoteDecided: Decode<QuoteDecided, THandler>(header, payload, arena, ref handler); break;
            case EventType.QuotingStopped: Decode<QuotingStopped, THandler>(header, payload, arena, ref handler); break;
            case EventType.Halted: Decode<Halted, THandler>(header, payload, arena, ref handler); break;
            case EventType.Resumed: Decode<Resumed, THandler>(header, payload, arena, ref handler); break;
            case EventType.RunStarted: Decode<RunStarted, THandler>(header, payload, arena, ref handler); break;
            case EventType.TimerFired: Decode<TimerFired, THandler>(header, payload, arena, ref handler); break;
            case EventType.Marked: Decode<Marked, THandler>(header, payload, arena, ref handler); break;
            case EventType.StateHashed: Decode<StateHashed, THandler>(header, payload, arena, ref handler); break;
            case EventType.RunEnded: Decode<RunEnded, THandler>(header, payload, arena, ref handler); break;
            case EventType.KillSwitchPulled: Decode<KillSwitchPulled, THandler>(header, payload, arena, ref handler); break;
            case EventType.ConnectionChanged: Decode<ConnectionChanged, THandler>(header, payload, arena, ref handler); break;
            case EventType.RateObserved: Decode<RateObserved, THandler>(header, payload, arena, ref handler); break;
            case EventType.VenueHashed: Decode<VenueHashed, THandler>(header, payload, arena, ref handler); break;
            case EventType.ConfigurationChanged: Decode<ConfigurationChanged, THandler>(header, payload, arena, ref handler); break;
            case EventType.PortfolioStarted: Decode<PortfolioStarted, THandler>(header, payload, arena, ref handler); break;
            case EventType.SymbolReported: Decode<SymbolReported, THandler>(header, payload, arena, ref handler); break;
            case EventType.BudgetReported: Decode<BudgetReported, THandler>(header, payload, arena, ref handler); break;
            case EventType.PortfolioVerdict: Decode<PortfolioVerdict, THandler>(header, payload, arena, ref handler); break;
            case EventType.PortfolioEnded: Decode<PortfolioEnded, THandler>(header, payload, arena, ref handler); break;
            default: throw new UnknownEventException(header, "this program does not know the type");
        }
    }

    /// <summary>Hands over every event type, in the order of their numbers.</summary>
    public static void ForEach<THandler>(ref THandler handler)
        where THandler : IEventTypeHandler, allows ref struct
    {
        handler.On<InstrumentDefined>();
        handler.On<RecordingStarted>();
        handler.On<BookSnapshot>();
        handler.On<DepthDiff>();
        handler.On<PartialBook>();
        handler.On<Trade>();
        handler.On<AggregateTrade>();
        handler.On<BestQuote>();
        handler.On<BookStateChanged>();
        handler.On<BookCheckpoint>();
        handler.On<VenueMessage>();
        handler.On<RecordingEnded>();
        handler.On<OrderSubmitted>();
        handler.On<OrderCancelRequested>();
        handler.On<OrderAccepted>();
        handler.On<OrderRejected>();
        handler.On<OrderFilled>();
        handler.On<OrderCancelled>();
        handler.On<OrderCancelRejected>();
        handler.On<OrderExpired>();
        handler.On<BalanceReported>();
        handler.On<ReconciliationStarted>();
        handler.On<ReconciliationFound>();
        handler.On<ReconciliationClosed>();
        handler.On<RequestThrottled>();
        handler.On<ClockMeasured>();
        handler.On<QuoteDecided>();
        handler.On<QuotingStopped>();
        handler.On<Halted>();
        handler.On<Resumed>();
        handler.On<RunStarted>();
        handler.On<TimerFired>();
        handler.On<Marked>();
        handler.On<StateHashed>();
        handler.On<RunEnded>();
        handler.On<KillSwitchPulled>();
        handler.On<ConnectionChanged>();
        handler.On<RateObserved>();
        handler.On<VenueHashed>();
        handler.On<ConfigurationChanged>();
        handler.On<PortfolioStarted>();
        handler.On<SymbolReported>();
        handler.On<BudgetReported>();
        handler.On<PortfolioVerdict>();
        handler.On<PortfolioEnded>();
    }

    private static void Decode<T, THandler>(in EventHeader header, ReadOnlySpan<byte> bytes, Canonical.LevelArena arena, ref THandler handler)
        where T : struct, IPayload<T>
        where THandler : IEventHandler, allows ref struct
    {
        if (header.Version != T.Version)
        {
            throw new UnknownEventException(header, $"this program reads version {T.Version}");
        }

        var reader = new Canonical.CanonicalReader(bytes, arena);
        var payload = default(T);
        T.Describe(ref reader, ref payload);
        if (!reader.AtEnd)
        {
            throw new Canonical.CanonicalFormatException($"{bytes.Length - reader.Position} bytes are left after the last field of {header.Type} at sequence {header.Sequence}");
        }

        handler.On(header, payload);
    }
}

/// <summary>An event that this program cannot read. The run stops: nothing is skipped silently.</summary>
public sealed class UnknownEventException(EventHeader header, string why)
    : Exception($"Event {header.Sequence} has type {(int)header.Type} ({header.Type}) version {header.Version}: {why}.");
