using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>A run ends.</summary>
public struct RunEnded : IPayload<RunEnded>
{
    /// <summary>How <see cref="Reason"/> begins when a broken invariant or a number that does not fit ended the run; its message follows.</summary>
    public const string StoppedItself = "the engine stopped itself: ";

    /// <summary>Why.</summary>
    public string Reason;

    /// <summary>Input events stepped.</summary>
    public long Inputs;

    /// <summary>Quote decisions.</summary>
    public long Decisions;

    /// <summary>Fills.</summary>
    public long Fills;

    /// <summary>Realised PnL before fees.</summary>
    public Int128 Realised;

    /// <summary>Unrealised PnL at the last mid.</summary>
    public Int128 Unrealised;

    /// <summary>Fees paid.</summary>
    public Int128 Fees;

    /// <summary>Base held, relative to the start.</summary>
    public long Position;

    /// <summary>Final state hash.</summary>
    public Digest State;

    /// <summary>An empty payload; text fields are never null.</summary>
    public RunEnded()
    {
        Reason = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.RunEnded;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RunEnded payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("reason", ref payload.Reason);
        visit.Count("inputs", ref payload.Inputs);
        visit.Count("decisions", ref payload.Decisions);
        visit.Count("fills", ref payload.Fills);
        visit.Money("realised", ref payload.Realised);
        visit.Money("unrealised", ref payload.Unrealised);
        visit.Money("fees", ref payload.Fees);
        visit.Quantity("position", ref payload.Position);
        visit.Digest("state", ref payload.State);
    }
}
