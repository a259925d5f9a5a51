using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Bytes at the end of a stream that are no whole batch: a write that a crash or a power cut interrupted before it was
/// acknowledged. Nothing of it is ever read as an event.
/// </summary>
/// <param name="Segment">File name of the segment.</param>
/// <param name="Offset">Where the bytes begin.</param>
/// <param name="Length">How many there are.</param>
/// <param name="Version">Last whole event before them.</param>
/// <param name="Problem">Why they are no batch.</param>
public sealed record TornTail(string Segment, long Offset, long Length, long Version, string Problem);

/// <summary>A stream ends in a torn tail and the caller did not say that it may.</summary>
public sealed class TornTailException(StreamName stream, TornTail tail)
    : Exception($"Stream {stream} ends in a torn tail: {tail.Length} bytes at offset {tail.Offset} of {tail.Segment} after event {tail.Version}: {tail.Problem} They were never acknowledged. 'mm store verify --repair' sets them aside.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>What was found.</summary>
    public TornTail Tail { get; } = tail;
}

/// <summary>What to do with a torn tail.</summary>
public enum TornTailPolicy
{
    /// <summary>An error.</summary>
    Refuse = 0,

    /// <summary>A reader stops before it and says so; a writer moves the bytes into a file beside the segment and says so.</summary>
    Accept = 1,
}

/// <summary>A torn tail that was set aside.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Tail">What was found.</param>
/// <param name="KeptIn">File that holds the bytes now.</param>
public sealed record TailSetAside(StreamName Stream, TornTail Tail, string KeptIn);
