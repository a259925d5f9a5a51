using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Replay.Article;

/// <summary>
/// The experiment's moments without sampling error, by dynamic programming backwards over (step, inventory). The
/// derivation stands in docs/article.md.
/// </summary>
/// <remarks>
/// Quotes' distances from the mid depend on (step, q) only, and the mid's moves do not depend on fills, so (step, q) is
/// a Markov chain and the profit is the sum over steps of a·δa + b·δb + q'·ε. All inventories that can be reached are
/// carried (|q| ≤ step), so no probability mass is neglected. Central moments are recursed directly, as sums of what
/// each step adds about its own conditional mean: nothing is lost by subtracting squares of means.
/// </remarks>
public sealed record ExactMoments
{
    private ExactMoments()
    {
    }

    /// <summary>The average over the steps' left end points of ask minus bid, quote.</summary>
    public required double AverageSpread { get; init; }

    /// <summary>Mean of the profit, quote.</summary>
    public required double ProfitMean { get; init; }

    /// <summary>Standard deviation of the profit, quote.</summary>
    public required double ProfitStandardDeviation { get; init; }

    /// <summary>Fourth central moment of the profit, quote⁴: what the sampling error of a standard deviation needs.</summary>
    public required double ProfitFourthMoment { get; init; }

    /// <summary>Fourth central moment of the profit over its squared variance; 0 if nothing varies.</summary>
    public double ProfitKurtosis => Kurtosis(ProfitStandardDeviation, ProfitFourthMoment);

    /// <summary>Mean of the final inventory, units.</summary>
    public required double InventoryMean { get; init; }

    /// <summary>Standard deviation of the final inventory, units.</summary>
    public required double InventoryStandardDeviation { get; init; }

    /// <summary>Fourth central moment of the final inventory, units⁴.</summary>
    public required double InventoryFourthMoment { get; init; }

    /// <summary>Computes the moments of one row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">γ is so large that moments leave the range of double.</exception>
    public static ExactMoments Compute(ArticleExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        int steps = experiment.Steps;
        double moveVariance = experiment.MidMove * experiment.MidMove;

        // Index q + steps; before step n only |q| ≤ n can occur. After the last step nothing is left to earn, and the
        // final inventory is q itself.
        int width = 2 * steps + 1;
        var profit = new CentralMoments[width];
        var inventory = new CentralMoments[width];
        for (int q = -steps; q <= steps; q++)
        {
            inventory[q + steps] = new CentralMoments(q, 0.0, 0.0, 0.0);
        }

        double spreadSum = 0.0;
        var nextProfit = new CentralMoments[width];
        var nextInventory = new CentralMoments[width];
        for (int step = steps - 1; step >= 0; step--)
        {
            (profit, nextProfit) = (nextProfit, profit);
            (inventory, nextInventory) = (nextInventory, inventory);
            spreadSum += experiment.QuotesAt(step, ArticleExperiment.StartingMid, 0).Spread;
            for (int q = -step; q <= step; q++)
            {
                // The quotes move one for one with the mid, so their distances from it are those at mid zero.
                ModelQuote quote = experiment.QuotesAt(step, 0.0, q);
                double askDistance = quote.Ask;
                double bidDistance = -quote.Bid;
                double sell = ArticleExperiment.FillProbability(askDistance);
                double buy = ArticleExperiment.FillProbability(bidDistance);
                double none = (1.0 - sell) * (1.0 - buy);
                double sold = sell * (1.0 - buy);
                double bought = (1.0 - sell) * buy;
                double both = sell * buy;
                int i = q + steps;

                profit[i] = CentralMoments.Mix(
                    new(none, 0.0, nextProfit[i], q * q * moveVariance),
                    new(sold, askDistance, nextProfit[i - 1], (q - 1) * (q - 1) * moveVariance),
                    new(bought, bidDistance, nextProfit[i + 1], (q + 1) * (q + 1) * moveVariance),
                    new(both, askDistance + bidDistance, nextProfit[i], q * q * moveVariance));
                inventory[i] = CentralMoments.Mix(
                    new(none, 0.0, nextInventory[i], 0.0),
                    new(sold, 0.0, nextInventory[i - 1], 0.0),
                    new(bought, 0.0, nextInventory[i + 1], 0.0),
                    new(both, 0.0, nextInventory[i], 0.0));
            }
        }

        CentralMoments p = profit[steps];
        CentralMoments f = inventory[steps];
        if (!double.IsFinite(p.Mean) || !double.IsFinite(p.Fourth))
        {
            throw new ArgumentOutOfRangeException(
                nameof(experiment), experiment.Gamma, "γ is so large that the profit's moments leave the range of double. Use a smaller γ.");
        }
        return new ExactMoments
        {
            AverageSpread = spreadSum / steps,
            ProfitMean = p.Mean,
            ProfitStandardDeviation = Math.Sqrt(p.Second),
            ProfitFourthMoment = p.Fourth,
            InventoryMean = f.Mean,
            InventoryStandardDeviation = Math.Sqrt(f.Second),
            InventoryFourthMoment = f.Fourth,
        };
    }

    private static double Kurtosis(double standardDeviation, double fourthMoment)
    {
        double variance = standardDeviation * standardDeviation;
        return variance == 0.0 ? 0.0 : fourthMoment / (variance * variance);
    }

    /// <summary>One way a step can end.</summary>
    /// <param name="Probability">Its probability.</param>
    /// <param name="Gain">What the step's fills earn against the mid.</param>
    /// <param name="Rest">The moments of everything after the step, from the state this outcome leads to.</param>
    /// <param name="MoveVariance">
    /// The variance q'²σ²dt of the gain ±q'σ√dt that the mid's move makes on the inventory after the fills.
    /// </param>
    private readonly record struct Outcome(double Probability, double Gain, CentralMoments Rest, double MoveVariance);

    /// <summary>A mean and the second, third and fourth moments about it.</summary>
    private readonly record struct CentralMoments(double Mean, double Second, double Third, double Fourth)
    {
        /// <summary>
        /// The moments of a mixture of the four outcomes of a step. Within an outcome the total about the mixture's mean is
        /// c + e + D: c the outcome's own deviation, e = ±√v the mid's move, D the rest about its mean; the three
        /// are independent, e's odd moments are zero and its fourth is v².
        /// </summary>
        public static CentralMoments Mix(in Outcome none, in Outcome sold, in Outcome bought, in Outcome both)
        {
            double mean = Weighted(none) + Weighted(sold) + Weighted(bought) + Weighted(both);
            double second = 0.0;
            double third = 0.0;
            double fourth = 0.0;
            Add(none, mean, ref second, ref third, ref fourth);
            Add(sold, mean, ref second, ref third, ref fourth);
            Add(bought, mean, ref second, ref third, ref fourth);
            Add(both, mean, ref second, ref third, ref fourth);
            return new CentralMoments(mean, second, third, fourth);
        }

        private static double Weighted(in Outcome outcome) => outcome.Probability * (outcome.Gain + outcome.Rest.Mean);

        private static void Add(in Outcome outcome, double mean, ref double second, ref double third, ref double fourth)
        {
            if (outcome.Probability == 0.0)
            {
                return;
            }
            CentralMoments rest = outcome.Rest;
            double v = outcome.MoveVariance;
            double c = outcome.Gain + rest.Mean - mean;
            double c2 = c * c;
            second += outcome.Probability * (c2 + v + rest.Second);
            third += outcome.Probability * (c * (c2 + 3.0 * (v + rest.Second)) + rest.Third);
            fourth += outcome.Probability
                * (c2 * c2 + 6.0 * c2 * v + v * v + 6.0 * (c2 + v) * rest.Second + 4.0 * c * rest.Third + rest.Fourth);
        }
    }
}
