using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>A message that the parser does not know, or cannot read, kept word for word and reported.</summary>
public struct VenueMessage : IPayload<VenueMessage>
{
    /// <summary>Stream name of the envelope; empty when there was none.</summary>
    public string Stream;

    /// <summary>The message.</summary>
    public string Body;

    /// <summary>Why it was not understood.</summary>
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
