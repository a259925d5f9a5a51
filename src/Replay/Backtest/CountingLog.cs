using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>Numbers a run's events and forgets them: for runs whose result is wanted and not their events.</summary>
public sealed class CountingLog : IStartableLog
{
    /// <summary>Events so far.</summary>
    public long Events { get; private set; }

    /// <inheritdoc/>
    public void Start(in RunStarted started)
    {
    }

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload) => ++Events;
}
