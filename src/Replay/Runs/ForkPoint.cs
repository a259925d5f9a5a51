using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Where a run leaves another's way.</summary>
/// <param name="Parent">First event of the run it leaves.</param>
/// <param name="Lineage">The configurations of that run.</param>
/// <param name="Sequence">Event of that run: the fork's own configuration applies from the first turn after the one it belongs to.</param>
public sealed record ForkPoint(RunStarted Parent, RunLineage Lineage, long Sequence)
{
    // They shape what was sampled before the fork, or the grid that everything is sampled on.
    private static readonly string[] Fixed =
        ["volatility_step_ms", "volatility_window", "volatility_lag", "volatility_warmup", "volatility_floor", "mark_seconds"];

    /// <summary>True for a parameter that keeps the parent's value in every fork.</summary>
    public static bool IsFixed(string parameter) => Array.IndexOf(Fixed, parameter) >= 0;

    /// <summary>A point of a stored run.</summary>
    /// <exception cref="NoSuchRunException">An ancestor of it is not stored here.</exception>
    public static ForkPoint Of(StoreSet stores, in RunStarted parent, long sequence) => new(parent, RunLineage.Of(stores, parent), sequence);

    /// <summary>Checks that a configuration can follow on the parent's.</summary>
    /// <exception cref="ConfigurationException">It changes what was sampled before the fork.</exception>
    public void Check(StrategyConfiguration configuration)
    {
        var parent = StrategyConfiguration.FromJson(Parent.Configuration);
        foreach (var name in Fixed)
        {
            if (configuration[name] != parent[name])
            {
                throw new ConfigurationException(
                    $"{name} cannot change at a fork ({parent[name]} to {configuration[name]}): σ and the marks before it were sampled with the other. Backtest the whole day with it instead.");
            }
        }
    }
}
