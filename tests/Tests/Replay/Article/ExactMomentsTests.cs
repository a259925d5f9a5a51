using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Tests.Replay.Article;

public sealed class ExactMomentsTests
{
    public static TheoryData<double, ArticleStrategy, int> FewSteps()
    {
        var data = new TheoryData<double, ArticleStrategy, int>();
        foreach (double gamma in (double[])[0.0, 0.01, 0.1, 1.0, 30.0])
        {
            foreach (ArticleStrategy strategy in Enum.GetValues<ArticleStrategy>())
            {
                for (int steps = 1; steps <= 4; steps++)
                {
                    data.Add(gamma, strategy, steps);
                }
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(FewSteps))]
    public void Compute_FewSteps_EqualsEveryOutcomeEnumerated(double gamma, ArticleStrategy strategy, int steps)
    {
        var expected = new Enumeration(gamma, strategy, steps);
        ExactMoments exact = ExactMoments.Compute(new ArticleExperiment(gamma, strategy, steps));

        Assert.Equal(1.0, expected.TotalProbability, 1e-13);
        Same(expected.ProfitMean, exact.ProfitMean);
        Same(expected.ProfitVariance, exact.ProfitStandardDeviation * exact.ProfitStandardDeviation);
        Same(expected.ProfitFourth, exact.ProfitFourthMoment);
        Same(expected.InventoryMean, exact.InventoryMean);
        Same(expected.InventoryVariance, exact.InventoryStandardDeviation * exact.InventoryStandardDeviation);
        Same(expected.InventoryFourth, exact.InventoryFourthMoment);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.01)]
    [InlineData(1.0)]
    public void AverageSpread_Inventory_LargerThanSymmetricByHalfAStep(double gamma)
    {
        double inventory = Exact(gamma, ArticleStrategy.Inventory).AverageSpread;
        double symmetric = Exact(gamma, ArticleStrategy.Symmetric).AverageSpread;
        Assert.Equal(gamma * 4.0 * 0.005 / 2.0, inventory - symmetric, 1e-12);
        Assert.Equal(gamma * 4.0 / 2.0 + 2.0 / gamma * Math.Log(1.0 + gamma / 1.5), symmetric, 1e-12);
    }

    [Fact]
    public void ProfitKurtosis_SymmetricAtSmallGamma_HeavyTails()
    {
        Assert.Equal(5.5, Exact(0.1, ArticleStrategy.Symmetric).ProfitKurtosis, 0.15);
        Assert.Equal(5.5, Exact(0.01, ArticleStrategy.Symmetric).ProfitKurtosis, 0.15);
    }

    [Fact]
    public void Compute_ZeroGamma_BothStrategiesAreOne()
    {
        Assert.Equal(Exact(0.0, ArticleStrategy.Symmetric), Exact(0.0, ArticleStrategy.Inventory));
    }

    /// <summary>For the symmetric strategy the final inventory is a sum of independent steps: var = 2·n·p·(1 − p).</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0)]
    public void Compute_Symmetric_InventoryVarianceIsBinomial(double gamma)
    {
        ExactMoments exact = Exact(gamma, ArticleStrategy.Symmetric);
        double p = 140.0 * Math.Exp(-1.5 * exact.AverageSpread / 2.0) * 0.005;
        Assert.Equal(Math.Sqrt(2.0 * 200 * p * (1.0 - p)), exact.InventoryStandardDeviation, 1e-10);
        Assert.Equal(200 * p * exact.AverageSpread, exact.ProfitMean, 1e-9);
    }

    [Fact]
    public void FillProbability_IsTheLiteralIntensityTimesStep_NeverAboveOne()
    {
        Assert.Equal(140.0 * Math.Exp(-1.5 * 0.7) * 0.005, ArticleExperiment.FillProbability(0.7), 1e-15);
        Assert.Equal(1.0, ArticleExperiment.FillProbability(-3.0));
        Assert.Equal(1.0, ArticleExperiment.FillProbability(-1e9));
        Assert.Equal(0.0, ArticleExperiment.FillProbability(1e9));
    }

    [Fact]
    public void QuotesAt_LargeInventoryAtGammaOne_GoThroughTheMid()
    {
        var experiment = new ArticleExperiment(1.0, ArticleStrategy.Inventory);
        Assert.True(experiment.QuotesAt(0, 100.0, 5).Ask < 100.0);
        Assert.True(experiment.QuotesAt(0, 100.0, -5).Bid > 100.0);
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void Experiment_BadGamma_Refused(double gamma) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArticleExperiment(gamma, ArticleStrategy.Inventory));

    private static ExactMoments Exact(double gamma, ArticleStrategy strategy) =>
        ExactMoments.Compute(new ArticleExperiment(gamma, strategy));

    /// <summary>
    /// Near machine precision. The twin's own profit comes from cash and prices near 100, whose rounding it cannot get below.
    /// </summary>
    private static void Same(double expected, double actual) =>
        Assert.Equal(expected, actual, 1e-12 * Math.Abs(expected) + 1e-13);
}
