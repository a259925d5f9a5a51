using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>Time-weighted distribution of q (docs/model.md, "Metrics").</summary>
public sealed class InventoryStatistics
{
    /// <summary>Bins of the histogram, equally wide from −N_max to +N_max; what lies beyond counts in the last bins.</summary>
    public const int Bins = 21;

    private readonly long threshold;
    private readonly long maximum;
    private readonly double unit;
    private readonly long[] timeInBin = new long[Bins];
    private long since;
    private long total;
    private long beyond;
    private double mean;
    private double squares;
    private bool seen;

    /// <summary>A distribution without time.</summary>
    /// <param name="start">When it begins.</param>
    /// <param name="threshold">N★ in quantity units.</param>
    /// <param name="maximum">N_max in quantity units.</param>
    /// <param name="quantityFactor">Quantity units per base.</param>
    public InventoryStatistics(long start, long threshold, long maximum, long quantityFactor)
    {
        since = start;
        this.threshold = threshold;
        this.maximum = maximum;
        unit = quantityFactor;
    }

    /// <summary>Lowest q held, in quantity units; 0 before the first.</summary>
    public long Minimum { get; private set; }

    /// <summary>Highest q held, in quantity units; 0 before the first.</summary>
    public long Maximum { get; private set; }

    /// <summary>Time-weighted mean of q, in base.</summary>
    public double Mean => mean;

    /// <summary>Time-weighted standard deviation of q, in base.</summary>
    public double StandardDeviation => total == 0 ? 0 : Math.Sqrt(squares / total);

    /// <summary>Share of time with |q| above N★, 0 to 1.</summary>
    public double ShareBeyondThreshold => total == 0 ? 0 : (double)beyond / total;

    /// <summary>Share of time in each bin, lowest first.</summary>
    public double[] Histogram() => Array.ConvertAll(timeInBin, t => total == 0 ? 0 : (double)t / total);

    /// <summary>Writes what changes, to be continued from.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        foreach (var number in (ReadOnlySpan<long>)[since, total, beyond, seen ? 1 : 0, Minimum, Maximum, .. timeInBin])
        {
            writer.Signed(number);
        }

        writer.Real("mean", ref mean);
        writer.Real("squares", ref squares);
    }

    /// <summary>Continues from what <see cref="Keep"/> wrote.</summary>
    internal void Continue(ref CanonicalReader reader)
    {
        (since, total, beyond) = (reader.Signed(), reader.Signed(), reader.Signed());
        seen = reader.Signed() != 0;
        (Minimum, Maximum) = (reader.Signed(), reader.Signed());
        foreach (ref var time in timeInBin.AsSpan())
        {
            time = reader.Signed();
        }

        reader.Real("mean", ref mean);
        reader.Real("squares", ref squares);
    }

    /// <summary>q was held from the last call until now.</summary>
    public void Held(long inventory, long now)
    {
        var span = now - since;
        since = now;
        Minimum = seen ? Math.Min(Minimum, inventory) : inventory;
        Maximum = seen ? Math.Max(Maximum, inventory) : inventory;
        seen = true;
        if (span <= 0)
        {
            return;
        }

        // Mean and squared deviations from it go along together: taking the square of the mean from the mean of the
        // squares would leave noise where q hardly moves (D. H. D. West, CACM 22(9), 1979).
        var q = inventory / unit;
        var before = total;
        total += span;
        var distance = q - mean;
        mean += distance * ((double)span / total);
        squares += distance * distance * (span * ((double)before / total));
        if (Math.Abs(inventory) > threshold)
        {
            beyond += span;
        }

        var bin = Division.Divide(((Int128)inventory + maximum) * Bins, (Int128)2 * maximum, Rounding.Down);
        timeInBin[(int)Int128.Clamp(bin, 0, Bins - 1)] += span;
    }
}
