using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Domain.Events;

/// <summary>A halt is over.</summary>
public struct Resumed : IPayload<Resumed>
{
    /// <summary>Which halt.</summary>
    public HaltReason Reason;

    /// <inheritdoc/>
    public static EventType Type => EventType.Resumed;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref Resumed payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Code("reason", ref payload.Reason);
    }
}
