using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>What executing a stored run again showed.</summary>
/// <param name="Run">The run's stream.</param>
/// <param name="Compared">Events found equal.</param>
/// <param name="StateHash">Final state hash of the execution; null when it did not get that far.</param>
/// <param name="Difference">The first difference; null when there is none.</param>
/// <param name="Damage">What is wrong with the stored streams themselves; empty when they are whole.</param>
public sealed record Verification(StreamName Run, long Compared, Digest? StateHash, RunDifference? Difference, IReadOnlyList<string> Damage)
{
    /// <summary>True when every event is identical and every stream whole.</summary>
    public bool Identical => Difference is null && Damage.Count == 0;
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

        var run = new StoredRun(located.Store, located.Name, RunFinder.ReadStart(located.Store, located.Name));
        var inputs = Inputs(run.Started, damage);
        if (damage.Count > 0)
        {
            return new Verification(run.Name, 0, null, null, damage);
        }

        var started = run.Started;
        var request = new BacktestRequest
        {
            Symbol = started.Symbol,
            From = started.WindowStart,
            To = started.WindowEnd,
            Configuration = StrategyConfiguration.FromJson(started.Configuration),
            Queue = started.Queue,
            FeePartsPerMillion = started.FeePartsPerMillion,
        };
        using var comparison = new RunComparison(new UpcastSource(run.Store.OpenSource(run.Name)));
        var result = new Backtester(request, inputs, comparison, progress).Run();
        comparison.Finish();
        return new Verification(run.Name, comparison.Equal, StateHash.Of(result.State), comparison.Difference, damage);
    }

    private List<InputStream> Inputs(in RunStarted started, List<string> damage)
    {
        var inputs = new List<InputStream>();
        foreach (var line in started.Inputs.Split('\n'))
        {
            var parts = line.Split(' ');
            var name = StreamName.Parse(parts[0]);

            // Several stores may hold a stream of the name: the run read the one with this content.
            var copies = stores.FindCopies(name).ToArray();
            var found = copies.FirstOrDefault(c => c.Info.ContentHash?.ToString() == parts[2]);
            if (found.Store is null)
            {
                found = copies.FirstOrDefault(c => !c.Info.Sealed);
            }

            if (found.Store is null)
            {
                throw new NoSuchDayException(copies.Length == 0
                    ? $"The run read {name}, which is not stored here: import or copy it first."
                    : $"The run read {name} with content hash {parts[2]}; the stream of that name here has other content ({string.Join(", ", copies.Select(c => c.Info.ContentHash))}). Name the store that the run read with --store.");
            }

            Check(found.Store, name, damage);
            var day = new StoredDay(found.Store, name, found.Info, found.Store.ReadManifest(name));
            var input = day.ToInput();
            if (damage.Count == 0 && input.Line != line)
            {
                damage.Add($"{name} is not what the run read: the run names {parts[1]} events with content hash {parts[2]}, stored are {input.Events} with {input.ContentHash}.");
            }

            inputs.Add(input);
        }

        return inputs;
    }

    private static void Check(IEventStore store, StreamName name, List<string> damage)
    {
        damage.AddRange(StreamCheck.Damage(store, name).Select(d => $"{name}: {d}"));
    }
}
