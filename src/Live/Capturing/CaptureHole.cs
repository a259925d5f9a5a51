namespace EventSourcedMM.Live.Capturing;

/// <summary>A stretch of a recording during which something is missing.</summary>
public sealed record CaptureHole
{
    /// <summary>Symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>False for a hole in the diffs, during which the book cannot be trusted; true for trades that never came.</summary>
    public bool IsOfTrades { get; init; }

    /// <summary>When it was noticed, or the receive stamp of the trade before those that are missing, in nanoseconds since the epoch.</summary>
    public required long From { get; init; }

    /// <summary>When the book was whole again, 0 while it is not; or the receive stamp of the trade behind those that are missing.</summary>
    public long Until { get; set; }

    /// <summary>First update id or trade id that is missing; 0 when unknown.</summary>
    public required long FirstMissing { get; set; }

    /// <summary>Last update id that is missing, or that may be, or last trade id that is; 0 while unknown.</summary>
    public long LastMissing { get; set; }

    /// <summary>What happened.</summary>
    public required string Why { get; set; }
}
