using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Replay.Article;

/// <summary>What a Monte Carlo run of one row gave.</summary>
/// <param name="AverageSpread">Ask minus bid averaged over all steps and paths, quote.</param>
/// <param name="Profit">Cash plus inventory at the final mid, quote.</param>
/// <param name="FinalInventory">q at the end, units.</param>
public readonly record struct MonteCarloResult(double AverageSpread, SampleMoments Profit, SampleMoments FinalInventory);

/// <summary>The article's experiment walked path by path with seeded random numbers.</summary>
public static class ArticleMonteCarlo
{
    /// <summary>
    /// Walks <paramref name="paths"/> paths. The result depends on the experiment, the number of paths and the seed alone:
    /// not on the machine, nor on which other rows are run. Each step draws, in this order: the fill of the ask, the
    /// fill of the bid, the direction of the mid.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two paths: no standard deviation.</exception>
    public static MonteCarloResult Run(ArticleExperiment experiment, int paths, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentOutOfRangeException.ThrowIfLessThan(paths, 2);

        var random = new Xoshiro256StarStar(SeedOfRow(experiment, seed));
        var profit = new SampleMoments();
        var finalInventory = new SampleMoments();
        double spreadSum = 0.0;
        for (int path = 0; path < paths; path++)
        {
            double mid = ArticleExperiment.StartingMid;
            double cash = 0.0;
            double pathSpread = 0.0;
            int inventory = 0;
            for (int step = 0; step < experiment.Steps; step++)
            {
                ModelQuote quote = experiment.QuotesAt(step, mid, inventory);
                pathSpread += quote.Spread;
                bool sold = random.NextUnit() < ArticleExperiment.FillProbability(quote.Ask - mid);
                bool bought = random.NextUnit() < ArticleExperiment.FillProbability(mid - quote.Bid);
                if (sold)
                {
                    cash += quote.Ask;
                    inventory -= 1;
                }
                if (bought)
                {
                    cash -= quote.Bid;
                    inventory += 1;
                }
                mid += random.NextCoin() ? experiment.MidMove : -experiment.MidMove;
            }
            spreadSum += pathSpread / experiment.Steps;
            profit.Add(cash + inventory * mid);
            finalInventory.Add(inventory);
        }
        return new MonteCarloResult(spreadSum / paths, profit, finalInventory);
    }

    /// <summary>
    /// A seed of its own for every row, so that rows are independent samples and a row is the same whichever other
    /// rows stand beside it: three rounds of SplitMix64 over the user's seed, the bits of γ and the strategy.
    /// </summary>
    private static ulong SeedOfRow(ArticleExperiment experiment, ulong seed)
    {
        ulong mixed = new SplitMix64(seed).Next();
        mixed = new SplitMix64(mixed ^ BitConverter.DoubleToUInt64Bits(experiment.Gamma)).Next();
        return new SplitMix64(mixed ^ (ulong)experiment.Strategy).Next();
    }
}
