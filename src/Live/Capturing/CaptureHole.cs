namespace EventSourcedMM.Live.Capturing;

/// <summary>A stretch of a recording during which something is missing.</summary>
public sealed record CaptureHole
{
    /// <summary>Symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>When it was noticed, in nanoseconds since the epoch.</summary>
    public required long From { get; init; }

    /// <summary>When the book was whole again; 0 while it is not.</summary>
    public long Until { get; set; }

    /// <summary>First update id that is missing; 0 when unknown.</summary>
    public required long FirstMissing { get; init; }

    /// <summary>Last update id that is missing, or that may be; 0 while unknown.</summary>
    public long LastMissing { get; set; }

    /// <summary>What happened.</summary>
    public required string Why { get; init; }
}
