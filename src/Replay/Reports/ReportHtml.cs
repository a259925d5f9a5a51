using System.Globalization;
using System.Net;
using System.Text;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Reports;

/// <summary>A run as one HTML page that needs nothing from outside: charts, figures, answers, fills, configuration, warnings.</summary>
public sealed class ReportHtml
{
    private const int MostFills = 1_000;

    private readonly StringBuilder html = new();
    private readonly ExecutedRun executed;
    private readonly ReportSampler sampler;
    private readonly BacktestResult result;
    private readonly Instrument instrument;
    private readonly RunFigures figures;

    private ReportHtml(ExecutedRun executed, ReportSampler sampler)
    {
        this.executed = executed;
        this.sampler = sampler;
        result = executed.Result;
        instrument = result.State.Instrument!;
        figures = RunFigures.Of(result);
    }

    /// <summary>The page.</summary>
    /// <param name="executed">The run, executed again with the sampler looking on.</param>
    /// <param name="sampler">What it saw.</param>
    /// <param name="warnings">What makes no sense for the symbol.</param>
    public static string Write(ExecutedRun executed, ReportSampler sampler, IReadOnlyList<string> warnings)
    {
        var report = new ReportHtml(executed, sampler);
        report.Head();
        report.Answers();
        report.Warnings(warnings);
        report.Figures();
        new ReportCharts(report.html, executed, sampler).Write();
        report.Split();
        report.Fills();
        report.Settings();
        report.html.Append("</body></html>\n");
        return report.html.ToString();
    }

    /// <summary>Text safe to stand in HTML.</summary>
    internal static string Safe(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Text of numbers, in no language.</summary>
    internal static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Money to 4 decimals.</summary>
    internal string Money(Int128 money)
    {
        var unit = Int128.One;
        for (var i = 4; i < instrument.MoneyDecimals; i++)
        {
            unit *= 10;
        }

        return FixedPoint.Format(Division.Divide(money, unit, Rounding.TowardZero), 4, 4).Replace('-', '−');
    }

    private void Head()
    {
        var started = executed.Run.Started;
        using var css = typeof(ReportHtml).Assembly.GetManifestResourceStream("EventSourcedMM.Replay.report.css")
            ?? throw new InvalidOperationException("The program was built without report.css.");
        using var reader = new StreamReader(css);
        html.Append("<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">")
            .Append($"<title>{Safe(started.Run)}</title><style>{reader.ReadToEnd()}</style></head><body>\n")
            .Append($"<h1>{Safe(started.Symbol)}, {Moment(started.WindowStart)} to {(started.WindowEnd == long.MaxValue ? "the end of the recording" : Moment(started.WindowEnd))} UTC</h1>")
            .Append($"<p class=soft>{Safe(started.Run)}{(started.Parent.Length > 0 ? $", forked from {Safe(started.Parent)} at event {Words.Whole(started.ParentSequence)}" : "")}. Queue {Words.Code(started.Queue)}, commission {Words.Whole(started.FeePartsPerMillion)} ppm, engine {Safe(started.Engine)}. ")
            .Append(executed.Difference is { } difference
                ? $"<strong>Executed again for this page, the run differs from what is stored at event {Words.Whole(difference.Sequence)}: the figures are those of the execution.</strong></p>"
                : Say($"Executed again for this page: all {executed.Equal:N0} events identical. State <code>{StateHash.Of(result.State)}</code></p>"));
    }

    private void Answers()
    {
        html.Append("<div class=answers>");
        foreach (var answer in Validation.Of(result, StrategyConfiguration.FromJson(executed.Run.Started.Configuration)))
        {
            html.Append(Say($"<div class=\"card {(answer.Answer ? "yes" : "no")}\"><b>{(answer.Answer ? "Yes" : "No")}</b>{Safe(answer.Question)}<br><span class=soft>{Signed(answer.Value)} against {Signed(answer.Threshold)} {Safe(answer.Unit)}</span></div>"));
        }

        html.Append("</div>");
    }

    private void Warnings(IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings)
        {
            html.Append($"<p class=warn><strong>Warning:</strong> {Safe(warning)}</p>");
        }
    }

    private void Figures()
    {
        var metrics = result.Metrics;
        html.Append("<div class=figures>");
        Card($"{Money(figures.Pnl)} {instrument.QuoteAsset}", "PnL after fees");
        Card(metrics.Pnl!.Sharpe is { } sharpe ? Say($"{sharpe:0.00}") : "none", "Sharpe, annualised over 365 days");
        Card($"{Money(figures.MaxDrawdown)} {instrument.QuoteAsset}", "largest drawdown");
        Card(metrics.HitRate is { } hit ? Say($"{hit * 100:0.0} %") : "none", Say($"of {metrics.RoundTrips} closed round trips won, after fees"));
        Card(Say($"{metrics.Fills}"), Say($"fills of {metrics.OrdersPlaced} orders, {metrics.FillRatio * 100:0.00} % of the quantity"));
        Card($"{Money(metrics.Turnover)} {instrument.QuoteAsset}", "turnover");
        Card(Say($"{metrics.Inventory!.Mean:0.##} {instrument.BaseAsset}"), Say($"mean inventory, deviation {metrics.Inventory.StandardDeviation:0.##}; beyond N★ {metrics.Inventory.ShareBeyondThreshold * 100:0.0} % of the time"));
        Card(Say($"{100.0 * metrics.TimersQuoted / Math.Max(1, metrics.Timers):0.0} %"), Say($"of the time quoting both sides; book not usable at {metrics.TimersUntrusted} of {metrics.Timers} timers"));
        html.Append("</div>");

        void Card(string value, string what) => html.Append($"<div class=card><b>{Safe(value.Replace('-', '−'))}</b>{Safe(what)}</div>");
    }

    private void Split()
    {
        html.Append("<h2>Where the PnL came from</h2><div class=scroll><table><tr><th>part</th><th>").Append(Safe(instrument.QuoteAsset)).Append("</th><th class=text>what it is</th></tr>");
        Row("Spread captured", figures.SpreadCaptured, "each fill's distance from the mid just after the event that filled us");
        Row("Inventory", figures.Pnl + figures.Fees - figures.SpreadCaptured, "what holding gained or lost as the mid moved");
        Row("Fees", -figures.Fees, Say($"{executed.Run.Started.FeePartsPerMillion} ppm of what was received"));
        Row("Total", figures.Pnl, $"realised {Money(figures.Realised)} + unrealised {Money(figures.Unrealised)} − fees {Money(figures.Fees)}");
        Row("With a trusted book", sampler.TrustedPnl, "total, timer to timer, while the book was Synced (or Partial)");
        Row("Without", sampler.UntrustedPnl, Say($"while it was not, up to the first timer after; {sampler.UntrustedFills} fills"));
        var rest = figures.Pnl - sampler.TrustedPnl - sampler.UntrustedPnl;
        if (rest != 0)
        {
            Row("After the last timer", rest, "what the last events moved");
        }

        html.Append("</table></div>");

        void Row(string name, Int128 money, string what) => html.Append($"<tr><td>{name}</td><td>{Money(money)}</td><td class=text>{Safe(what)}</td></tr>");
    }

    private void Fills()
    {
        var fills = sampler.Fills;
        html.Append(Say($"<h2>Fills</h2><p class=soft>{(fills.Count > MostFills ? $"The first and last {MostFills / 2} of {fills.Count}; mm events {Safe(executed.Run.Started.Run)} --type orderFilled has all." : $"{fills.Count} in all; mm explain {Safe(executed.Run.Started.Run)} --fill N explains each.")}</p>"));
        if (fills.Count == 0)
        {
            return;
        }

        html.Append("<div class=scroll><table><thead><tr><th>fill</th><th>time (UTC)</th><th class=text>side</th><th>quantity</th><th>price</th><th>mid then</th><th class=text>rule</th><th>ahead</th><th>q after</th><th>fee</th><th>closed, net</th></tr></thead><tbody>");
        foreach (var (time, fill, inventory, closed, midTwice) in fills.Count > MostFills ? fills.Take(MostFills / 2).Concat(fills.TakeLast(MostFills / 2)) : fills)
        {
            var mid = midTwice == 0 ? "" : FixedPoint.Format((Int128)midTwice * 5, instrument.PriceScale.Decimals + 1);
            html.Append($"<tr><td>{Words.Whole(fill.TradeId)}</td><td>{Words.Time(time)[11..].TrimEnd('Z')}</td><td class=text>{(fill.Side == Domain.Book.Side.Bid ? "▲ bought" : "▼ sold")}</td><td>{instrument.FormatQuantity(fill.Quantity)}</td><td>{instrument.FormatPrice(fill.Price)}</td><td>{mid}</td>")
                .Append($"<td class=text>{Rule(fill.Rule)}</td><td>{instrument.FormatQuantity(fill.QueueAhead)}</td><td>{instrument.FormatQuantity(inventory).Replace('-', '−')}</td><td>{Money(fill.CommissionValue)}</td><td>{(closed.Quantity > 0 ? Money(closed.Net) : "")}</td></tr>");
        }

        html.Append("</tbody></table></div>");
    }

    private void Settings()
    {
        var started = executed.Run.Started;
        var configuration = StrategyConfiguration.FromJson(started.Configuration);
        html.Append("<h2>Configuration</h2><div class=settings>");
        foreach (var parameter in ParameterTable.All)
        {
            html.Append($"<div><span title=\"{Safe(parameter.Meaning)}\">{parameter.Name}</span><span>{Safe(configuration[parameter.Name])}</span></div>");
        }

        html.Append(Say($"<div><span>T−t</span><span>{started.Horizon:0.###} s ({Safe(started.HorizonSource)})</span></div>"))
            .Append($"<div><span>(1/γ)·ln(1 + γ/k)</span><span>{Words.Short(started.LogTerm)}</span></div>")
            .Append($"<div><span>tick, lot, smallest order</span><span>{instrument.FormatPrice(instrument.Tick)}, {instrument.FormatQuantity(instrument.Lot)}, {instrument.FormatMoney(instrument.MinNotional)} {instrument.QuoteAsset} ({Words.Code(instrument.Source)})</span></div></div>")
            .Append("<h2>Read from</h2>");
        foreach (var line in started.Inputs.Split('\n'))
        {
            html.Append($"<p><code>{Safe(line)}</code></p>");
        }
    }

    private static string Rule(Domain.Orders.FillRule rule) => rule switch
    {
        Domain.Orders.FillRule.PrintThrough => "print through",
        Domain.Orders.FillRule.PrintAtPrice => "print at price",
        Domain.Orders.FillRule.BookCrossed => "book crossed",
        Domain.Orders.FillRule.Taken => "taken from the book",
        _ => "venue",
    };

    private static string Signed(double value) => value.ToString("g5", CultureInfo.InvariantCulture).Replace('-', '−');

    private static string Moment(long time) => Words.Time(time)[..16].Replace('T', ' ');
}
