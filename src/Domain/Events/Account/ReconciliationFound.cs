using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>Venue and engine differed, or the venue holds something that is not ours. What follows from it for our orders is events of its own.</summary>
public struct ReconciliationFound : IPayload<ReconciliationFound>
{
    /// <summary>Which reconciliation found it.</summary>
    public long Reconciliation;

    /// <summary>What.</summary>
    public ReconciliationFinding Finding;

    /// <summary>Our ordinal of the order; 0 when it is none of this run's.</summary>
    public long OrderId;

    /// <summary>The venue's id of the order; 0 for none.</summary>
    public long VenueOrderId;

    /// <summary>The order's client id; empty for none.</summary>
    public string ClientOrderId;

    /// <summary>What was expected and what is there, in words.</summary>
    public string Detail;

    /// <summary>An empty payload; text fields are never null.</summary>
    public ReconciliationFound()
    {
        ClientOrderId = "";
        Detail = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.ReconciliationFound;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref ReconciliationFound payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("reconciliation", ref payload.Reconciliation);
        visit.Code("finding", ref payload.Finding);
        visit.Id("orderId", ref payload.OrderId);
        visit.Id("venueOrderId", ref payload.VenueOrderId);
        visit.Text("clientOrderId", ref payload.ClientOrderId);
        visit.Text("detail", ref payload.Detail);
    }
}
