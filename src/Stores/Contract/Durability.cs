namespace EventSourcedMM.Stores;

/// <summary>When an acknowledged event survives the loss of power.</summary>
public enum DurabilityKind
{
    /// <summary>When the store is closed. The operating system holds the events until then: a killed process loses nothing, a power cut may.</summary>
    OnClose = 0,

    /// <summary>At most an interval after the acknowledgement.</summary>
    Interval = 1,

    /// <summary>Before the acknowledgement.</summary>
    EveryAppend = 2,
}

/// <summary>What an append asks for, and what its acknowledgement promises.</summary>
public readonly record struct Durability
{
    private Durability(DurabilityKind kind, int milliseconds)
    {
        Kind = kind;
        Milliseconds = milliseconds;
    }

    /// <summary>On disk before the acknowledgement.</summary>
    public static Durability EveryAppend => new(DurabilityKind.EveryAppend, 0);

    /// <summary>On disk when the store is closed.</summary>
    public static Durability OnClose => new(DurabilityKind.OnClose, 0);

    /// <summary>When events reach the disk.</summary>
    public DurabilityKind Kind { get; }

    /// <summary>Longest wait of <see cref="DurabilityKind.Interval"/> in milliseconds; 0 otherwise.</summary>
    public int Milliseconds { get; }

    /// <summary>On disk at most so many milliseconds after the acknowledgement.</summary>
    public static Durability Interval(int milliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, 1);
        return new Durability(DurabilityKind.Interval, milliseconds);
    }

    /// <summary>True when this promise includes the other.</summary>
    public bool Covers(Durability other) => Kind == other.Kind ? Milliseconds <= other.Milliseconds : Kind > other.Kind;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DurabilityKind.EveryAppend => "every append",
        DurabilityKind.Interval => $"every {Milliseconds} ms",
        _ => "on close",
    };
}
