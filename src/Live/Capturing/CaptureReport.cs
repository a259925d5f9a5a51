using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Live.Capturing;

/// <summary>A capture that has ended.</summary>
public sealed record CaptureReport
{
    /// <summary>Why it ended.</summary>
    public required string Reason { get; init; }

    /// <summary>By the capture's clock, in nanoseconds since the epoch.</summary>
    public required long Started { get; init; }

    /// <summary>By the capture's clock, in nanoseconds since the epoch.</summary>
    public required long Ended { get; init; }

    /// <summary>Messages received.</summary>
    public required long Messages { get; init; }

    /// <summary>Bytes of them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Messages that an overlapping connection had delivered before.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Connections opened.</summary>
    public required long Connections { get; init; }

    /// <summary>Pings of the venue, all answered.</summary>
    public required long Pings { get; init; }

    /// <summary>Connections renewed without a hole: each book went on with a diff of the next connection, and no diff and no trade is missing.</summary>
    public required long Renewals { get; init; }

    /// <summary>Times that no connection was up.</summary>
    public required long Losses { get; init; }

    /// <summary>Attempts to connect that failed.</summary>
    public required long FailedConnections { get; init; }

    /// <summary>Shutdowns that the venue announced.</summary>
    public required long Shutdowns { get; init; }

    /// <summary>Snapshots received.</summary>
    public required long Snapshots { get; init; }

    /// <summary>Of those, snapshots older than the diffs.</summary>
    public required long StaleSnapshots { get; init; }

    /// <summary>Snapshots that could not be had.</summary>
    public required long FailedSnapshots { get; init; }

    /// <summary>Answers 429 and 418, to requests and to attempts to connect.</summary>
    public required long Refusals { get; init; }

    /// <summary>Days sealed.</summary>
    public required long DaysSealed { get; init; }

    /// <summary>Streams of days that were not sealed, since what is on the disk is not what was written.</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];

    /// <summary>Delays from the venue's stamp to ours, corrected by the clock's offset.</summary>
    public required DelayHistogram Delays { get; init; }

    /// <summary>Our clock minus the venue's, each time that it was measured.</summary>
    public required DelayHistogram ClockOffsets { get; init; }

    /// <summary>Requests that waited for the weight of a minute, or until the venue would answer again.</summary>
    public required long Waits { get; init; }

    /// <summary>Number of holes, in the diffs and in the trades.</summary>
    public required long HoleCount { get; init; }

    /// <summary>The holes, the first ten thousand of them.</summary>
    public required IReadOnlyList<CaptureHole> Holes { get; init; }

    /// <summary>Number of incidents.</summary>
    public required long IncidentCount { get; init; }

    /// <summary>What happened, the first thousand.</summary>
    public required IReadOnlyList<CaptureIncident> Incidents { get; init; }

    /// <summary>Each symbol.</summary>
    public required IReadOnlyList<SymbolReport> Symbols { get; init; }
}

/// <summary>A symbol of a capture that has ended.</summary>
public sealed record SymbolReport
{
    /// <summary>Symbol in capitals.</summary>
    public required string Symbol { get; init; }

    /// <summary>The recording.</summary>
    public required string Recording { get; init; }

    /// <summary>Stream that it goes on from; empty for none.</summary>
    public required string ContinuedFrom { get; init; }

    /// <summary>What was recorded.</summary>
    public required Recording.RecordingCounts Counts { get; init; }

    /// <summary>Holes in the diffs.</summary>
    public required long Gaps { get; init; }

    /// <summary>Trade ids never received, since the recording that this one goes on from.</summary>
    public required long MissingTrades { get; init; }

    /// <summary>State of the book at the end.</summary>
    public required BookState Book { get; init; }

    /// <summary>Last update id applied.</summary>
    public required long LastUpdateId { get; init; }

    /// <summary>Books compared with a best quote at the same update id.</summary>
    public required long QuotesChecked { get; init; }

    /// <summary>Of those, books that agreed.</summary>
    public required long QuotesMatched { get; init; }

    /// <summary>Streams written, in order.</summary>
    public required IReadOnlyList<string> Streams { get; init; }
}
