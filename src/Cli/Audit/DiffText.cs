using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Audit;

/// <summary>Two runs compared, for people.</summary>
public static class DiffText
{
    /// <summary>Writes it.</summary>
    public static string Write(RunPair pair)
    {
        var text = new StringBuilder();
        text.AppendLine($"A  {pair.First.Run.Name.Parts[1]}");
        text.AppendLine($"B  {pair.Second.Run.Name.Parts[1]}");
        foreach (var setting in pair.Settings)
        {
            text.AppendLine($"   {setting.Name}: {Short(setting.First)} → {Short(setting.Second)}");
        }

        text.AppendLine();
        if (pair.Divergence is { } divergence)
        {
            Diverge(text, divergence, pair.Instrument);
        }
        else
        {
            text.AppendLine("identical from the second event to the last");
        }

        text.AppendLine();
        Figures(text, pair);
        foreach (var executed in (ExecutedRun[])[pair.First, pair.Second])
        {
            if (executed.Difference is { } difference)
            {
                text.AppendLine($"warning: executed again, {executed.Run.Name.Parts[1]} differs from what is stored at event {difference.Sequence}; mm verify shows it. Its figures are those of the execution.");
            }
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The figures' names and how they are written, in one order for text and JSON.</summary>
    public static IEnumerable<DiffRow> Rows(Instrument i)
    {
        yield return Money("pnl", $"PnL {i.QuoteAsset}", f => f.Pnl);
        yield return Money("realised", "  realised", f => f.Realised);
        yield return Money("unrealised", "  unrealised", f => f.Unrealised);
        yield return Money("fees", "  fees", f => f.Fees);
        yield return Money("spreadCaptured", "spread captured", f => f.SpreadCaptured);
        yield return Money("maxDrawdown", "drawdown at most", f => f.MaxDrawdown);
        yield return new("position", $"position {i.BaseAsset}", DiffKind.Amount, f => i.FormatQuantity(f.Position), (a, b) => i.FormatQuantity(b.Position - a.Position));
        yield return Real("meanInventory", "mean inventory", f => f.MeanInventory);
        yield return Real("inventoryDeviation", "its deviation", f => f.InventoryDeviation);
        yield return Count("fills", "fills", f => f.Fills);
        yield return Count("orders", "orders", f => f.Orders);
        yield return Money("turnover", "turnover", f => f.Turnover);

        DiffRow Money(string name, string label, Func<RunFigures, Int128> of) =>
            new(name, label, DiffKind.Amount, f => i.FormatMoney(of(f)), (a, b) => i.FormatMoney(of(b) - of(a)));
        DiffRow Real(string name, string label, Func<RunFigures, double> of) =>
            new(name, label, DiffKind.Mean, f => Decimal(of(f)), (a, b) => Decimal(of(b) - of(a)));
        DiffRow Count(string name, string label, Func<RunFigures, long> of) =>
            new(name, label, DiffKind.Count, f => of(f).ToString(CultureInfo.InvariantCulture), (a, b) => (of(b) - of(a)).ToString(CultureInfo.InvariantCulture));
    }

    private static string Decimal(double value) => FixedPoint.Format((Int128)Math.Round(value * 1e8), 8);

    private static void Diverge(StringBuilder text, RunDivergence divergence, Instrument instrument)
    {
        text.AppendLine($"first difference at event {divergence.Sequence}, {Moments.Text((divergence.First ?? divergence.Second)!.Header.ReceiveTime)}");
        foreach (var before in divergence.Before)
        {
            text.AppendLine("  both  " + Line(before));
        }

        text.AppendLine("  A     " + (divergence.First is { } a ? Line(a) : "nothing: it ended"));
        text.AppendLine("  B     " + (divergence.Second is { } b ? Line(b) : "nothing: it ended"));
        text.AppendLine("before it");
        State(text, "A", divergence.FirstState, instrument);
        State(text, "B", divergence.SecondState, instrument);
    }

    private static void State(StringBuilder text, string name, RunSituation state, Instrument i)
    {
        var orders = state.Working.Count == 0 ? "none" : string.Join(", ", state.Working.Select(o => $"{(o.Side == Side.Bid ? "bid" : "ask")} {i.FormatQuantity(o.Quantity)} @ {i.FormatPrice(o.Price)}"));
        text.AppendLine($"  {name}     position {i.FormatQuantity(state.Ledger.Position)}, realised {i.FormatMoney(state.Ledger.Realised)}, fees {i.FormatMoney(state.Ledger.Fees)}, {state.Ledger.Fills} fills; working: {orders}");
    }

    private static void Figures(StringBuilder text, RunPair pair)
    {
        text.AppendLine($"{"",-20}{"A",16}{"B",16}{"B − A",16}");
        var (a, b) = (RunFigures.Of(pair.First.Result), RunFigures.Of(pair.Second.Result));
        foreach (var row in Rows(pair.Instrument))
        {
            text.AppendLine($"{row.Label,-20}{Short(row, row.Write(a)),16}{Short(row, row.Write(b)),16}{Short(row, row.Delta(a, b)),16}");
        }
    }

    // Means are rounded, as mm backtest writes them; amounts are cut.
    private static string Short(DiffRow row, string number) => row.Kind == DiffKind.Mean
        ? decimal.Parse(number, CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture)
        : Cut(number);

    // Four decimals for reading; --json has every digit.
    private static string Cut(string number)
    {
        var point = number.IndexOf('.', StringComparison.Ordinal);
        return point < 0 || number.Length <= point + 5 ? number : number[..(point + 5)];
    }

    private static string Short(string value) => value.Length <= 60 ? value : value[..57] + "…";

    private static string Line(RunEvent e) => new EventLines().Line(e.Header, e.Payload);
}

/// <summary>What a figure of a comparison is, which says how it is written.</summary>
public enum DiffKind
{
    /// <summary>Money or a quantity: an exact decimal.</summary>
    Amount,

    /// <summary>A mean over time, to 8 decimals.</summary>
    Mean,

    /// <summary>A whole number of things.</summary>
    Count,
}

/// <summary>A figure of a comparison.</summary>
/// <param name="Name">In JSON.</param>
/// <param name="Label">In text.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Write">One run's, as a decimal.</param>
/// <param name="Delta">Second − first, as a decimal.</param>
public sealed record DiffRow(string Name, string Label, DiffKind Kind, Func<RunFigures, string> Write, Func<RunFigures, RunFigures, string> Delta);

/// <summary>Two runs, executed again and compared.</summary>
/// <param name="First">The first.</param>
/// <param name="Second">The second.</param>
/// <param name="Settings">What they were given differently.</param>
/// <param name="Divergence">Where they part; null when they do not.</param>
public sealed record RunPair(ExecutedRun First, ExecutedRun Second, IReadOnlyList<SettingDifference> Settings, RunDivergence? Divergence)
{
    /// <summary>The instrument that figures are written in: the second's.</summary>
    public Instrument Instrument => Second.Result.State.Instrument!;

    /// <summary>Compares two runs.</summary>
    /// <exception cref="UsageException">They are of different symbols: their money cannot be compared.</exception>
    public static RunPair Of(ExecutedRun first, ExecutedRun second) => first.Result.State.Instrument!.Symbol == second.Result.State.Instrument!.Symbol
        ? new RunPair(first, second, RunDiff.Settings(first.Run.Started, second.Run.Started), RunDiff.Diverge(first.Run, second.Run))
        : throw new UsageException($"{first.Run.Name.Parts[1]} and {second.Run.Name.Parts[1]} are of different symbols: there is nothing to compare.");
}
