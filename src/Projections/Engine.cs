using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Projections.Trading;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Projections;

/// <summary>
/// The one door: fold an event into the state, then ask the Domain what to do. Live, paper, backtest and audit differ
/// only in who calls it and where events come from. What it decides goes to the outbox; it never waits and never asks.
/// A step has two halves: the event is folded into the market (<see cref="Fold"/>), then the strategy reacts to it
/// (<see cref="React"/>). Strategies that share a market, as the sets of a sweep do, share the first half and nothing else.
/// </summary>
public static partial class Engine
{
    /// <summary>Input events between two state hashes.</summary>
    public const long HashInterval = 65_536;

    /// <summary>Steps one event.</summary>
    /// <param name="state">The state; changed in place.</param>
    /// <param name="source">The event's stream and sequence as the run sees them: the cause of what is decided.</param>
    /// <param name="header">The event's envelope.</param>
    /// <param name="payload">What it says.</param>
    /// <param name="outbox">Receives what is decided; the caller empties it.</param>
    /// <exception cref="InvariantBrokenException">The event contradicts what came before: the run must stop.</exception>
    public static void Step<T>(EngineState state, Cause source, in EventHeader header, in T payload, Outbox outbox)
        where T : struct, IPayload<T>
    {
        Fold(state.Market, header, payload);
        React(state, source, header, payload, outbox);
    }

    /// <summary>The second half of a step: the event is in the market already, what follows from it for this strategy?</summary>
    /// <param name="state">The strategy's state; changed in place, its market only read.</param>
    /// <param name="source">The event's stream and sequence as the run sees them.</param>
    /// <param name="header">The event's envelope.</param>
    /// <param name="payload">What it says.</param>
    /// <param name="outbox">Receives what is decided.</param>
    /// <exception cref="InvariantBrokenException">The event contradicts what came before: the run must stop.</exception>
    public static void React<T>(EngineState state, Cause source, in EventHeader header, in T payload, Outbox outbox)
        where T : struct, IPayload<T>
    {
        if (state.Running && !IsOfTheAccount(payload))
        {
            state.Inputs++;
        }

        if (header.ReceiveTime > state.Now)
        {
            state.Now = header.ReceiveTime;
        }

        // T is known when this is compiled for it: one branch remains.
        if (typeof(T) == typeof(DepthDiff))
        {
            state.LastMarketTime = state.Now;
            state.Own?.Told(As<T, DepthDiff>(payload), state.Orders);
            EvaluateIfMoved(state, source, outbox);
        }
        else if (typeof(T) == typeof(Trade) || typeof(T) == typeof(AggregateTrade) || typeof(T) == typeof(BestQuote))
        {
            state.LastMarketTime = state.Now;
        }
        else if (typeof(T) == typeof(TimerFired))
        {
            OnTimer(state, source, As<T, TimerFired>(payload), outbox);
        }
        else if (typeof(T) == typeof(OrderFilled))
        {
            OnFilled(state, source, As<T, OrderFilled>(payload), outbox);
        }
        else if (typeof(T) == typeof(OrderAccepted))
        {
            OnAccepted(state, source, As<T, OrderAccepted>(payload), outbox);
        }
        else if (typeof(T) == typeof(OrderCancelled))
        {
            OnOver(state, source, As<T, OrderCancelled>(payload).OrderId, outbox);
        }
        else if (typeof(T) == typeof(OrderExpired))
        {
            OnOver(state, source, As<T, OrderExpired>(payload).OrderId, outbox);
        }
        else if (typeof(T) == typeof(OrderRejected))
        {
            // Not evaluated here: the same request would be refused again. The next market change or timer decides anew.
            state.Orders.Remove(As<T, OrderRejected>(payload).OrderId);
            state.Own?.Refused(As<T, OrderRejected>(payload).OrderId);
        }
        else if (typeof(T) == typeof(OrderCancelRejected))
        {
            OnCancelRejected(state, source, As<T, OrderCancelRejected>(payload), outbox);
        }
        else
        {
            StepRare(state, source, header, payload, outbox);
        }
    }

    /// <summary>Ends a turn: appends a state hash when another <see cref="HashInterval"/> input events have been stepped.</summary>
    /// <param name="state">The state.</param>
    /// <param name="inputsBefore">Input events before the turn.</param>
    /// <param name="source">The event that the turn was for.</param>
    /// <param name="outbox">Receives the hash.</param>
    public static void EndTurn(EngineState state, long inputsBefore, Cause source, Outbox outbox)
    {
        if (state.Running && state.Inputs / HashInterval != inputsBefore / HashInterval)
        {
            outbox.Add(source, state.Now, new StateHashed { Inputs = state.Inputs, State = StateHash.Of(state, outbox.Scratch) });
        }
    }

    /// <summary>Ends the run: the last mark and the totals. Orders still resting are over without a fill.</summary>
    public static void End(EngineState state, Cause source, string reason, Outbox outbox)
    {
        Mark(state, source, outbox);
        var midTwice = state.HasMarket ? state.MidTwice : 0;
        outbox.Add(source, state.Now, new RunEnded
        {
            Reason = reason,
            Inputs = state.Inputs,
            Decisions = state.Decisions,
            Fills = state.Ledger.Fills,
            Realised = state.Ledger.Realised,
            Unrealised = midTwice > 0 ? state.Ledger.Unrealised(midTwice) : 0,
            Fees = state.Ledger.Fees,
            Position = state.Ledger.Position,
            State = StateHash.Of(state),
        });
        state.Running = false;
    }

    private static void StepRare<T>(EngineState state, Cause source, in EventHeader header, in T payload, Outbox outbox)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(BookSnapshot) || typeof(T) == typeof(PartialBook))
        {
            state.LastMarketTime = state.Now;
            state.Own?.Told(state.Orders);
            EvaluateIfMoved(state, source, outbox);
        }
        else if (typeof(T) == typeof(BookStateChanged) || typeof(T) == typeof(BookCheckpoint))
        {
            // A checkpoint repeats the book that is kept: nothing is told anew by it.
            EvaluateIfMoved(state, source, outbox);
        }
        else if (typeof(T) == typeof(InstrumentDefined))
        {
            RequireSameInstrument(state);
        }
        else if (typeof(T) == typeof(RecordingStarted))
        {
            OnRecordingStarted(state);
        }
        else if (typeof(T) == typeof(RunStarted))
        {
            OnRunStarted(state, header, As<T, RunStarted>(payload));
        }
        else if (typeof(T) == typeof(KillSwitchPulled))
        {
            state.Killed = true;
            state.Flattening |= As<T, KillSwitchPulled>(payload).Flatten;
            Evaluate(state, source, QuoteTrigger.Control, outbox);
        }
        else if (typeof(T) == typeof(PortfolioVerdict))
        {
            OnVerdict(state, header, As<T, PortfolioVerdict>(payload));
            Evaluate(state, source, ControlTrigger(state), outbox);
        }
        else if (typeof(T) == typeof(ConfigurationChanged))
        {
            OnConfiguration(state, source, header, As<T, ConfigurationChanged>(payload), outbox);
            Evaluate(state, source, ControlTrigger(state), outbox);
        }
        else if (typeof(T) == typeof(ClockMeasured))
        {
            state.Account.Apply(As<T, ClockMeasured>(payload));
            if (state.Running && state.Parameters.MaxClockError > 0)
            {
                Evaluate(state, source, ControlTrigger(state), outbox);
            }
        }
        else if (typeof(T) == typeof(ConnectionChanged))
        {
            if (OnConnection(state, As<T, ConnectionChanged>(payload)))
            {
                Evaluate(state, source, ControlTrigger(state), outbox);
            }
        }
        else if (typeof(T) == typeof(BalanceReported))
        {
            // Looked at with the next change of the market or the next timer: more balance is no news of prices.
            state.Account.Apply(As<T, BalanceReported>(payload));
        }
        else if (!IsOnlyRecorded<T>())
        {
            throw new InvariantBrokenException($"Event {header.Sequence} ({T.Type}) is not an input of the engine.");
        }
    }

    // What an engine that closes its position is told beside the market moves no price: the same displayed quantity would be taken again.
    private static QuoteTrigger ControlTrigger(EngineState state) => state.Flattening ? QuoteTrigger.Answer : QuoteTrigger.Control;

    // What only a run at a venue is told does not count among the inputs: the backtest of its recording counts the same.
    private static bool IsOfTheAccount<T>(in T payload)
        where T : struct, IPayload<T> =>
        typeof(T) == typeof(BalanceReported) || typeof(T) == typeof(RequestThrottled) || typeof(T) == typeof(ClockMeasured)
        || typeof(T) == typeof(ReconciliationStarted) || typeof(T) == typeof(ReconciliationFound) || typeof(T) == typeof(ReconciliationClosed)
        || (typeof(T) == typeof(ConnectionChanged) && As<T, ConnectionChanged>(payload).Connection == ConnectionChanged.Account);

    // Kept for whoever reads the run: the state does not depend on it.
    private static bool IsOnlyRecorded<T>() =>
        typeof(T) == typeof(VenueMessage) || typeof(T) == typeof(RecordingEnded) || typeof(T) == typeof(RateObserved)
        || typeof(T) == typeof(RequestThrottled)
        || typeof(T) == typeof(ReconciliationStarted) || typeof(T) == typeof(ReconciliationFound) || typeof(T) == typeof(ReconciliationClosed);
}
