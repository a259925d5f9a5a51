using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Executes stored runs again.</summary>
public static class RunExecution
{
    /// <summary>What to run so that a stored run comes out again.</summary>
    /// <exception cref="NoSuchRunException">It was forked from a run that is not stored here.</exception>
    public static BacktestRequest Request(StoreSet stores, in RunStarted started)
    {
        var request = new BacktestRequest
        {
            Symbol = started.Symbol,
            From = started.WindowStart,
            To = started.WindowEnd,
            Configuration = StrategyConfiguration.FromJson(started.Configuration),
            Queue = started.Queue,
            FeePartsPerMillion = started.FeePartsPerMillion,
            CarriedDayPnl = started.CarriedDayPnl,
            CarriedDrawdown = started.CarriedDrawdown,
            Told = ToldInput.Of(stores, started),
        };
        return started.Parent.Length == 0
            ? request
            : request with { Fork = ForkPoint.Of(stores, RunFinder.ReadStart(stores, started.Parent, started.Symbol), started.ParentSequence) };
    }

    /// <summary>What to run so that a stored run comes out again.</summary>
    /// <exception cref="NoSuchRunException">It was forked from a run that is not stored here.</exception>
    public static BacktestRequest Request(StoreSet stores, StoredRun run) => Request(stores, run.Started) with
    {
        Live = LiveScript.IsLive(run.Started.Kind) ? LiveScript.Read(run.Store, run.Name, run.Started) : null,
    };

    /// <summary>Executes a stored run again and compares every event with what is stored.</summary>
    /// <param name="stores">Where its inputs and ancestors are.</param>
    /// <param name="run">The run.</param>
    /// <param name="progress">Told events read and in all, now and then; null for nobody.</param>
    /// <param name="watcher">Looks on beside the metrics; null for nobody.</param>
    /// <exception cref="NoSuchDayException">An input is not stored here.</exception>
    /// <exception cref="NoSuchRunException">It was forked from a run that is not stored here.</exception>
    public static ExecutedRun Execute(StoreSet stores, StoredRun run, Action<long, long>? progress = null, IRunObserver? watcher = null) =>
        Execute(stores, run, progress, watcher, null);

    /// <summary>The same, with somebody who looks on between turns.</summary>
    internal static ExecutedRun Execute(StoreSet stores, StoredRun run, Action<long, long>? progress, IRunObserver? watcher, Action<RunDriver>? between)
    {
        var request = Request(stores, run);
        var program = new OtherProgram(run.Started);
        using var comparison = new RunComparison(new UpcastSource(run.Store.OpenSource(run.Name)), program.IsThis ? null : program)
        {
            Through = request.Live?.UnfinishedThrough,
        };
        var result = new Backtester(request, RunInputs.Of(stores, run), comparison, progress, watcher) { Between = between }.Run();
        comparison.Finish();
        var notes = program.Notes();
        return new ExecutedRun(run, result, comparison.Equal, comparison.Difference)
        {
            Program = program,
            Through = comparison.Through,
            Notes = comparison.Through is not null ? [.. notes, FormattableString.Invariant($"the run has not ended: {comparison.Equal} events are stored")] : notes,
        };
    }
}

/// <summary>A stored run and its execution.</summary>
/// <param name="Run">What is stored.</param>
/// <param name="Result">What was executed.</param>
/// <param name="Equal">Events found equal.</param>
/// <param name="Difference">The first difference; null when there is none.</param>
public sealed record ExecutedRun(StoredRun Run, BacktestResult Result, long Equal, RunDifference? Difference)
{
    /// <summary>Last event that was compared of a run that has not ended; null of one that has.</summary>
    public long? Through { get; init; }

    /// <summary>How the program that made the run relates to this one.</summary>
    public OtherProgram Program { get; init; } = new(Run.Started);

    /// <summary>What was not compared, since another version of the program made the run; empty when every byte was.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
