using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>A recording ends, cleanly.</summary>
public struct RecordingEnded : IPayload<RecordingEnded>
{
    /// <summary>Why it ended.</summary>
    public string Reason;

    /// <summary>An empty payload; text fields are never null.</summary>
    public RecordingEnded()
    {
        Reason = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.RecordingEnded;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RecordingEnded payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("reason", ref payload.Reason);
    }
}
