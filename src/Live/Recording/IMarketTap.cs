using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Live.Recording;

/// <summary>
/// Told every event of a recording right after it was appended, in the recorded order: what trades live. Called with the
/// gate of the symbol's lane held, so it never runs twice at once.
/// </summary>
public interface IMarketTap
{
    /// <summary>Later stamps are not below this, in nanoseconds since the epoch: what the clock made happen already came before them.</summary>
    long Floor { get; }

    /// <summary>Bytes were read; the events that they hold follow.</summary>
    /// <param name="timestamp">When, by the machine's timer.</param>
    void OnRead(long timestamp);

    /// <summary>One event. The payload's levels are valid during the call.</summary>
    /// <param name="day">The stored day that it was appended to.</param>
    /// <param name="header">Its envelope.</param>
    /// <param name="payload">What it says.</param>
    void On<T>(RecordedDay day, in EventHeader header, in T payload)
        where T : struct, IPayload<T>;

    /// <summary>The clock shows a time, in nanoseconds since the epoch.</summary>
    void OnClock(long now);

    /// <summary>Everything recorded so far is with the operating system: what followed from it may be written, too.</summary>
    void WriteOut();

    /// <summary>Everything recorded so far is on disk. Called without the gate.</summary>
    void Flush();

    /// <summary>The recording has ended.</summary>
    void End(string reason);
}
