using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// The engine's state now and then, kept beside the run's stream, so that a restart executes again only what came after. A kept state
/// is made from the events and holds nothing of its own: without it, or where it is damaged, the same comes out of all of them.
/// </summary>
public sealed partial class LiveSymbol
{
    private const int MostKept = 2;

    private readonly Lock keeping = new();
    private readonly Queue<long> own = new();
    private AnchoredSnapshots? snapshots;
    private (long Sequence, ByteBuffer State)? kept;

    // Used again and again: a state is too long for what lives shortly.
    private ByteBuffer? spare;
    private long keptInputs;

    /// <summary>Event of the run whose kept state a restart went on from; 0 when it executed the run from its start.</summary>
    public long RestoredFrom { get; private set; }

    /// <summary>Kept states that a restart passed over, and why.</summary>
    public IReadOnlyList<string> Notes => snapshots?.Notes ?? [];

    // Between two turns, with everything that was decided on its way.
    private void KeepIfDue()
    {
        if (over || IsBroken || state.Killed || !options.Portfolio.IsOff || state.Inputs - keptInputs < options.SnapshotInterval || sink is { Count: > 0 })
        {
            return;
        }

        keptInputs = state.Inputs;
        ByteBuffer bytes;
        lock (keeping)
        {
            (bytes, spare) = (kept?.State ?? spare ?? new ByteBuffer(128 * 1024), kept is null ? null : spare);
            kept = null;
        }

        bytes.Clear();
        EngineSnapshot.Write(bytes, state, session.Venue, new RunPosition(log.Events, last, nextDue, 0), metrics);
        lock (keeping)
        {
            kept = (log.Events, bytes);
        }
    }

    // Outside the gate, and only what stands on events that are on the disk.
    private void WriteKept()
    {
        (long Sequence, ByteBuffer State) due;
        lock (keeping)
        {
            if (kept is not { } waiting || waiting.Sequence > log.Durable)
            {
                return;
            }

            (due, kept) = (waiting, null);
        }

        if (AnchoredSnapshots.Of(store, Stream) is { } folder)
        {
            // A disk that takes none costs a longer restart, nothing else.
            if (folder.Keep(due.Sequence, due.State.Span))
            {
                own.Enqueue(due.Sequence);
            }

            while (own.Count > MostKept)
            {
                folder.Remove(own.Dequeue());
            }
        }

        lock (keeping)
        {
            spare = due.State;
        }
    }

    // The last whole state of the run, in place of an execution from its start.
    private bool Restore(RecordedRun run)
    {
        snapshots = AnchoredSnapshots.Of(store, Stream);
        foreach (var snapshot in snapshots?.Before(long.MaxValue) ?? [])
        {
            try
            {
                var restored = EngineSnapshot.Read(snapshot.State, _ => run.Started);
                if (restored.Position.Sequence != snapshot.Sequence || restored.Metrics is null || (restored.Venue is null) != (sink is not null) || !restored.State.Running)
                {
                    throw new CanonicalFormatException("it is not a state of this run between two turns");
                }

                (state, metrics) = (restored.State, restored.Metrics);
                session = NewSession();
                session.Continue(restored);
                started = run.Started;
                nextDue = restored.Position.NextTimer;
                last = restored.Position.Last;
                streams = last.Stream;
                latest = state.Now;
                keptInputs = state.Inputs;
                RestoredFrom = snapshot.Sequence;
                return true;
            }
            catch (CanonicalFormatException e)
            {
                snapshots!.PassOver(snapshot.Sequence, e.Message);
            }
        }

        return false;
    }
}
