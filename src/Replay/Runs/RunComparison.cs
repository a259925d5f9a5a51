using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// A run log that writes nothing: every event the engine produces is held against the stored run, byte for byte, and
/// the first difference is kept.
/// </summary>
/// <param name="stored">The stored run's events, upcast.</param>
/// <param name="other">Where another version of the program made the run: what of it cannot be compared; null when every byte counts.</param>
/// <param name="after">Last event that is not compared; the stored events begin with the one after it.</param>
public sealed class RunComparison(IEventSource stored, OtherProgram? other = null, long after = 0) : IStartableLog, IDisposable
{
    private readonly ByteBuffer record = new(4096);
    private readonly ByteBuffer expected = new(4096);
    private long sequence = after;

    /// <summary>Events compared and found equal.</summary>
    public long Equal { get; private set; }

    /// <summary>The first difference; null while there is none.</summary>
    public RunDifference? Difference { get; private set; }

    /// <summary>
    /// Last event that is compared of a run that had not ended when its log was read; what is executed or stored beyond it is no
    /// difference. Null for a run that had.
    /// </summary>
    public long? Through { get; init; }

    /// <inheritdoc/>
    public bool IsExhausted { get; private set; }

    /// <inheritdoc/>
    public void Start(in RunStarted started)
    {
    }

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        if (other?.IsNew(type) == true)
        {
            return sequence;
        }

        sequence++;
        if (Difference is not null || IsExhausted)
        {
            return sequence;
        }

        var header = new EventHeader(sequence, type, version, 0, time, cause);
        if (sequence > Through)
        {
            IsExhausted = true;
            return sequence;
        }

        if (!stored.Read(out var storedHeader, out var storedPayload))
        {
            Difference = new RunDifference(sequence, null, RunEvent.Of(header, payload));
            return sequence;
        }

        record.Clear();
        EventRecord.Write(record, header, other is not null && storedHeader.Type == type ? other.Align(type, payload, storedPayload) : payload);
        expected.Clear();
        EventRecord.Write(expected, storedHeader, storedPayload);
        if (record.Span.SequenceEqual(expected.Span))
        {
            Equal++;
        }
        else
        {
            Difference = new RunDifference(sequence, RunEvent.Of(storedHeader, storedPayload), RunEvent.Of(header, payload));
        }

        return sequence;
    }

    /// <summary>The execution is over: what is stored beyond it is a difference too.</summary>
    public void Finish()
    {
        if (Difference is null && !(sequence >= Through) && stored.Read(out var header, out var payload))
        {
            Difference = new RunDifference(header.Sequence, RunEvent.Of(header, payload), null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stored.Dispose();
}

/// <summary>An event kept beyond its reader.</summary>
/// <param name="Header">Its envelope.</param>
/// <param name="Payload">Its canonical payload.</param>
public sealed record RunEvent(EventHeader Header, byte[] Payload)
{
    /// <summary>Keeps an event.</summary>
    public static RunEvent Of(in EventHeader header, ReadOnlySpan<byte> payload) => new(header, payload.ToArray());
}

/// <summary>Where a stored run and its execution part.</summary>
/// <param name="Sequence">Sequence of the first event that differs.</param>
/// <param name="Stored">What is stored; null when the run ended earlier.</param>
/// <param name="Executed">What the engine produced; null when it produced nothing more.</param>
public sealed record RunDifference(long Sequence, RunEvent? Stored, RunEvent? Executed);
