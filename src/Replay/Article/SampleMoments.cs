namespace EventSourcedMM.Replay.Article;

/// <summary>
/// Mean, standard deviation and the standard errors of both, accumulated one observation at a time without
/// keeping them (the update formulas of P. Pébay, Sandia report SAND2008-6212, for one new observation).
/// </summary>
public struct SampleMoments
{
    private double _m2;
    private double _m3;
    private double _m4;

    /// <summary>Number of observations.</summary>
    public long Count { get; private set; }

    /// <summary>The sample mean; 0 while there are no observations.</summary>
    public double Mean { get; private set; }

    /// <summary>The standard deviation with n − 1 in the denominator; 0 below two observations.</summary>
    public readonly double StandardDeviation => Count < 2 ? 0.0 : Math.Sqrt(_m2 / (Count - 1));

    /// <summary>The fourth central moment over the squared variance, both with n in the denominator: 3 for a normal; 0 if nothing varies.</summary>
    public readonly double Kurtosis => _m2 == 0.0 ? 0.0 : Count * _m4 / (_m2 * _m2);

    /// <summary>Standard error of <see cref="Mean"/>: s/√n.</summary>
    public readonly double MeanError => Count == 0 ? 0.0 : StandardDeviation / Math.Sqrt(Count);

    /// <summary>Standard error of <see cref="StandardDeviation"/>, from the sample's own fourth moment.</summary>
    public readonly double StandardDeviationError =>
        Count < 2 ? 0.0 : ErrorOfStandardDeviation(StandardDeviation, _m4 / Count, Count);

    /// <summary>
    /// The standard error of a sample's standard deviation: √((μ4 − σ⁴·(n − 3)/(n − 1))/n)/(2σ), which is the exact
    /// variance of s² carried to s to first order.
    /// </summary>
    /// <param name="standardDeviation">σ; 0 gives 0.</param>
    /// <param name="fourthCentralMoment">μ4.</param>
    /// <param name="count">n, at least 2.</param>
    public static double ErrorOfStandardDeviation(double standardDeviation, double fourthCentralMoment, long count)
    {
        if (standardDeviation == 0.0)
        {
            return 0.0;
        }
        double variance = standardDeviation * standardDeviation;
        double varianceOfVariance =
            (fourthCentralMoment - variance * variance * ((count - 3) / (double)(count - 1))) / count;
        // μ4 ≥ σ⁴ always, but two nearly equal numbers may round to a difference below zero.
        return varianceOfVariance <= 0.0 ? 0.0 : Math.Sqrt(varianceOfVariance) / (2.0 * standardDeviation);
    }

    /// <summary>Takes one more observation.</summary>
    public void Add(double value)
    {
        double before = Count;
        Count += 1;
        double n = Count;
        double delta = value - Mean;
        double deltaN = delta / n;
        double deltaN2 = deltaN * deltaN;
        double term = delta * deltaN * before;
        Mean += deltaN;
        _m4 += term * deltaN2 * (n * n - 3.0 * n + 3.0) + 6.0 * deltaN2 * _m2 - 4.0 * deltaN * _m3;
        _m3 += term * deltaN * (n - 2.0) - 3.0 * deltaN * _m2;
        _m2 += term;
    }
}
