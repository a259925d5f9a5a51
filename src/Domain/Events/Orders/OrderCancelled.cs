using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The order is out of the book by our request.</summary>
public struct OrderCancelled : IPayload<OrderCancelled>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>Quantity that was left.</summary>
    public long Remaining;

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderCancelled;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderCancelled payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Quantity("remaining", ref payload.Remaining);
    }
}
