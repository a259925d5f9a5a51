namespace EventSourcedMM.Live.Recording;

/// <summary>How many messages of each kind a recording has.</summary>
public sealed class RecordingCounts
{
    /// <summary>Diffs (stream depth).</summary>
    public long DepthDiffs { get; internal set; }

    /// <summary>Trades.</summary>
    public long Trades { get; internal set; }

    /// <summary>Aggregate trades.</summary>
    public long AggregateTrades { get; internal set; }

    /// <summary>Best quotes (stream bookTicker).</summary>
    public long BookTickers { get; internal set; }

    /// <summary>Snapshots from REST.</summary>
    public long Snapshots { get; internal set; }

    /// <summary>Partial books (streams depth5, depth10, depth20).</summary>
    public long PartialBooks { get; internal set; }

    /// <summary>Messages without an event of their own.</summary>
    public long Unknown { get; internal set; }

    /// <summary>Messages that cannot be read.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Messages whose receive stamp is earlier than one before them.</summary>
    public long Backwards { get; internal set; }

    /// <summary>The furthest that a receive stamp lay behind the latest, in nanoseconds.</summary>
    public long FurthestBackwards { get; internal set; }
}
