using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;

namespace EventSourcedMM.Replay.Runs;

/// <summary>What to run for a fork of a stored run: the same for the command and for the viewer.</summary>
public static class ForkRequest
{
    /// <summary>Why a run cannot be forked at any of its events; null when it can.</summary>
    public static string? Refusal(StoredRun parent) => parent.Started.Kind is "backtest" or "paper"
        ? null
        : $"{parent.Name.Parts[1]} is a {parent.Started.Kind} run: its answers and fills are the venue's, and nobody knows those of other orders. Backtest what it recorded, and fork that.";

    /// <summary>The request, with what was changed checked.</summary>
    /// <param name="stores">Where the parent, its inputs and ancestors are.</param>
    /// <param name="parent">The run to leave.</param>
    /// <param name="point">Event of it after whose turn the fork goes its own way.</param>
    /// <param name="changes">Parameters by their names in the configuration, in order.</param>
    /// <exception cref="ConfigurationException">A parameter is unknown, its value not allowed, or it cannot change at a fork.</exception>
    /// <exception cref="NoSuchRunException">The parent traded at a venue, or had been killed by then, or an ancestor of it is not stored here.</exception>
    public static BacktestRequest Of(StoreSet stores, StoredRun parent, long point, IReadOnlyList<KeyValuePair<string, string>> changes)
    {
        if (Refusal(parent) is { } why)
        {
            throw new NoSuchRunException(why);
        }

        if (parent.Started.Kind == "paper" && LiveScript.Read(parent.Store, parent.Name, parent.Started).Controls.FirstOrDefault(c => c.Header.Type == EventType.KillSwitchPulled) is { } killed && killed.Header.Sequence <= point)
        {
            throw new NoSuchRunException(FormattableString.Invariant($"The kill switch of {parent.Name.Parts[1]} was pulled at event {killed.Header.Sequence}: nothing is quoted after it. Fork before it."));
        }

        if (ToldInput.Of(stores, parent.Started) is { ChangesConfiguration: true })
        {
            throw new NoSuchRunException($"{parent.Name.Parts[1]} follows a live run whose configuration changed on the way, which would undo what a fork changes. Backtest the day itself (mm backtest --symbol … --date …), and fork that.");
        }

        var request = RunExecution.Request(stores, parent.Started) with { Fork = ForkPoint.Of(stores, parent.Started, point) };
        var configuration = changes.Aggregate(request.Configuration, (c, change) => c.With(change.Key, change.Value));
        request.Fork!.Check(configuration);
        return request with { Configuration = configuration };
    }
}
