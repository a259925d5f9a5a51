using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Projections.Volatility;

/// <summary>
/// σ² of the mid from samples on the timer's grid (docs/model.md, "Volatility"): the mean square of mid changes over
/// <c>lag</c> steps, overlapping, in a window of changes; no mean is subtracted, so a trend counts as risk.
/// Changes over several steps count the bounce between bid and ask less than changes over one.
/// </summary>
public sealed class VolatilityEstimator
{
    // A sample without a trustworthy book; no real mid is negative.
    private const long Missing = -1;

    private readonly int window;
    private readonly int lag;
    private readonly int warmup;
    private readonly double stepSeconds;
    private readonly double unitsSquared;
    private readonly double floor;

    // The newest samples stand in one piece at the end of what is used; when the room is used up they move to the front.
    private readonly long[] samples;
    private int used;
    private long taken;

    /// <summary>An estimator without samples.</summary>
    /// <param name="window">Changes in the estimate.</param>
    /// <param name="lag">Steps a change spans.</param>
    /// <param name="warmup">Changes needed before the estimate counts.</param>
    /// <param name="stepSeconds">Length of a step in seconds.</param>
    /// <param name="priceFactor">Price units per quote.</param>
    /// <param name="floor">Least σ in quote/√s.</param>
    public VolatilityEstimator(int window, int lag, int warmup, double stepSeconds, long priceFactor, double floor)
    {
        this.window = window;
        this.lag = lag;
        this.warmup = warmup;
        this.stepSeconds = stepSeconds;
        this.floor = floor;

        // Samples are twice the mid, so squares carry a factor four.
        unitsSquared = 4.0 * priceFactor * priceFactor;
        samples = new long[4 * (window + lag)];
    }

    /// <summary>σ² in quote² per second; meaningful when <see cref="IsReady"/>.</summary>
    public double Variance { get; private set; }

    /// <summary>Changes in the current estimate.</summary>
    public int Changes { get; private set; }

    /// <summary>Changes needed before the estimate counts.</summary>
    public int Warmup => warmup;

    /// <summary>True once enough changes were seen.</summary>
    public bool IsReady => Changes >= warmup;

    /// <summary>Takes a sample: best bid plus best ask in price units, or null without a trustworthy book.</summary>
    public void Sample(long? midTwice)
    {
        if (used == samples.Length)
        {
            var kept = window + lag;
            Array.Copy(samples, used - kept + 1, samples, 0, kept - 1);
            used = kept - 1;
        }

        samples[used++] = midTwice ?? Missing;
        taken++;
        Estimate();
    }

    /// <summary>The newest samples were none: they count as taken without a trustworthy book.</summary>
    /// <param name="count">How many, at least 0.</param>
    public void Forget(long count)
    {
        samples.AsSpan(used - (int)Math.Min(count, used), (int)Math.Min(count, used)).Fill(Missing);
        Estimate();
    }

    /// <summary>Writes the state in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(taken);
        foreach (var sample in samples.AsSpan(Math.Max(0, used - window - lag), Math.Min(used, window + lag)))
        {
            writer.Signed(sample);
        }

        var variance = Variance;
        writer.Real("variance", ref variance);
        writer.Signed(Changes);
    }

    /// <summary>Continues from what <see cref="WriteTo"/> wrote of an estimator with the same parameters.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such state.</exception>
    internal void Continue(ref CanonicalReader reader)
    {
        taken = reader.Signed();
        if (taken < 0)
        {
            throw new CanonicalFormatException($"{taken} samples were taken");
        }

        used = (int)Math.Min(taken, window + lag);
        for (var i = 0; i < used; i++)
        {
            samples[i] = reader.Signed();
        }

        var variance = 0.0;
        reader.Real("variance", ref variance);
        Variance = variance;
        Changes = checked((int)reader.Signed());
    }

    private void Estimate()
    {
        var kept = window + lag;
        var (sum, changes) = SumSquares(samples.AsSpan(Math.Max(0, used - kept), Math.Min(used, kept)));
        Changes = changes;
        if (changes > 0)
        {
            var perSecond = sum / ((double)changes * lag) / stepSeconds / unitsSquared;
            Variance = Math.Max(perSecond, floor * floor);
        }
    }

    // From the oldest change to the newest: the order of additions is part of the result.
    private (double Sum, int Changes) SumSquares(ReadOnlySpan<long> recent)
    {
        var sum = 0.0;
        var changes = 0;
        for (var j = lag; j < recent.Length; j++)
        {
            var now = recent[j];
            var before = recent[j - lag];
            if (now != Missing && before != Missing)
            {
                double change = now - before;
                sum += change * change;
                changes++;
            }
        }

        return (sum, changes);
    }
}
