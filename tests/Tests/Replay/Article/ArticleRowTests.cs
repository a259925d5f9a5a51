using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Tests.Replay.Article;

public sealed class ArticleRowTests
{
    public static TheoryData<double, ArticleStrategy> Rows()
    {
        var data = new TheoryData<double, ArticleStrategy>();
        foreach (PublishedRow row in PublishedRow.All)
        {
            data.Add(row.Gamma, row.Strategy);
        }
        data.Add(0.0, ArticleStrategy.Inventory);
        data.Add(5.0, ArticleStrategy.Inventory);
        return data;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void MonteCarlo_TwentyThousandPaths_WithinFourErrorsOfExact(double gamma, ArticleStrategy strategy)
    {
        const int paths = 20_000;
        var experiment = new ArticleExperiment(gamma, strategy);
        MonteCarloResult sampled = ArticleMonteCarlo.Run(experiment, paths, seed: 2008);
        ExactMoments exact = ExactMoments.Compute(experiment);

        Assert.Equal(exact.AverageSpread, sampled.AverageSpread, 1e-9);
        Within(4.0, exact.ProfitMean, sampled.Profit.Mean, MeanError(exact.ProfitStandardDeviation, paths));
        Within(4.0, exact.ProfitStandardDeviation, sampled.Profit.StandardDeviation, ProfitStdError(exact, paths));
        Within(4.0, exact.InventoryMean, sampled.FinalInventory.Mean, MeanError(exact.InventoryStandardDeviation, paths));
        Within(
            4.0, exact.InventoryStandardDeviation, sampled.FinalInventory.StandardDeviation, InventoryStdError(exact, paths));

        // The errors that the sample itself states agree with the exact ones.
        Assert.Equal(1.0, sampled.Profit.MeanError / MeanError(exact.ProfitStandardDeviation, paths), 0.05);
        Assert.Equal(1.0, sampled.Profit.StandardDeviationError / ProfitStdError(exact, paths), 0.15);
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void Exact_PublishedRow_WithinItsOwnSamplingErrors(int index)
    {
        PublishedRow row = PublishedRow.All[index];
        ExactMoments exact = ExactMoments.Compute(new ArticleExperiment(row.Gamma, row.Strategy));
        const int paths = PublishedRow.Paths;

        Within(1.0, exact.AverageSpread, row.Spread, row.Gamma * 4.0 * 0.005 / 2.0 + 0.005);
        // Three standard errors of 1000 paths, and half a unit of the last printed digit.
        Within(3.0, exact.ProfitMean, row.Profit, MeanError(exact.ProfitStandardDeviation, paths), 0.05);
        Within(3.0, exact.ProfitStandardDeviation, row.ProfitStandardDeviation, ProfitStdError(exact, paths), 0.05);
        Within(3.0, exact.InventoryMean, row.FinalInventory, MeanError(exact.InventoryStandardDeviation, paths), 0.005);
        Within(
            3.0, exact.InventoryStandardDeviation, row.FinalInventoryStandardDeviation, InventoryStdError(exact, paths), 0.05);
    }

    public static TheoryData<int> Published() => new(Enumerable.Range(0, PublishedRow.All.Count));

    /// <summary>The numbers of a seed never change, on any machine; a port of the experiment to Python gives these bits too.</summary>
    [Fact]
    public void MonteCarlo_FixedSeed_SameBitsEverywhere()
    {
        MonteCarloResult result = ArticleMonteCarlo.Run(new ArticleExperiment(0.1, ArticleStrategy.Inventory), 100, seed: 1);
        Assert.Equal("40503AC44E4A1112", Bits(result.Profit.Mean));
        Assert.Equal("3FDBEB4FEC1D28CC", Bits(result.Profit.StandardDeviationError));
        Assert.Equal("4008011198328851", Bits(result.FinalInventory.StandardDeviation));
    }

    [Fact]
    public void ComputeAll_RowAlone_SameAsAmongOthers()
    {
        IReadOnlyList<ArticleRow> all = ArticleRow.ComputeAll([0.1, 0.01, 1.0], 50, seed: 3);
        IReadOnlyList<ArticleRow> alone = ArticleRow.ComputeAll([0.01], 50, seed: 3);
        Assert.Equal(6, all.Count);
        Assert.Equal(2, alone.Count);
        Assert.Equal(all[2].Sampled, alone[0].Sampled);
        Assert.Equal(all[3].Sampled, alone[1].Sampled);
        Assert.Equal(ArticleStrategy.Symmetric, alone[1].Experiment.Strategy);
    }

    [Fact]
    public void MonteCarlo_OtherSeed_OtherPaths()
    {
        var experiment = new ArticleExperiment(0.1, ArticleStrategy.Inventory);
        Assert.NotEqual(ArticleMonteCarlo.Run(experiment, 50, 1).Profit.Mean, ArticleMonteCarlo.Run(experiment, 50, 2).Profit.Mean);
    }

    [Fact]
    public void MonteCarlo_OnePath_Refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => ArticleMonteCarlo.Run(new ArticleExperiment(0.1, ArticleStrategy.Inventory), 1, 1));

    [Fact]
    public void Find_GammaNotPrinted_IsNull() => Assert.Null(PublishedRow.Find(0.5, ArticleStrategy.Inventory));

    private static double MeanError(double standardDeviation, int paths) => standardDeviation / Math.Sqrt(paths);

    private static double ProfitStdError(ExactMoments exact, int paths) =>
        SampleMoments.ErrorOfStandardDeviation(exact.ProfitStandardDeviation, exact.ProfitFourthMoment, paths);

    private static double InventoryStdError(ExactMoments exact, int paths) =>
        SampleMoments.ErrorOfStandardDeviation(exact.InventoryStandardDeviation, exact.InventoryFourthMoment, paths);

    private static void Within(double errors, double exact, double value, double error, double rounding = 0.0) =>
        Assert.True(
            Math.Abs(value - exact) <= errors * error + rounding,
            $"{value} is {Math.Abs(value - exact) / error:F2} standard errors ({error}) from {exact}");

    private static string Bits(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("X16");
}
