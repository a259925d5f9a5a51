using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>The gateway asks the venue for open orders, balances and trades. No new risk until it has closed, but for periodic ones.</summary>
public struct ReconciliationStarted : IPayload<ReconciliationStarted>
{
    /// <summary>Ordinal within the session, from 1.</summary>
    public long Reconciliation;

    /// <summary>Why.</summary>
    public ReconciliationTrigger Trigger;

    /// <inheritdoc/>
    public static EventType Type => EventType.ReconciliationStarted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref ReconciliationStarted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("reconciliation", ref payload.Reconciliation);
        visit.Code("trigger", ref payload.Trigger);
    }
}
