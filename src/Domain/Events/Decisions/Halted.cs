using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Domain.Events;

/// <summary>A risk limit was broken: no more quotes until resumed.</summary>
public struct Halted : IPayload<Halted>
{
    /// <summary>Which limit.</summary>
    public HaltReason Reason;

    /// <summary>What was seen, in money.</summary>
    public Int128 Observed;

    /// <summary>What is allowed, in money.</summary>
    public Int128 Limit;

    /// <inheritdoc/>
    public static EventType Type => EventType.Halted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref Halted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Code("reason", ref payload.Reason);
        visit.Money("observed", ref payload.Observed);
        visit.Money("limit", ref payload.Limit);
    }
}
