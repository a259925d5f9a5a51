using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>A recording begins: where its messages come from and how its stamps were made.</summary>
public struct RecordingStarted : IPayload<RecordingStarted>
{
    /// <summary>Name of the recording, unique for the symbol.</summary>
    public string Recording;

    /// <summary>What it was made from: endpoint of a capture, or names and SHA-256 of imported files, one per line.</summary>
    public string Source;

    /// <summary>Resolution of the receive stamps as recorded: s, ms, us or ns.</summary>
    public string ReceiveClock;

    /// <summary>Program and version that wrote the stream.</summary>
    public string Recorder;

    /// <summary>Stream of the same recording's previous day; empty on its first day.</summary>
    public string ContinuedFrom;

    /// <summary>Last sequence there; 0 on the first day.</summary>
    public long ContinuedFromSequence;

    /// <summary>An empty payload; text fields are never null.</summary>
    public RecordingStarted()
    {
        Recording = "";
        Source = "";
        ReceiveClock = "";
        Recorder = "";
        ContinuedFrom = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.RecordingStarted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RecordingStarted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("recording", ref payload.Recording);
        visit.Text("source", ref payload.Source);
        visit.Text("receiveClock", ref payload.ReceiveClock);
        visit.Text("recorder", ref payload.Recorder);
        visit.Text("continuedFrom", ref payload.ContinuedFrom);
        visit.Id("continuedFromSequence", ref payload.ContinuedFromSequence);
    }
}
