using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>The venue refused the order.</summary>
public struct OrderRejected : IPayload<OrderRejected>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>Why.</summary>
    public OrderRejectReason Reason;

    /// <summary>The venue's words; empty at the simulated venue.</summary>
    public string Detail;

    /// <summary>An empty payload; text fields are never null.</summary>
    public OrderRejected()
    {
        Detail = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderRejected;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderRejected payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Code("reason", ref payload.Reason);
        visit.Text("detail", ref payload.Detail);
    }
}
