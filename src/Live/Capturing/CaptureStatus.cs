using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Live.Capturing;

/// <summary>A capture at a moment.</summary>
public sealed record CaptureStatus
{
    /// <summary>By the capture's clock, in nanoseconds since the epoch.</summary>
    public required long Time { get; init; }

    /// <summary>Messages and bytes received.</summary>
    public required long Messages { get; init; }

    /// <summary>Bytes of them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Connections that are up, and that should be.</summary>
    public required int Up { get; init; }

    /// <summary>Connections that should be up.</summary>
    public required int Wanted { get; init; }

    /// <summary>Percentiles of the delay from the venue's stamp to ours, corrected by the clock's offset, in nanoseconds since the last status: 50, 90, 99 %; null without any.</summary>
    public required (long Half, long Ninety, long NinetyNine)? Delay { get; init; }

    /// <summary>Percentiles of our clock minus the venue's since the start, in nanoseconds: 50, 90, 99 %; null before it was measured.</summary>
    public required (long Half, long Ninety, long NinetyNine)? ClockOffset { get; init; }

    /// <summary>Holes so far, in the diffs and in the trades.</summary>
    public required long Holes { get; init; }

    /// <summary>Free bytes on the store's disk; null when the system does not tell.</summary>
    public required long? DiskFree { get; init; }

    /// <summary>Each symbol.</summary>
    public required IReadOnlyList<SymbolStatus> Symbols { get; init; }
}

/// <summary>A symbol of a capture at a moment.</summary>
/// <param name="Symbol">Symbol in capitals.</param>
/// <param name="Stream">Stream of the current day; empty before the first event.</param>
/// <param name="Recorded">Last event appended.</param>
/// <param name="Durable">Last event that is on disk: acknowledged.</param>
/// <param name="Book">State of the book.</param>
/// <param name="LastUpdateId">Last update id applied to it.</param>
public sealed record SymbolStatus(string Symbol, string Stream, long Recorded, long Durable, BookState Book, long LastUpdateId);
