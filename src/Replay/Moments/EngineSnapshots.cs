using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Replay.Moments;

/// <summary>
/// Engine and venue of a stored run at some of its events, kept beside its stream. Each is held against the hash that was taken
/// when it was kept, against the event that it stands behind, and, where that event is a hash of the run's own log (every
/// <see cref="Engine.HashInterval"/> inputs), against that.
/// </summary>
public sealed class EngineSnapshots
{
    private readonly AnchoredSnapshots kept;
    private readonly StoredRun run;
    private readonly RunLineage lineage;

    private EngineSnapshots(AnchoredSnapshots kept, StoredRun run, RunLineage lineage)
    {
        this.kept = kept;
        this.run = run;
        this.lineage = lineage;
    }

    /// <summary>What was passed over or could not be kept, and why.</summary>
    public IReadOnlyList<string> Notes => kept.Notes;

    /// <summary>The snapshots of a run; null where none are kept: in another store than the journal, or of a run that another version of the program made.</summary>
    /// <param name="stores">Where its ancestors are.</param>
    /// <param name="run">The run.</param>
    /// <exception cref="NoSuchRunException">It was forked from a run that is not stored here.</exception>
    public static EngineSnapshots? Of(StoreSet stores, StoredRun run) =>
        new OtherProgram(run.Started).IsThis && AnchoredSnapshots.Of(run.Store, run.Name) is { } kept
            ? new EngineSnapshots(kept, run, RunLineage.Of(stores, run.Started))
            : null;

    /// <summary>The last whole snapshot before a moment; null when there is none.</summary>
    /// <param name="notAfter">Last event of the run that may be in it.</param>
    /// <param name="lastTime">Latest engine time that it may stand at, in nanoseconds since the epoch.</param>
    public EngineSnapshot? Before(long notAfter, long lastTime = long.MaxValue)
    {
        foreach (var snapshot in kept.Before(notAfter))
        {
            if (Restore(snapshot) is { } restored && restored.State.Now <= lastTime)
            {
                return restored;
            }
        }

        return null;
    }

    /// <summary>True when there is a snapshot after this event of the run that was not passed over.</summary>
    public bool Has(long sequence) => kept.HasAny(sequence, sequence + 1);

    /// <summary>Keeps the state after a turn.</summary>
    /// <returns>False when the disk takes none: the answers are the same without.</returns>
    public bool Keep(EngineState state, ZeroLatencyVenue? venue, in RunPosition position)
    {
        var bytes = new ByteBuffer(128 * 1024);
        EngineSnapshot.Write(bytes, state, venue, position);
        return kept.Keep(position.Sequence, bytes.Span);
    }

    private EngineSnapshot? Restore(Snapshot snapshot)
    {
        try
        {
            var restored = EngineSnapshot.Read(snapshot.State, phase => lineage.Phases[phase].Started);
            if (restored.Position.Sequence != snapshot.Sequence)
            {
                throw new CanonicalFormatException($"it says it stands at event {restored.Position.Sequence}");
            }

            HoldAgainstLog(restored);
            return restored;
        }
        catch (CanonicalFormatException e)
        {
            kept.PassOver(snapshot.Sequence, e.Message);
            return null;
        }
    }

    // The last two events of a turn that hashes: the strategy's hash, and the venue's where there is one.
    private void HoldAgainstLog(EngineSnapshot restored)
    {
        using var source = run.Store.OpenSource(run.Name, Math.Max(1, restored.Position.Sequence - 1));
        var arena = new LevelArena();
        while (source.Read(out var header, out var payload) && header.Sequence <= restored.Position.Sequence)
        {
            var differs = header.Type switch
            {
                EventType.StateHashed => PayloadBytes.Read<StateHashed>(payload, arena) is var said
                    && said.Inputs == restored.State.Inputs && said.State != StateHash.Of(restored.State),
                EventType.VenueHashed => PayloadBytes.Read<VenueHashed>(payload, arena) is var said
                    && restored.Venue is not null && said.Inputs == restored.State.Inputs && said.Venue != StateHash.Of(restored.Venue),
                _ => false,
            };
            if (differs)
            {
                throw new CanonicalFormatException($"event {header.Sequence} of the run has another hash");
            }
        }
    }
}
