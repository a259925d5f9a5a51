using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Compares two stored runs event by event.</summary>
public static class RunDiff
{
    private const int Surroundings = 3;

    /// <summary>Compares. Their first events differ in name and settings always and are compared as settings.</summary>
    /// <remarks>Where one of them traded at a venue and the other did not, by the rules of <see cref="RunParity"/>; otherwise byte for byte.</remarks>
    public static RunDivergence? Diverge(StoredRun first, StoredRun second)
    {
        if (LiveScript.IsAtVenue(first.Started.Kind) || LiveScript.IsAtVenue(second.Started.Kind))
        {
            return RunParity.Diverge(first, second, Surroundings);
        }

        using var a = new UpcastSource(first.Store.OpenSource(first.Name));
        using var b = new UpcastSource(second.Store.OpenSource(second.Name));
        var (stateA, stateB) = (new RunSituation(), new RunSituation());
        var arena = new LevelArena();
        var (left, right) = (new ByteBuffer(4096), new ByteBuffer(4096));
        var before = new Queue<RunEvent>();
        for (var equal = 0L; ; equal++)
        {
            var hasA = a.Read(out var headerA, out var payloadA);
            var hasB = b.Read(out var headerB, out var payloadB);
            if (!hasA && !hasB)
            {
                return null;
            }

            left.Clear();
            right.Clear();
            if (hasA && hasB)
            {
                EventRecord.Write(left, headerA, payloadA);
                EventRecord.Write(right, headerB, payloadB);
            }

            var first1 = hasA && hasB && headerA is { Sequence: 1, Type: EventType.RunStarted } && headerB.Type == EventType.RunStarted;
            if (!first1 && !(hasA && hasB && left.Span.SequenceEqual(right.Span)))
            {
                return new RunDivergence(
                    hasA ? headerA.Sequence : headerB.Sequence,
                    hasA ? RunEvent.Of(headerA, payloadA) : null,
                    hasB ? RunEvent.Of(headerB, payloadB) : null,
                    [.. before], stateA, stateB);
            }

            arena.Clear();
            EventCatalog.Decode(headerA, payloadA, arena, ref stateA);
            arena.Clear();
            EventCatalog.Decode(headerB, payloadB, arena, ref stateB);
            before.Enqueue(RunEvent.Of(headerA, payloadA));
            if (before.Count > Surroundings)
            {
                before.Dequeue();
            }
        }
    }

    /// <summary>What two runs were given differently: parameters, queue model, commission, window, inputs, parent.</summary>
    public static IReadOnlyList<SettingDifference> Settings(in RunStarted a, in RunStarted b)
    {
        var differences = new List<SettingDifference>();
        var (first, second) = (StrategyConfiguration.FromJson(a.Configuration), StrategyConfiguration.FromJson(b.Configuration));
        foreach (var parameter in ParameterTable.All)
        {
            Note(parameter.Name, first[parameter.Name], second[parameter.Name]);
        }

        Note("queue", Explain.Words.Code(a.Queue), Explain.Words.Code(b.Queue));
        Note("fee_ppm", Explain.Words.Whole(a.FeePartsPerMillion), Explain.Words.Whole(b.FeePartsPerMillion));
        Note("symbol", a.Symbol, b.Symbol);
        Note("kind", a.Kind, b.Kind);
        Note("engine", a.Engine, b.Engine);
        Note("windowStart", Explain.Words.Time(a.WindowStart), Explain.Words.Time(b.WindowStart));
        Note("windowEnd", a.WindowEnd == long.MaxValue ? "open" : Explain.Words.Time(a.WindowEnd), b.WindowEnd == long.MaxValue ? "open" : Explain.Words.Time(b.WindowEnd));
        Note("inputs", a.Inputs, b.Inputs);
        return differences;

        void Note(string name, string left, string right)
        {
            if (left != right)
            {
                differences.Add(new SettingDifference(name, left, right));
            }
        }
    }
}

/// <summary>A setting that two runs have differently.</summary>
/// <param name="Name">Parameter, or field of the first event.</param>
/// <param name="First">What the first run has.</param>
/// <param name="Second">What the second run has.</param>
public sealed record SettingDifference(string Name, string First, string Second);

/// <summary>Where two runs part.</summary>
/// <param name="Sequence">Sequence of the first event that differs.</param>
/// <param name="First">The first run's; null when it ended earlier.</param>
/// <param name="Second">The second run's; null when it ended earlier.</param>
/// <param name="Before">The last events they have in common.</param>
/// <param name="FirstState">Where the first run stood before it.</param>
/// <param name="SecondState">Where the second run stood before it.</param>
public sealed record RunDivergence(
    long Sequence, RunEvent? First, RunEvent? Second, IReadOnlyList<RunEvent> Before, RunSituation FirstState, RunSituation SecondState);

/// <summary>Figures of a finished run that a difference is counted in; money and quantities in the instrument's units.</summary>
/// <param name="Pnl">Total PnL.</param>
/// <param name="Realised">Realised, before fees.</param>
/// <param name="Unrealised">Unrealised at the last mid.</param>
/// <param name="Fees">Fees.</param>
/// <param name="MaxDrawdown">Largest fall of equity from its peak.</param>
/// <param name="Position">Base held at the end, relative to the start.</param>
/// <param name="MeanInventory">Mean of q over time, in base.</param>
/// <param name="InventoryDeviation">Its standard deviation, in base.</param>
/// <param name="Fills">Fills.</param>
/// <param name="Orders">Orders accepted.</param>
/// <param name="Turnover">Sum of price times quantity.</param>
/// <param name="SpreadCaptured">Sum of side times (mid − price) times quantity.</param>
public sealed record RunFigures(
    Int128 Pnl, Int128 Realised, Int128 Unrealised, Int128 Fees, Int128 MaxDrawdown, long Position, double MeanInventory, double InventoryDeviation, long Fills, long Orders, Int128 Turnover, Int128 SpreadCaptured)
{
    /// <summary>The figures of an execution.</summary>
    public static RunFigures Of(BacktestResult result)
    {
        var (state, metrics) = (result.State, result.Metrics);
        var unrealised = state.HasMarket ? state.Ledger.Unrealised(state.MidTwice) : 0;
        return new RunFigures(
            state.Ledger.Realised + unrealised - state.Ledger.Fees,
            state.Ledger.Realised,
            unrealised,
            state.Ledger.Fees,
            state.Risk.MaxDrawdown,
            state.Ledger.Position,
            metrics.Inventory!.Mean,
            metrics.Inventory.StandardDeviation,
            metrics.Fills,
            metrics.OrdersPlaced,
            metrics.Turnover,
            metrics.SpreadCaptured);
    }
}
