using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>Venue and engine agree: every difference found has become events before this one.</summary>
public struct ReconciliationClosed : IPayload<ReconciliationClosed>
{
    /// <summary>Which one.</summary>
    public long Reconciliation;

    /// <summary>Differences found.</summary>
    public long Findings;

    /// <summary>Orders of this run that rest at the venue.</summary>
    public long OpenOrders;

    /// <summary>Last trade of the account in the symbol; 0 for none.</summary>
    public long LastTradeId;

    /// <summary>The venue's time when it was asked.</summary>
    public long VenueTime;

    /// <inheritdoc/>
    public static EventType Type => EventType.ReconciliationClosed;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref ReconciliationClosed payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("reconciliation", ref payload.Reconciliation);
        visit.Count("findings", ref payload.Findings);
        visit.Count("openOrders", ref payload.OpenOrders);
        visit.Id("lastTradeId", ref payload.LastTradeId);
        visit.Time("venueTime", ref payload.VenueTime);
    }
}
