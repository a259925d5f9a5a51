using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The venue had nothing to cancel: the order had filled or was unknown.</summary>
public struct OrderCancelRejected : IPayload<OrderCancelRejected>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>The venue's words; empty at the simulated venue.</summary>
    public string Detail;

    /// <summary>An empty payload; text fields are never null.</summary>
    public OrderCancelRejected()
    {
        Detail = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderCancelRejected;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderCancelRejected payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Text("detail", ref payload.Detail);
    }
}
