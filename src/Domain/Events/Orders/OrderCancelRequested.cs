using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>The engine asks to cancel one of its orders.</summary>
public struct OrderCancelRequested : IPayload<OrderCancelRequested>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>Why.</summary>
    public CancelReason Reason;

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderCancelRequested;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderCancelRequested payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Code("reason", ref payload.Reason);
    }
}
