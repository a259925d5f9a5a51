using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>
/// PnL increments between marks: mean, deviation, Sharpe. The first increment starts at the run's start with equity 0.
/// </summary>
/// <param name="stepSeconds">Seconds between marks.</param>
/// <param name="moneyFactor">Money units per quote.</param>
public sealed class PnlSeries(long stepSeconds, double moneyFactor)
{
    private const double SecondsPerYear = 365.0 * 86_400.0;

    private Int128 last;
    private double squares;

    /// <summary>Number of increments.</summary>
    public long Count { get; private set; }

    /// <summary>Mean increment in quote; 0 without any.</summary>
    public double Mean { get; private set; }

    /// <summary>Standard deviation of the increments in quote, divisor n − 1; 0 below two increments.</summary>
    public double Deviation => Count < 2 ? 0 : Math.Sqrt(squares / (Count - 1));

    /// <summary>mean / deviation × √(steps in a year of 365 days); null when the deviation is zero.</summary>
    public double? Sharpe => Deviation > 0 ? Mean / Deviation * Math.Sqrt(SecondsPerYear / stepSeconds) : null;

    /// <summary>Writes what changes, to be continued from.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        writer.Money("last", ref last);
        writer.Real("squares", ref squares);
        writer.Signed(Count);
        var mean = Mean;
        writer.Real("mean", ref mean);
    }

    /// <summary>Continues from what <see cref="Keep"/> wrote.</summary>
    internal void Continue(ref CanonicalReader reader)
    {
        reader.Money("last", ref last);
        reader.Real("squares", ref squares);
        Count = reader.Signed();
        var mean = 0.0;
        reader.Real("mean", ref mean);
        Mean = mean;
    }

    /// <summary>A mark with the equity then.</summary>
    public void Mark(Int128 equity)
    {
        var increment = (double)(equity - last) / moneyFactor;
        last = equity;
        Count++;

        // Squared deviations from the running mean: equal increments have exactly none (B. P. Welford, Technometrics 4(3), 1962).
        var distance = increment - Mean;
        Mean += distance / Count;
        squares += distance * distance * ((double)(Count - 1) / Count);
    }
}
