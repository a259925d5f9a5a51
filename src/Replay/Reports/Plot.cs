using System.Globalization;
using System.Net;
using System.Text;

namespace EventSourcedMM.Replay.Reports;

/// <summary>One chart as SVG. Colours, dashes and weights come from the page's classes, so that light, dark and print share it.</summary>
internal sealed class Plot
{
    private const int Top = 10;
    private const int Bottom = 26;

    private readonly StringBuilder svg = new();
    private readonly string title;
    private readonly string description;
    private readonly int width;
    private readonly int height;
    private readonly int left;
    private readonly int right;

    /// <summary>An empty chart.</summary>
    /// <param name="title">Its name, for people who cannot see it.</param>
    /// <param name="description">What it shows, for them too.</param>
    /// <param name="width">Width in its own units; 1060 for a desk, 360 for a phone.</param>
    /// <param name="height">Height in the same.</param>
    /// <param name="x">Smallest and largest value across.</param>
    /// <param name="values">Values that must fit up and down.</param>
    public Plot(string title, string description, int width, int height, (double Low, double High) x, IEnumerable<double> values)
    {
        this.title = title;
        this.description = description;
        this.width = width;
        this.height = height;
        left = width < 500 ? 58 : 78;
        right = width < 500 ? 6 : 14;
        X = x.High > x.Low ? x : (x.Low, x.Low + 1);
        var all = values.Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var (low, high) = (all.Min(), all.Max());
        var margin = high > low ? 0.06 * (high - low) : Math.Max(1e-9, Math.Abs(high) * 0.01);
        Y = (low - margin, high + margin);
    }

    /// <summary>Range across.</summary>
    public (double Low, double High) X { get; }

    /// <summary>Range up and down.</summary>
    public (double Low, double High) Y { get; }

    /// <summary>Columns that a line needs: one a unit of width.</summary>
    public int Columns => width - left - right;

    /// <summary>Horizontal grid with values, rounded to 1, 2 or 5.</summary>
    public void Grid(Func<double, string> format)
    {
        var step = Step(Y.High - Y.Low, width < 500 ? 4 : 5);
        for (var value = Math.Ceiling(Y.Low / step) * step; value <= Y.High; value += step)
        {
            var y = AtY(value);
            svg.Append(Say($"<line class=grid x1={left} x2={width - right} y1={y:0.0} y2={y:0.0} />"));
            svg.Append(Say($"<text class=axis x={left - 6} y={y + 4:0.0} text-anchor=end>{Html(format(Math.Abs(value) < step / 1e6 ? 0 : value))}</text>"));
        }

        svg.Append(Say($"<rect class=frame x={left} y={Top} width={width - left - right} height={height - Top - Bottom} />"));
    }

    /// <summary>Labels below.</summary>
    public void Labels(IEnumerable<(double X, string Text)> labels)
    {
        var last = double.NegativeInfinity;
        foreach (var (x, text) in labels)
        {
            var at = Math.Clamp(AtX(x), left + (text.Length * 3.4), width - right - (text.Length * 3.4));
            if (at - last < (text.Length * 7) + 10)
            {
                continue;
            }

            last = at;
            svg.Append(Say($"<text class=axis x={at:0.0} y={height - 8} text-anchor=middle>{Html(text)}</text>"));
        }
    }

    /// <summary>A line through points; a missing value breaks it.</summary>
    public void Line(string style, IEnumerable<(double X, double? Y)> points, bool step = false)
    {
        var path = new StringBuilder();
        var open = false;
        foreach (var (x, y) in points)
        {
            if (y is not { } value || !double.IsFinite(value))
            {
                open = false;
                continue;
            }

            path.Append(!open ? Say($"M{AtX(x):0.#} {AtY(value):0.#}") : step ? Say($"H{AtX(x):0.#}V{AtY(value):0.#}") : Say($"L{AtX(x):0.#} {AtY(value):0.#}"));
            open = true;
        }

        svg.Append($"<path class=\"{style}\" d=\"{path}\" />");
    }

    /// <summary>The area between two values a column.</summary>
    public void Band(string style, IReadOnlyList<(double X, double Low, double High)> points)
    {
        if (points.Count == 0)
        {
            return;
        }

        var path = new StringBuilder();
        for (var i = 0; i < points.Count; i++)
        {
            path.Append(Say($"{(i == 0 ? 'M' : 'L')}{AtX(points[i].X):0.#} {AtY(points[i].High):0.#}"));
        }

        for (var i = points.Count - 1; i >= 0; i--)
        {
            path.Append(Say($"L{AtX(points[i].X):0.#} {AtY(points[i].Low):0.#}"));
        }

        svg.Append($"<path class=\"{style}\" d=\"{path}Z\" />");
    }

    /// <summary>A horizontal line with a name at its right end.</summary>
    public void Level(string style, double value, string name)
    {
        var y = AtY(value);
        svg.Append(Say($"<line class=\"{style}\" x1={left} x2={width - right} y1={y:0.0} y2={y:0.0} />"));
        if (name.Length > 0)
        {
            svg.Append(Say($"<text class=\"axis name\" x={width - right - 4} y={y - 4:0.0} text-anchor=end>{Html(name)}</text>"));
        }
    }

    /// <summary>A triangle up for a purchase, down for a sale.</summary>
    public void Mark(bool bought, double x, double y)
    {
        var (at, on) = (AtX(x), AtY(y));
        svg.Append(bought ? Say($"<path class=bought d=\"M{at:0.#} {on:0.#}l4 8h-8z\" />") : Say($"<path class=sold d=\"M{at:0.#} {on:0.#}l4 -8h-8z\" />"));
    }

    /// <summary>A round dot; its words are shown where a pointer rests on it, and read aloud.</summary>
    public void Dot(string style, double x, double y, string words) => svg.Append(Say($"<circle class=\"{style}\" cx={AtX(x):0.#} cy={AtY(y):0.#} r=3><title>{Html(words)}</title></circle>"));

    /// <summary>A bar from zero, with words as a dot has.</summary>
    public void Bar(string style, double from, double to, double value, string words)
    {
        var (a, b) = (AtX(from), AtX(to));
        var (zero, top) = (AtY(Math.Clamp(0, Y.Low, Y.High)), AtY(value));
        svg.Append(Say($"<rect class=\"{style}\" x={a + 0.5:0.0} y={Math.Min(zero, top):0.0} width={Math.Max(0.5, b - a - 1):0.0} height={Math.Abs(zero - top):0.0}><title>{Html(words)}</title></rect>"));
    }

    /// <summary>A stretch that is shaded and hatched from top to bottom: seen on grey paper, too.</summary>
    public void Shade(string style, double from, double to)
    {
        const int Gap = 8;
        var (left, wide, tall) = (AtX(from), Math.Max(1, AtX(to) - AtX(from)), height - Top - Bottom);
        svg.Append(Say($"<rect class=\"{style}\" x={left:0.0} y={Top} width={wide:0.0} height={tall} />"));
        var path = new StringBuilder();
        for (var start = Gap - tall; start < wide; start += Gap)
        {
            // Rising at 45 degrees from the stretch's lower left, cut off at its edges.
            var (low, high) = (Math.Max(0, start), Math.Min(wide, start + tall));
            path.Append(Say($"M{left + low:0.#} {height - Bottom - (low - start):0.#}L{left + high:0.#} {height - Bottom - (high - start):0.#}"));
        }

        svg.Append($"<path class=\"{style} hatch\" d=\"{path}\" />");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Say($"<svg viewBox=\"0 0 {width} {height}\" role=img aria-label=\"{Html(title)}\"><title>{Html(title)}</title><desc>{Html(description)}</desc>{svg}</svg>");

    private static double Step(double range, int most)
    {
        var raw = range / most;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var lead = raw / power;
        return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10);
    }

    private double AtX(double x) => left + ((x - X.Low) / (X.High - X.Low) * (width - left - right));

    private double AtY(double y) => height - Bottom - ((y - Y.Low) / (Y.High - Y.Low) * (height - Top - Bottom));

    private static string Html(string text) => WebUtility.HtmlEncode(text);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
