using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The engine's clock reached a grid point. Live appends it from its clock, a replay from the stamps.</summary>
public struct TimerFired : IPayload<TimerFired>
{
    /// <summary>When it was due.</summary>
    public long Due;

    /// <inheritdoc/>
    public static EventType Type => EventType.TimerFired;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref TimerFired payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Time("due", ref payload.Due);
    }
}
