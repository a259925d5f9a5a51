using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Reports;

namespace EventSourcedMM.Cli.Backtest;

/// <summary>The table of a sweep for people: a row a set, in the order of the sets.</summary>
internal static class SweepTable
{
    private const int HashDigits = 12;

    /// <summary>Writes it.</summary>
    public static string Write(ParameterGrid grid, IReadOnlyList<BacktestResult> results, double seconds)
    {
        var first = results[0];
        var started = first.Started;
        var instrument = first.State.Instrument!;
        var rows = new List<string[]>
        {
            (string[])[.. grid.Names, $"PnL {instrument.QuoteAsset}", "Sharpe", "drawdown", "hit rate", "fills", $"mean q {instrument.BaseAsset}", "state", ""],
        };
        rows.AddRange(results.Select((result, set) => Row(grid.Values(set), result)));
        var text = new StringBuilder();
        var end = started.WindowEnd == long.MaxValue ? "the end" : Shell.Moments.Text(started.WindowEnd);
        text.AppendLine($"{started.Symbol}  {Shell.Moments.Text(started.WindowStart)} to {end}, queue {BacktestJson.CodeName(started.Queue)}, commission {started.FeePartsPerMillion} ppm");
        text.AppendLine();
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(r => r[column].Length)).ToArray();
        foreach (var row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadLeft(widths[column]))).TrimEnd());
        }

        text.AppendLine();
        var warned = results.Count(r => ParameterWarnings.Of(r).Any());
        if (warned > 0)
        {
            text.AppendLine($"warnings for {warned} of {results.Count} sets: mm backtest with a set's values shows them, and stores the run.");
        }

        text.Append(string.Create(CultureInfo.InvariantCulture, $"{results.Count} sets over {first.State.LevelUpdates:N0} level updates in {seconds:0.00} s"));
        return text.ToString();
    }

    private static string[] Row(string[] values, BacktestResult result)
    {
        var state = result.State;
        var metrics = result.Metrics;
        var unrealised = state.HasMarket ? state.Ledger.Unrealised(state.MidTwice) : 0;
        return
        [
            .. values,
            Money(state.Ledger.Realised + unrealised - state.Ledger.Fees),
            metrics.Pnl!.Sharpe is { } sharpe ? Text($"{sharpe:0.00}") : "none",
            Money(state.Risk.MaxDrawdown),
            metrics.HitRate is { } hit ? Text($"{hit * 100:0.0} %") : "none",
            Text($"{metrics.Fills}"),
            Text($"{metrics.Inventory!.Mean:0.####}"),
            StateHash.Of(state).ToString()[..HashDigits],
            result.EndedHalted ? $"halted by {BacktestJson.CodeName(state.Risk.Halted)}" : "",
        ];

        string Money(Int128 amount) => BacktestSummary.Money(amount, state.Instrument!.MoneyDecimals);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
