using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// Writes a run into a journal store: out of sight until it is complete, then sealed and in place by one rename. A run
/// that is stored already is not written again but compared: the same name must mean the same events.
/// </summary>
public sealed class RunRecorder(JournalStore store) : IStartableLog, IDisposable
{
    private const int BatchEvents = 4_096;

    private readonly EventBatch batch = new(256 * 1024);
    private DetachedStream? detached;
    private RunComparison? comparison;
    private long sequence;

    /// <summary>The run's stream, once it started.</summary>
    public StreamName Stream { get; private set; }

    /// <summary>Events appended.</summary>
    public long Events => sequence;

    /// <summary>True when the run was stored already.</summary>
    public bool Existed => comparison is not null;

    /// <summary>Where the stored run differs from this execution; null when it does not, or was not stored before.</summary>
    public RunDifference? Difference => comparison?.Difference;

    /// <inheritdoc/>
    public void Start(in RunStarted started)
    {
        Stream = StreamName.Run(started.Run, started.Symbol);
        if (store.ReadManifest(Stream) is not null)
        {
            var program = new OtherProgram(RunFinder.ReadStart(store, Stream));
            comparison = new RunComparison(new UpcastSource(store.OpenSource(Stream)), program.IsThis ? null : program);
        }
        else
        {
            // What interrupted runs have left is in the way of nobody, but it takes room.
            store.SweepDetached();
            detached = store.CreateDetached(Stream);
        }
    }

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        sequence++;
        if (comparison is not null)
        {
            return comparison.Append(type, version, time, cause, payload);
        }

        batch.Add(new EventHeader(sequence, type, version, 0, time, cause), payload);
        if (batch.Count >= BatchEvents)
        {
            Write();
        }

        return sequence;
    }

    /// <summary>The run is complete: it is sealed and put in its place.</summary>
    /// <param name="engineVersion">Version of the engine that ran it.</param>
    /// <param name="notes">Figures for lists of runs; they are no part of the proof.</param>
    public void Finish(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes)
    {
        if (comparison is not null)
        {
            comparison.Finish();
            return;
        }

        if (batch.Count > 0)
        {
            Write();
        }

        detached!.Writer.Seal(engineVersion, notes);
        detached.Publish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        detached?.Dispose();
        comparison?.Dispose();
    }

    private void Write()
    {
        detached!.Writer.Append(batch);
        batch.Clear();
    }
}
