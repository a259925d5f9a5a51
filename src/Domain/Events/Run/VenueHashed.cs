using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>
/// SHA-256 over the simulated venue's state (our orders there, their queue, how it fills and charges), beside each hash
/// of the strategy's state. A run against a real venue has none.
/// </summary>
public struct VenueHashed : IPayload<VenueHashed>
{
    /// <summary>Input events stepped so far.</summary>
    public long Inputs;

    /// <summary>The hash.</summary>
    public Digest Venue;

    /// <inheritdoc/>
    public static EventType Type => EventType.VenueHashed;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref VenueHashed payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Count("inputs", ref payload.Inputs);
        visit.Digest("venue", ref payload.Venue);
    }
}
