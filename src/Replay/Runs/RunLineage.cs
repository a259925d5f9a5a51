using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Runs;

/// <summary>A stretch of a run under one configuration.</summary>
/// <param name="Started">First event of the run whose configuration, queue model and commission apply.</param>
/// <param name="After">They apply from the first turn that begins when this sequence has been written; 0 from the start.</param>
public sealed record RunPhase(RunStarted Started, long After)
{
    /// <summary>What quotes are computed from in this stretch.</summary>
    public QuoteSetup Setup(Instrument instrument) => new(
        instrument, new StrategyParameters(StrategyConfiguration.FromJson(Started.Configuration), instrument), Started.LogTerm, Started.StationarySlope);
}

/// <summary>
/// The configurations that a run went through: one for most, more for a fork, which is its parent until the event it was
/// forked at. A fork of a fork has the phases of both.
/// </summary>
public sealed class RunLineage
{
    private readonly List<RunPhase> phases;

    private RunLineage(List<RunPhase> phases) => this.phases = phases;

    /// <summary>In order of time; at least one.</summary>
    public IReadOnlyList<RunPhase> Phases => phases;

    /// <summary>True when the run was forked from another.</summary>
    public bool IsFork => phases[^1].Started.Parent.Length > 0;

    /// <summary>The lineage of a run.</summary>
    /// <param name="stores">Where its ancestors are.</param>
    /// <param name="started">Its first event.</param>
    /// <exception cref="NoSuchRunException">An ancestor is not stored here.</exception>
    public static RunLineage Of(StoreSet stores, in RunStarted started)
    {
        if (started.Parent.Length == 0)
        {
            return new RunLineage([new RunPhase(started, 0)]);
        }

        var (store, parent) = Parent(stores, started);
        return Of(stores, RunFinder.ReadStart(store, parent.Stream)).Fork(started);
    }

    /// <summary>The runs that a run was forked from, its parent first; each is read only when the next one is asked for.</summary>
    /// <param name="stores">Where they are.</param>
    /// <param name="started">The run's first event.</param>
    /// <exception cref="NoSuchRunException">One is not stored here.</exception>
    public static IEnumerable<(IEventStore Store, StreamName Name, StreamInfo Info)> Ancestors(StoreSet stores, RunStarted started)
    {
        while (started.Parent.Length > 0)
        {
            var (store, parent) = Parent(stores, started);
            yield return (store, parent.Stream, parent);
            started = RunFinder.ReadStart(store, parent.Stream);
        }
    }

    private static (IEventStore Store, StreamInfo Info) Parent(StoreSet stores, in RunStarted started) => stores.Find(StreamName.Run(started.Parent, started.Symbol))
        ?? throw new NoSuchRunException($"Run {started.Run} was forked from {started.Parent}, which is not stored here: until event {started.ParentSequence} it is that run. Name the store that has it with --store.");

    /// <summary>The lineage of a fork of this run.</summary>
    public RunLineage Fork(RunStarted started)
    {
        // Where a fork begins before its parent's own fork, the parent's configuration was never in force.
        List<RunPhase> all = [.. phases.Where(p => p.After == 0 || p.After < started.ParentSequence)];
        all.Add(new RunPhase(started, started.ParentSequence));
        return new RunLineage(all);
    }

    /// <summary>Number of one of these phases, from 0.</summary>
    public int IndexOf(RunPhase phase) => phases.FindIndex(p => ReferenceEquals(p, phase));

    /// <summary>The phase in which a turn runs.</summary>
    /// <param name="written">Sequence of the last event written before the turn.</param>
    public RunPhase At(long written) => phases.FindLast(p => p.After <= written) ?? phases[0];
}
