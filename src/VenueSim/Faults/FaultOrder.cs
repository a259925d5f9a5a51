namespace EventSourcedMM.VenueSim.Faults;

/// <summary>Faults asked for over the control endpoint: the next ones that fit.</summary>
public sealed record FaultOrder
{
    /// <summary>The kind; a length, offset or status here goes before the usual one.</summary>
    public required FaultRule Rule { get; init; }

    /// <summary>How many.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Connection to hit; 0 for any.</summary>
    public long Connection { get; init; }

    /// <summary>Stream or REST path to hit; empty for any.</summary>
    public string Subject { get; init; } = "";
}
