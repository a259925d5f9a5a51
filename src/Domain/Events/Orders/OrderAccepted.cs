using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The venue took the order; it rests in the book.</summary>
public struct OrderAccepted : IPayload<OrderAccepted>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>The venue's id; 0 at the simulated venue.</summary>
    public long VenueOrderId;

    /// <summary>Displayed quantity at the price when the order was placed: what stands before us.</summary>
    public long QueueAhead;

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderAccepted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderAccepted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Id("venueOrderId", ref payload.VenueOrderId);
        visit.Quantity("queueAhead", ref payload.QueueAhead);
    }
}
