using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The venue took the order out of the book by itself.</summary>
public struct OrderExpired : IPayload<OrderExpired>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>Quantity that was left.</summary>
    public long Remaining;

    /// <summary>The venue's words.</summary>
    public string Detail;

    /// <summary>An empty payload; text fields are never null.</summary>
    public OrderExpired()
    {
        Detail = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderExpired;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderExpired payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Quantity("remaining", ref payload.Remaining);
        visit.Text("detail", ref payload.Detail);
    }
}
