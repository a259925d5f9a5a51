using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Replay.Backtest;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Replay.Reports;

/// <summary>
/// A run as one picture, SVG without anything from outside: the mid with our fills, PnL, and the inventory with N★ and
/// N_max, over the same time axis. Fills are told apart by shape as well as by colour.
/// </summary>
public static class DayChart
{
    private const int Width = 1100;
    private const int Left = 84;
    private const int Right = 20;
    private const int PanelHeight = 190;
    private const int Gap = 46;
    private const int Top = 84;

    /// <summary>The picture.</summary>
    /// <param name="result">The run.</param>
    /// <param name="fills">Its fills, from whoever looked on.</param>
    public static string Svg(BacktestResult result, IReadOnlyList<FillPoint> fills)
    {
        var marks = result.Metrics.Marks;
        var instrument = result.State.Instrument!;
        var height = Top + (3 * PanelHeight) + (2 * Gap) + 44;
        var svg = new StringBuilder();
        svg.AppendLine(Say($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="system-ui, sans-serif" font-size="13" role="img">"""));
        svg.AppendLine($"<title>{result.Started.Run}</title>");
        svg.AppendLine(Say($"""<rect width="{Width}" height="{height}" fill="#ffffff"/>"""));
        var from = marks.Count > 0 ? marks[0].Time : result.Started.WindowStart;
        var to = marks.Count > 1 ? marks[^1].Time : from + 1;
        svg.AppendLine(Say($"""<text x="{Left}" y="26" font-size="17" font-weight="600">{instrument.Symbol}  {Time(from, "uuuu-MM-dd HH:mm")} to {Time(to, "uuuu-MM-dd HH:mm")} UTC</text>"""));
        svg.AppendLine($"""<text x="{Left}" y="45" fill="#555">{result.Started.Run}, queue {result.Started.Queue.ToString().ToLowerInvariant()}, commission {result.Started.FeePartsPerMillion} ppm</text>""");
        var axis = new TimeAxis(from, to);
        Price(svg, result, fills, axis);
        Pnl(svg, marks, instrument, axis);
        Inventory(svg, result, axis);
        Hours(svg, axis);
        return svg.AppendLine("</svg>").ToString();
    }

    private static void Price(StringBuilder svg, BacktestResult result, IReadOnlyList<FillPoint> fills, TimeAxis axis)
    {
        var instrument = result.State.Instrument!;
        var unit = (double)instrument.PriceScale.Factor;
        var mids = result.Metrics.Marks.Where(m => m.MidTwice > 0).Select(m => (m.Time, Value: m.MidTwice / 2.0 / unit)).ToArray();
        var panel = Panel.Of(0, mids.Select(m => m.Value).Concat(fills.Select(f => f.Price / unit)));
        Frame(svg, panel, $"mid in {instrument.QuoteAsset}, our fills ▲ bought ▼ sold");
        Line(svg, panel, axis, mids, "#444444", step: false);
        foreach (var fill in fills)
        {
            var (x, y) = (axis.X(fill.Time), panel.Y(fill.Price / unit));
            svg.AppendLine(fill.Side == Side.Bid
                ? Say($"""<path d="M{x:0.0} {y - 1:0.0}l4 8h-8z" fill="#1f77b4"/>""")
                : Say($"""<path d="M{x:0.0} {y + 1:0.0}l4 -8h-8z" fill="#d95f02"/>"""));
        }
    }

    private static void Pnl(StringBuilder svg, IReadOnlyList<MarkPoint> marks, Instrument instrument, TimeAxis axis)
    {
        var unit = Math.Pow(10, instrument.MoneyDecimals);
        var values = marks.Select(m => (m.Time, Value: (double)m.Equity / unit)).ToArray();
        var panel = Panel.Of(1, values.Select(v => v.Value).Append(0));
        Frame(svg, panel, $"PnL in {instrument.QuoteAsset}, after fees");
        Level(svg, panel, 0, "#999999", "");
        Line(svg, panel, axis, values, "#2a7f3f", step: false);
    }

    private static void Inventory(StringBuilder svg, BacktestResult result, TimeAxis axis)
    {
        var instrument = result.State.Instrument!;
        var parameters = result.State.Setup!.Parameters;
        var unit = (double)instrument.QuantityScale.Factor;
        var target = parameters.InventoryTarget;
        var values = result.Metrics.Marks.Select(m => (m.Time, Value: (m.Position - target) / unit)).ToArray();
        var limit = parameters.MaxInventory / unit;
        var threshold = parameters.InventoryThreshold / unit;
        var panel = Panel.Of(2, values.Select(v => v.Value).Append(limit).Append(-limit));
        Frame(svg, panel, $"inventory q in {instrument.BaseAsset}");
        Level(svg, panel, 0, "#999999", "");
        foreach (var sign in (double[])[1, -1])
        {
            Level(svg, panel, sign * limit, "#b2182b", "N_max");
            Level(svg, panel, sign * threshold, "#c98a00", "N★");
        }

        Line(svg, panel, axis, values, "#5e3c99", step: true);
    }

    private static void Frame(StringBuilder svg, Panel panel, string title)
    {
        svg.AppendLine(Say($"""<text x="{Left}" y="{panel.Top - 8}" font-weight="600">{title}</text>"""));
        svg.AppendLine(Say($"""<rect x="{Left}" y="{panel.Top}" width="{Width - Left - Right}" height="{PanelHeight}" fill="none" stroke="#cccccc"/>"""));
        for (var i = 0; i <= 4; i++)
        {
            var value = panel.Low + ((panel.High - panel.Low) * i / 4);
            var y = panel.Y(value);
            svg.AppendLine(Say($"""<text x="{Left - 8}" y="{y + 4:0.0}" text-anchor="end" fill="#555">{value:g5}</text>"""));
            svg.AppendLine(Say($"""<line x1="{Left}" x2="{Width - Right}" y1="{y:0.0}" y2="{y:0.0}" stroke="#eeeeee"/>"""));
        }
    }

    private static void Level(StringBuilder svg, Panel panel, double value, string colour, string name)
    {
        var y = panel.Y(value);
        svg.AppendLine(Say($"""<line x1="{Left}" x2="{Width - Right}" y1="{y:0.0}" y2="{y:0.0}" stroke="{colour}" stroke-dasharray="5 4"/>"""));
        if (name.Length > 0)
        {
            svg.AppendLine(Say($"""<text x="{Width - Right - 6}" y="{y - 3:0.0}" text-anchor="end" fill="{colour}" font-size="12">{name}</text>"""));
        }
    }

    private static void Line(StringBuilder svg, Panel panel, TimeAxis axis, (long Time, double Value)[] points, string colour, bool step)
    {
        if (points.Length == 0)
        {
            return;
        }

        svg.Append("<path d=\"");
        for (var i = 0; i < points.Length; i++)
        {
            var (x, y) = (axis.X(points[i].Time), panel.Y(points[i].Value));
            svg.Append(i == 0 ? Say($"M{x:0.0} {y:0.0}") : step ? Say($"H{x:0.0}V{y:0.0}") : Say($"L{x:0.0} {y:0.0}"));
        }

        svg.AppendLine($"\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"/>");
    }

    private static void Hours(StringBuilder svg, TimeAxis axis)
    {
        var bottom = Top + (3 * PanelHeight) + (2 * Gap);
        for (var i = 0; i <= 8; i++)
        {
            var time = axis.From + ((axis.To - axis.From) / 8 * i);
            svg.AppendLine(Say($"""<text x="{axis.X(time):0.0}" y="{bottom + 20}" text-anchor="middle" fill="#555">{Time(time, "HH:mm")}</text>"""));
        }
    }

    private static string Time(long time, string pattern) =>
        InstantPattern.CreateWithInvariantCulture(pattern).Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private readonly record struct TimeAxis(long From, long To)
    {
        public double X(long time) => Left + ((double)(time - From) / Math.Max(1, To - From) * (Width - Left - Right));
    }

    private readonly record struct Panel(double Top, double Low, double High)
    {
        public static Panel Of(int index, IEnumerable<double> values)
        {
            var all = values.ToArray();
            var (low, high) = all.Length == 0 ? (0.0, 1.0) : (all.Min(), all.Max());
            var margin = high > low ? 0.05 * (high - low) : Math.Max(1e-8, Math.Abs(high) * 0.001);
            return new Panel(DayChart.Top + (index * (PanelHeight + Gap)), low - margin, high + margin);
        }

        public double Y(double value) => Top + PanelHeight - ((value - Low) / (High - Low) * PanelHeight);
    }
}
