using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>SHA-256 over the engine's state, every 65,536 input events and at the end.</summary>
public struct StateHashed : IPayload<StateHashed>
{
    /// <summary>Input events stepped so far.</summary>
    public long Inputs;

    /// <summary>The hash.</summary>
    public Digest State;

    /// <inheritdoc/>
    public static EventType Type => EventType.StateHashed;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref StateHashed payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Count("inputs", ref payload.Inputs);
        visit.Digest("state", ref payload.State);
    }
}
