using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Runs;

/// <summary>What executing a stored run again showed.</summary>
/// <param name="Run">The run's stream.</param>
/// <param name="Compared">Events found equal.</param>
/// <param name="StateHash">Final state hash of the execution; null when it did not get that far.</param>
/// <param name="Difference">The first difference; null when there is none.</param>
/// <param name="Damage">What is wrong with the stored streams themselves; empty when they are whole.</param>
public sealed record Verification(StreamName Run, long Compared, Digest? StateHash, RunDifference? Difference, IReadOnlyList<string> Damage)
{
    /// <summary>True when every event is identical and every stream whole, the portfolio's included.</summary>
    public bool Identical => Difference is null && Damage.Count == 0 && Portfolio?.Identical != false;

    /// <summary>What its portfolio's execution showed; null for a run without one.</summary>
    public PortfolioVerification? Portfolio { get; init; }

    /// <summary>What was not compared, since another version of the program made the run; empty when every byte was.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>That the run's manifest names another build than this one, in words; null when it does not.</summary>
    public string? OtherBuild { get; init; }

    /// <summary>The execution; null when the streams did not allow one.</summary>
    public ExecutedRun? Executed { get; init; }
}

/// <summary>
/// Executes a stored run again from the stored market events and compares every decision, order change, fill, mark and
/// state hash byte for byte.
/// </summary>
public sealed class RunVerifier(StoreSet stores)
{
    /// <summary>Verifies a run.</summary>
    /// <exception cref="NoSuchDayException">An input of the run is not stored here.</exception>
    public Verification Verify((IEventStore Store, StreamName Name) located, Action<long, long>? progress = null)
    {
        // The stream first: a run whose first event is damaged cannot even be read.
        var damage = new List<string>();
        Check(located.Store, located.Name, damage);
        if (damage.Count > 0)
        {
            return new Verification(located.Name, 0, null, null, damage);
        }

        CheckName(located.Store, located.Name, damage);
        if (damage.Count > 0)
        {
            return new Verification(located.Name, 0, null, null, damage);
        }

        var run = new StoredRun(located.Store, located.Name, RunFinder.ReadStart(located.Store, located.Name));
        var lines = run.Started.Inputs.Split('\n');
        foreach (var line in lines.Where(l => !ToldInput.IsMarket(l)))
        {
            // A run that told verdicts, after the market streams: it is found by the content hash that the line names.
            var (store, name, _) = RunInputs.Find(stores, line);
            Check(store, name, damage);
        }

        foreach (var (number, day) in RunInputs.Days(stores, run).Index())
        {
            Check(day.Store, day.Name, damage);

            // A live run names no content: its streams may still grow.
            if (damage.Count == 0 && !LiveScript.IsLive(run.Started.Kind) && day.ToInput() is var input && input.Line != lines[number])
            {
                var parts = lines[number].Split(' ');
                damage.Add($"{day.Name} is not what the run read: the run names {parts[1]} events with content hash {parts[2]}, stored are {input.Events} with {input.ContentHash}.");
            }
        }

        // What a fork came from is not executed with it, and yet it says where it begins.
        foreach (var (store, name, _) in RunLineage.Ancestors(stores, run.Started))
        {
            Check(store, name, damage);
            if (damage.Count > 0)
            {
                break;
            }
        }

        if (damage.Count > 0)
        {
            return new Verification(run.Name, 0, null, null, damage);
        }

        var portfolio = PortfolioVerifier.Of(stores, run);
        var executed = RunExecution.Execute(stores, run, progress, null, portfolio is null ? null : portfolio.Between);
        portfolio?.UpTo(executed.Through);
        return new Verification(run.Name, executed.Equal, StateHash.Of(executed.Result.State), executed.Difference, damage)
        {
            Executed = executed,
            Notes = executed.Notes,
            OtherBuild = RunNotes.OtherBuild(run.Store.ReadManifest(run.Name)),
            Portfolio = portfolio?.Result(),
        };
    }

    // A backtest is named by the hash of its first event: a renamed run, or one whose beginning was written by hand, shows here.
    private static void CheckName(IEventStore store, StreamName name, List<string> damage)
    {
        using var source = store.OpenSource(name);
        if (!source.Read(out var header, out var payload) || header.Type != EventType.RunStarted)
        {
            return;
        }

        var found = RunName.Of(header, payload);
        if (found.StartsWith("backtest-", StringComparison.Ordinal) && found != name.Parts[1])
        {
            damage.Add($"{name} is not the run that its first event starts: that one is called {found}. It was renamed, or its first event was written anew.");
        }
    }

    /// <summary>What is wrong with a stored stream itself, in words; empty when it is whole.</summary>
    public static IReadOnlyList<string> Damage(IEventStore store, StreamName name)
    {
        var damage = new List<string>();
        Check(store, name, damage);
        return damage;
    }

    private static void Check(IEventStore store, StreamName name, List<string> damage)
    {
        damage.AddRange(StreamCheck.Damage(store, name).Select(d => $"{name}: {d}"));
    }
}
