namespace EventSourcedMM.Domain.Events;

/// <summary>What made an event: another event, named by stream and sequence.</summary>
/// <param name="Stream">0: this stream; n ≥ 1: the n-th input stream that the run's first event lists.</param>
/// <param name="Sequence">Sequence in that stream; 0 when nothing caused the event.</param>
public readonly record struct Cause(int Stream, long Sequence)
{
    /// <summary>No cause: the event came from outside.</summary>
    public static readonly Cause None;
}

/// <summary>
/// An event's envelope. The sequence number orders; the stamps explain.
/// </summary>
/// <param name="Sequence">Position in the stream, from 1, without holes.</param>
/// <param name="Type">What the payload is.</param>
/// <param name="Version">Schema version of the payload as written.</param>
/// <param name="VenueTime">The venue's stamp in nanoseconds since the epoch; 0 when the message has none.</param>
/// <param name="ReceiveTime">Our stamp in nanoseconds since the epoch.</param>
/// <param name="Cause">What made it.</param>
public readonly record struct EventHeader(
    long Sequence,
    EventType Type,
    int Version,
    long VenueTime,
    long ReceiveTime,
    Cause Cause);
