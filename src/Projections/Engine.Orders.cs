using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections;

/// <summary>What the venue says of our orders.</summary>
public static partial class Engine
{
    private static void OnAccepted(EngineState state, Cause source, in OrderAccepted accepted, Outbox outbox)
    {
        ref var order = ref state.Orders.Get(accepted.OrderId);
        if (order.Status == OrderStatus.PendingNew)
        {
            order.Status = OrderStatus.Resting;
        }

        Evaluate(state, source, QuoteTrigger.Answer, outbox);
    }

    private static void OnFilled(EngineState state, Cause source, in OrderFilled fill, Outbox outbox)
    {
        ref var order = ref state.Orders.Get(fill.OrderId);
        if (fill.Quantity <= 0 || fill.Quantity > order.Remaining || order.Remaining - fill.Quantity != fill.Remaining || fill.Side != order.Side)
        {
            throw new InvariantBrokenException(
                $"Order {fill.OrderId} has {order.Remaining} units left on the {order.Side} side; a fill of {fill.Quantity} on the {fill.Side} side leaving {fill.Remaining} is impossible.");
        }

        order.Remaining = fill.Remaining;
        if (fill.Remaining == 0)
        {
            state.Orders.Remove(fill.OrderId);
        }

        state.Ledger.Apply(fill);
        state.Account.Apply(fill);
        if (state.BookUsable)
        {
            state.Ledger.Verify(state.MidTwice);
        }

        Evaluate(state, source, QuoteTrigger.Fill, outbox);
    }

    private static void OnOver(EngineState state, Cause source, long orderId, Outbox outbox)
    {
        state.Orders.Remove(orderId);
        Evaluate(state, source, QuoteTrigger.Answer, outbox);
    }

    private static void OnCancelRejected(EngineState state, Cause source, in OrderCancelRejected rejected, Outbox outbox)
    {
        // The usual reason is that the order filled first: then it is gone already. Otherwise it still rests, and is not evaluated here:
        // the same cancel would be refused again. The next market change or timer decides anew.
        var rests = false;
        foreach (ref var order in state.Orders.Span)
        {
            if (order.OrderId == rejected.OrderId && order.Status == OrderStatus.PendingCancel)
            {
                order.Status = OrderStatus.Resting;
                rests = true;
            }
        }

        if (rests)
        {
            return;
        }

        Evaluate(state, source, QuoteTrigger.Answer, outbox);
    }
}
