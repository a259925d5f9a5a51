using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>Our clock against the venue's. Beyond the largest error allowed no order is sent.</summary>
public struct ClockMeasured : IPayload<ClockMeasured>
{
    /// <summary>Our clock minus the venue's: positive when ours is ahead.</summary>
    public long Offset;

    /// <summary>How long asking took: the offset is uncertain by half of it.</summary>
    public long RoundTrip;

    /// <summary>Largest error allowed.</summary>
    public long Allowed;

    /// <summary>True when the error is beyond it.</summary>
    public bool Excessive;

    /// <inheritdoc/>
    public static EventType Type => EventType.ClockMeasured;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref ClockMeasured payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Time("offset", ref payload.Offset);
        visit.Time("roundTrip", ref payload.RoundTrip);
        visit.Time("allowed", ref payload.Allowed);
        visit.Flag("excessive", ref payload.Excessive);
    }
}
