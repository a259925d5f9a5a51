using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>A limit stopped quoting.</summary>
/// <param name="Time">Engine time in nanoseconds since the epoch.</param>
/// <param name="Reason">Which limit.</param>
/// <param name="Observed">What was seen, in money: the loss of the day, or the fall from the peak.</param>
/// <param name="Limit">What is allowed, in money.</param>
/// <param name="Position">Base held then, relative to the start; it is kept.</param>
/// <param name="Resumed">When quoting was allowed again; null when it was not within the run.</param>
public sealed record Halt(long Time, HaltReason Reason, Int128 Observed, Int128 Limit, long Position, long? Resumed);

/// <summary>Passes a run's events on and notes its halts.</summary>
internal sealed class HaltLog(IStartableLog log, EngineState state) : IStartableLog
{
    private readonly List<Halt> halts = [];

    /// <summary>The halts so far, in order.</summary>
    public IReadOnlyList<Halt> Halts => halts;

    /// <inheritdoc/>
    public bool IsExhausted => log.IsExhausted;

    /// <inheritdoc/>
    public void Start(in RunStarted started) => log.Start(started);

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        if (type == EventType.Halted)
        {
            var reader = new CanonicalReader(payload, new LevelArena());
            var halted = default(Halted);
            Halted.Describe(ref reader, ref halted);
            halts.Add(new Halt(time, halted.Reason, halted.Observed, halted.Limit, state.Ledger.Position, null));
        }
        else if (type == EventType.Resumed && halts.Count > 0)
        {
            halts[^1] = halts[^1] with { Resumed = time };
        }

        return log.Append(type, version, time, cause, payload);
    }
}
