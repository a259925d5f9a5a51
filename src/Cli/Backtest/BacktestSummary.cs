using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Reports;

namespace EventSourcedMM.Cli.Backtest;

/// <summary>The summary of a backtest for people.</summary>
public static class BacktestSummary
{
    private const int SeriesRows = 12;
    private const string Bars = " ▁▂▃▄▅▆▇█";

    /// <summary>Writes it.</summary>
    public static string Write(BacktestResult result, double seconds, IReadOnlyList<string> warnings)
    {
        var text = new StringBuilder();
        Head(text, result);
        Series(text, result);
        Figures(text, result);
        HaltLines.Write(text, result);
        Answers(text, result);
        foreach (var warning in warnings)
        {
            text.AppendLine($"warning: {warning}");
        }

        var state = result.State;
        text.AppendLine(Text($"{state.Inputs:N0} events, {state.LevelUpdates:N0} level updates, {state.Decisions:N0} decisions in {seconds:0.00} s"));
        text.AppendLine($"state {StateHash.Of(state)}");
        text.Append($"run   {result.Started.Run}");
        return text.ToString();
    }

    private static void Head(StringBuilder text, BacktestResult result)
    {
        var started = result.Started;
        var c = StrategyConfiguration.FromJson(started.Configuration);
        var instrument = result.State.Instrument!;
        var end = started.WindowEnd == long.MaxValue ? "the end" : Shell.Moments.Text(started.WindowEnd);
        text.AppendLine($"{started.Symbol}  {Shell.Moments.Text(started.WindowStart)} to {end}");
        text.AppendLine($"γ {c["gamma"]}  k {c["k"]}  A {c["a"]}  N★ {c["inventory_threshold"]}  N_max {c["max_inventory"]}  size {c["order_size"]} × {c["levels"]}  horizon {Horizon(started, c)}");
        text.AppendLine($"queue {started.Queue.ToString().ToLowerInvariant()}, commission {started.FeePartsPerMillion} ppm, tick {instrument.FormatPrice(instrument.Tick)}, lot {instrument.FormatQuantity(instrument.Lot)} ({instrument.Source.ToString().ToLowerInvariant()}){Prints(result.Prints)}");
        text.AppendLine();
    }

    private static string Prints(PrintSource prints) => prints switch
    {
        PrintSource.Trades => "",
        PrintSource.AggregateTrades => ", prints are aggregate trades (the recording has no trades)",
        _ => ", no prints (the recording has neither trades nor aggregate trades)",
    };

    private static string Horizon(in Domain.Events.RunStarted started, StrategyConfiguration c) => c["horizon_mode"] == "rolling"
        ? Text($"rolling {started.Horizon:0.###} s ({started.HorizonSource})")
        : $"{c["horizon_mode"]} ({started.HorizonSource})";

    private static void Series(StringBuilder text, BacktestResult result)
    {
        var marks = result.Metrics.Marks;
        var instrument = result.State.Instrument!;
        if (marks.Count == 0)
        {
            return;
        }

        text.AppendLine(Text($"{"time (UTC)",-20}{"mid",14}{"PnL " + instrument.QuoteAsset,16}{"q " + instrument.BaseAsset,16}{"Δq",14}{"fills",8}"));
        var step = Math.Max(1, (marks.Count + SeriesRows - 1) / SeriesRows);
        var before = default(MarkPoint);
        for (var i = Math.Min(step, marks.Count) - 1; ; i = Math.Min(i + step, marks.Count - 1))
        {
            var mark = marks[i];
            var mid = mark.MidTwice == 0 ? "-" : FixedPoint.Format((Int128)mark.MidTwice * 5, instrument.PriceScale.Decimals + 1);
            text.AppendLine(Text($"{Shell.Moments.Text(mark.Time)[..19].Replace('T', ' '),-20}{mid,14}{Money(mark.Equity, instrument.MoneyDecimals),16}{instrument.FormatQuantity(mark.Position),16}{instrument.FormatQuantity(mark.Position - before.Position),14}{mark.Fills - before.Fills,8}"));
            before = mark;
            if (i == marks.Count - 1)
            {
                break;
            }
        }

        text.AppendLine();
    }

    private static void Figures(StringBuilder text, BacktestResult result)
    {
        var state = result.State;
        var metrics = result.Metrics;
        var instrument = state.Instrument!;
        var decimals = instrument.MoneyDecimals;
        var unrealised = state.HasMarket ? state.Ledger.Unrealised(state.MidTwice) : 0;
        var total = state.Ledger.Realised + unrealised - state.Ledger.Fees;
        Line("PnL", Text($"{Money(total, decimals)} {instrument.QuoteAsset} = realised {Money(state.Ledger.Realised, decimals)} + unrealised {Money(unrealised, decimals)} − fees {Money(state.Ledger.Fees, decimals)}"));
        Line("of which", Text($"spread captured {Money(metrics.SpreadCaptured, decimals)}, inventory {Money(total + state.Ledger.Fees - metrics.SpreadCaptured, decimals)}, fees {Money(-state.Ledger.Fees, decimals)}"));
        Line("Sharpe", metrics.Pnl!.Sharpe is { } sharpe ? Text($"{sharpe:0.00} (steps of {state.Setup!.Parameters.MarkStep / Nanoseconds.PerSecond} s, annualised over 365 days)") : "none: PnL did not vary");
        Line("drawdown", Text($"{Money(state.Risk.MaxDrawdown, decimals)} {instrument.QuoteAsset} at most"));
        Line("hit rate", metrics.HitRate is { } hit ? Text($"{hit * 100:0.0} % of {metrics.RoundTrips} closed round trips, after fees") : "none: no round trip closed");
        Line("fills", Text($"{metrics.Fills} of {metrics.OrdersPlaced} orders, {metrics.FillRatio * 100:0.00} % of the quantity; turnover {Money(metrics.Turnover, decimals)} {instrument.QuoteAsset}"));
        Line("spread", Text($"quoted {metrics.QuotedSpreadPpm:0} ppm, captured {metrics.CapturedSpreadPpm:0} ppm, market {1e6 * metrics.MarketSpread(instrument) / Math.Max(double.Epsilon, metrics.MarketMid(instrument)):0} ppm"));
        Line("mark-out", string.Join(", ", metrics.Markouts.Results().Select(m => Text($"{m.Seconds} s {m.PartsPerMillion:+0;−0;0} ppm"))));
        var inventory = metrics.Inventory!;
        Line("inventory", Text($"mean {inventory.Mean:0.####}, deviation {inventory.StandardDeviation:0.####}, {instrument.FormatQuantity(inventory.Minimum)} to {instrument.FormatQuantity(inventory.Maximum)} {instrument.BaseAsset}, beyond N★ {inventory.ShareBeyondThreshold * 100:0.0} % of the time"));
        Line("", Text($"−N_max {Histogram(inventory)} +N_max, now {instrument.FormatQuantity(state.Inventory)}"));
        Line("quoting", Text($"both sides at {100.0 * metrics.TimersQuoted / Math.Max(1, metrics.Timers):0.0} % of {metrics.Timers} timers, book not usable at {metrics.TimersUntrusted}"));
        text.AppendLine();

        void Line(string name, string value) => text.AppendLine($"{name,-10} {value}");
    }

    private static void Answers(StringBuilder text, BacktestResult result)
    {
        foreach (var v in Validation.Of(result, StrategyConfiguration.FromJson(result.Started.Configuration)))
        {
            text.AppendLine(Text($"{(v.Answer ? "yes" : "NO "),-4}{v.Question} {v.Value:g5} against {v.Threshold:g5} {v.Unit}"));
        }

        text.AppendLine();
    }

    private static string Histogram(InventoryStatistics inventory)
    {
        var shares = inventory.Histogram();
        var most = Math.Max(double.Epsilon, shares.Max());
        return string.Concat(shares.Select(s => s == 0 ? '·' : Bars[Math.Max(1, (int)Math.Round(s / most * (Bars.Length - 1)))]));
    }

    // Money to 4 decimals for reading; --json has every digit.
    internal static string Money(Int128 money, int decimals)
    {
        const int shown = 4;
        var unit = Int128.One;
        for (var i = shown; i < decimals; i++)
        {
            unit *= 10;
        }

        return FixedPoint.Format(Division.Divide(money, unit, Rounding.TowardZero), shown, shown);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
