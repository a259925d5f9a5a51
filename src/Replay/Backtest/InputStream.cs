using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>One stored day that a run reads.</summary>
/// <param name="Name">The stream.</param>
/// <param name="Events">Number of events in it.</param>
/// <param name="ContentHash">Its content hash.</param>
/// <param name="Open">Opens it from its first event.</param>
public sealed record InputStream(StreamName Name, long Events, Digest ContentHash, Func<IEventSource> Open)
{
    /// <summary>The line that names this input in the run's first event.</summary>
    public string Line => $"{Name} {Events} {ContentHash}";
}
