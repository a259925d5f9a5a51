using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Moments;

/// <summary>
/// A run at a moment: executed from the snapshot before it, or from its start, and compared with what is stored on the way.
/// What it passes is kept, so that the next moment is near. The snapshots can be deleted at any time.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="State">The engine then.</param>
/// <param name="Venue">The simulated venue then; null before the run's first event.</param>
/// <param name="Position">Where the run stands: between two turns.</param>
/// <param name="From">Event of the run whose snapshot it was executed from; 0 from the start.</param>
/// <param name="Equal">Events executed and found equal to what is stored.</param>
/// <param name="Difference">The first that is not; null when all are.</param>
/// <param name="Notes">Snapshots that were passed over, and why.</param>
public sealed record RunMoment(
    StoredRun Run,
    EngineState State,
    ZeroLatencyVenue? Venue,
    RunPosition Position,
    long From,
    long Equal,
    RunDifference? Difference,
    IReadOnlyList<string> Notes)
{
    /// <summary>After the turn that wrote an event of the run.</summary>
    /// <param name="stores">Where the run's inputs and ancestors are.</param>
    /// <param name="run">The run: a backtest or a fork.</param>
    /// <param name="sequence">The event.</param>
    /// <param name="spacing">Inputs from one kept snapshot to the next.</param>
    /// <exception cref="NoSuchRunException">It is no backtest, or was forked from a run that is not stored here.</exception>
    /// <exception cref="NoSuchDayException">An input is not stored here.</exception>
    public static RunMoment After(StoreSet stores, StoredRun run, long sequence, long spacing = Engine.HashInterval) =>
        Go(stores, run, sequence, long.MaxValue, spacing);

    /// <summary>Before the first turn that is later than a time.</summary>
    /// <param name="stores">Where the run's inputs and ancestors are.</param>
    /// <param name="run">The run: a backtest or a fork.</param>
    /// <param name="time">Nanoseconds since the epoch.</param>
    /// <param name="spacing">Inputs from one kept snapshot to the next.</param>
    /// <exception cref="NoSuchRunException">It is no backtest, or was forked from a run that is not stored here.</exception>
    /// <exception cref="NoSuchDayException">An input is not stored here.</exception>
    public static RunMoment At(StoreSet stores, StoredRun run, long time, long spacing = Engine.HashInterval) =>
        Go(stores, run, long.MaxValue, time, spacing);

    private static RunMoment Go(StoreSet stores, StoredRun run, long sequence, long time, long spacing)
    {
        var request = RunExecution.Request(stores, run);
        var program = new OtherProgram(run.Started);
        
        // A run at a venue has no simulated venue to keep beside its engine; what a run was told of another stream, and a configuration
        // that is not its first event's, are in no snapshot.
        var isKept = !LiveScript.IsAtVenue(run.Started.Kind) && request.Told is null && request.Live?.Controls.Any(c => c.Header.Type == EventType.ConfigurationChanged) != true;
        var snapshots = isKept ? EngineSnapshots.Of(stores, run) : null;
        var kept = snapshots?.Before(sequence, time);
        var from = kept?.Position.Sequence ?? 0;
        using var comparison = new RunComparison(new UpcastSource(run.Store.OpenSource(run.Name, from + 1)), program.IsThis ? null : program, from) { Through = request.Live?.UnfinishedThrough };
        var turns = new Turns(snapshots, spacing, sequence, time, from, kept?.State.Inputs ?? 0);
        var backtester = new Backtester(request, RunInputs.Of(stores, run), comparison, turns, kept is null ? null : (kept, run.Started));

        // A snapshot of the very event is the moment itself.
        if (from < sequence)
        {
            backtester.Walk();
        }

        return new RunMoment(run, backtester.Driver.State, backtester.Driver.Venue, backtester.Driver.Position, from, comparison.Equal, comparison.Difference, snapshots?.Notes ?? []);
    }

    // Snapshots are kept after turns that wrote something: the event they stand behind then tells them apart.
    private sealed class Turns(EngineSnapshots? snapshots, long spacing, long sequence, long time, long written, long inputs) : ITurns
    {
        private long written = written;
        private long inputs = inputs;
        private bool due;
        private bool reached;

        public bool IsEnough(long next) => reached || next > time;

        public void After(RunDriver run)
        {
            var before = written;
            written = run.Position.Sequence;
            reached = written >= sequence;
            due |= run.State.Inputs / spacing != inputs / spacing;
            inputs = run.State.Inputs;
            if (due && written > before && snapshots is not null)
            {
                due = false;
                if (!snapshots.Has(written) && !snapshots.Keep(run.State, run.Venue, run.Position))
                {
                    snapshots = null;
                }
            }
        }
    }
}
