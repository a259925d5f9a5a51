using EventSourcedMM.Replay.Article;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Replay.Article;

public sealed class SampleMomentsTests
{
    /// <summary>The naive twin: keep everything, two passes.</summary>
    [Property(MaxTest = 300)]
    public bool Add_AnyValues_EqualsTwoPasses(int[] integers)
    {
        double[] values = integers.Select(i => i / 8.0).ToArray();
        var moments = new SampleMoments();
        foreach (double value in values)
        {
            moments.Add(value);
        }
        if (values.Length < 2)
        {
            return moments.StandardDeviation == 0.0 && moments.StandardDeviationError == 0.0 && moments.Count == values.Length;
        }
        int n = values.Length;
        double mean = values.Sum() / n;
        double variance = values.Sum(v => Math.Pow(v - mean, 2)) / (n - 1);
        double fourth = values.Sum(v => Math.Pow(v - mean, 4)) / n;
        double std = Math.Sqrt(variance);
        double varianceOfVariance = Math.Max(0.0, (fourth - variance * variance * (n - 3) / (n - 1)) / n);
        double stdError = std == 0.0 ? 0.0 : Math.Sqrt(varianceOfVariance) / (2.0 * std);
        return Close(moments.Mean, mean, std)
            && Close(moments.StandardDeviation, std, std)
            && Close(moments.MeanError, std / Math.Sqrt(n), std)
            // The root of a difference that may vanish: compare its square.
            && Close(moments.StandardDeviationError * moments.StandardDeviationError, stdError * stdError, variance)
            && (variance == 0.0 || Close(moments.Kurtosis, fourth / Math.Pow(variance * (n - 1) / n, 2), n));
    }

    [Fact]
    public void ErrorOfStandardDeviation_NormalFourthMoment_IsTheTextbookFormula()
    {
        const double sigma = 3.0;
        const int n = 1000;
        double error = SampleMoments.ErrorOfStandardDeviation(sigma, 3.0 * Math.Pow(sigma, 4), n);
        Assert.Equal(sigma / Math.Sqrt(2.0 * (n - 1)), error, 1e-12);
    }

    [Fact]
    public void ErrorOfStandardDeviation_NothingVaries_IsZero() =>
        Assert.Equal(0.0, SampleMoments.ErrorOfStandardDeviation(0.0, 0.0, 10));

    private static bool Close(double actual, double expected, double scale) =>
        Math.Abs(actual - expected) <= 1e-10 * (Math.Abs(expected) + Math.Abs(scale)) + 1e-12;
}
