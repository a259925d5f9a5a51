using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>What the venue said and no other event holds, word for word: a message that the parser does not know or cannot read, and in a capture the answer to a request that failed (a 5xx, an error, or none in time).</summary>
public struct VenueMessage : IPayload<VenueMessage>
{
    /// <summary>Stream name of the envelope; empty when there was none, as for an answer.</summary>
    public string Stream;

    /// <summary>The message, or the answer's body to its first 4,096 bytes; empty when there was no answer.</summary>
    public string Body;

    /// <summary>Why it was not understood; for a request that failed what was asked for and what came of it.</summary>
    public string Problem;

    /// <summary>An empty payload; text fields are never null.</summary>
    public VenueMessage()
    {
        Stream = "";
        Body = "";
        Problem = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.VenueMessage;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref VenueMessage payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("stream", ref payload.Stream);
        visit.Text("body", ref payload.Body);
        visit.Text("problem", ref payload.Problem);
    }
}
