using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>Somebody or something orders the end of trading.</summary>
public struct KillSwitchPulled : IPayload<KillSwitchPulled>
{
    /// <summary>Who pulled it.</summary>
    public string Source;

    /// <summary>True to close the position.</summary>
    public bool Flatten;

    /// <summary>An empty payload; text fields are never null.</summary>
    public KillSwitchPulled()
    {
        Source = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.KillSwitchPulled;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref KillSwitchPulled payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("source", ref payload.Source);
        visit.Flag("flatten", ref payload.Flatten);
    }
}
