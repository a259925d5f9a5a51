using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections.Trading;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Projections;

/// <summary>What is left to do when nothing is quoted any more: closing the position, or keeping the books of an engine that stopped itself.</summary>
public static partial class Engine
{
    /// <summary>True when the position is closed as far as the venue allows: what is left is less than a lot or the smallest order.</summary>
    public static bool IsFlat(EngineState state) =>
        state.Orders.Count == 0 && (state.Ledger.Position == 0
            || (state.BookUsable && Domain.Risk.Flattening.Next(state.Setup!.Instrument, state.Ledger.Position, state.MidTwice) is null));

    /// <summary>
    /// After the engine stopped itself nothing is decided any more. What the account still tells of its orders is booked, whether the
    /// engine could have told it to itself or not: a fill is a fact.
    /// </summary>
    /// <param name="state">The state in which it stopped.</param>
    /// <param name="payload">What was told.</param>
    public static void Book<T>(EngineState state, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(OrderFilled))
        {
            ref readonly var fill = ref As<T, OrderFilled>(payload);
            Leave(state, fill.OrderId, fill.Remaining);
            state.Ledger.Apply(fill);
        }
        else if (typeof(T) == typeof(OrderCancelled))
        {
            Leave(state, As<T, OrderCancelled>(payload).OrderId, 0);
        }
        else if (typeof(T) == typeof(OrderExpired))
        {
            Leave(state, As<T, OrderExpired>(payload).OrderId, 0);
        }
        else if (typeof(T) == typeof(OrderRejected))
        {
            Leave(state, As<T, OrderRejected>(payload).OrderId, 0);
        }
    }

    /// <summary>Ends the run of an engine that stopped itself: the totals as they stand, without a last mark.</summary>
    public static void EndBroken(EngineState state, Cause source, string reason, Outbox outbox)
    {
        Int128 unrealised = 0;
        try
        {
            unrealised = state.HasMarket ? state.Ledger.Unrealised(state.MidTwice) : 0;
        }
        catch (OverflowException)
        {
            // It may be the very number that did not fit: the totals that can be told are told.
            unrealised = 0;
        }

        outbox.Add(source, state.Now, new RunEnded
        {
            Reason = reason,
            Inputs = state.Inputs,
            Decisions = state.Decisions,
            Fills = state.Ledger.Fills,
            Realised = state.Ledger.Realised,
            Unrealised = unrealised,
            Fees = state.Ledger.Fees,
            Position = state.Ledger.Position,
            State = StateHash.Of(state),
        });
        state.Running = false;
    }

    // One order at a time that takes at once: nothing of ours may fill beside it, or the close would overshoot. After an answer the same
    // quantity is still displayed that was just taken; the next change of the market, or the next timer, goes on.
    private static void Flatten(EngineState state, Cause source, QuoteTrigger trigger, Outbox outbox)
    {
        if (trigger is QuoteTrigger.Fill or QuoteTrigger.Answer || state.Orders.Count > 0 || state.Disconnected || !state.BookUsable
            || RiskGate.Staleness(state.Parameters, state.Now - state.LastMarketTime).Reason != StopReason.None
            || Domain.Risk.Flattening.Next(state.Setup!.Instrument, state.Ledger.Position, state.MidTwice) is not var (side, order))
        {
            return;
        }

        var targets = Targets(state, side);
        targets[0] = order;
        var count = 1;
        _ = state.Account.Cut(side, state.Setup.Instrument, targets, ref count, SideReason.Quoted);
        if (count > 0)
        {
            Submit(state, source, side, 0, targets[0], OrderExecution.ImmediateOrCancel, outbox);
        }
    }

    private static void Leave(EngineState state, long orderId, long remaining)
    {
        foreach (ref var order in state.Orders.Span)
        {
            if (order.OrderId == orderId)
            {
                order.Remaining = remaining;
                if (remaining == 0)
                {
                    state.Orders.Remove(orderId);
                }

                return;
            }
        }
    }
}
