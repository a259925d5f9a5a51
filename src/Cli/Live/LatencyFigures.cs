using System.Globalization;
using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Cli.Live;

/// <summary>A latency's figures in nanoseconds of the machine; each right to 6 %.</summary>
/// <param name="Count">How many were counted.</param>
/// <param name="Half">50 % are at most this.</param>
/// <param name="NinetyNine">99 % are.</param>
/// <param name="Thousandth">99.9 % are.</param>
/// <param name="Most">All are.</param>
internal sealed record LatencyFigures(long Count, long Half, long NinetyNine, long Thousandth, long Most)
{
    /// <summary>The figures of a histogram.</summary>
    public static LatencyFigures Of(DelayHistogram histogram) => histogram.Count == 0
        ? new LatencyFigures(0, 0, 0, 0, 0)
        : new LatencyFigures(histogram.Count, histogram.Percentile(0.5)!.Value, histogram.Percentile(0.99)!.Value, histogram.Percentile(0.999)!.Value, histogram.Percentile(1)!.Value);

    /// <summary>Quantiles by name.</summary>
    public IEnumerable<(string Name, long Nanoseconds)> Quantiles() => Count == 0 ? [] : [("0.5", Half), ("0.99", NinetyNine), ("0.999", Thousandth), ("1", Most)];

    /// <summary>For people, in microseconds.</summary>
    public string Text() => Count == 0
        ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{Half / 1e3:0.#}/{NinetyNine / 1e3:0.#}/{Thousandth / 1e3:0.#}/{Most / 1e3:0.#} µs");
}
