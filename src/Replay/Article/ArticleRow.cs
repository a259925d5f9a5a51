namespace EventSourcedMM.Replay.Article;

/// <summary>One row of the comparison: what was published, what paths gave, what is exact.</summary>
/// <param name="Experiment">The row's γ and strategy.</param>
/// <param name="Published">The article's row; null for a γ it does not print.</param>
/// <param name="Sampled">The Monte Carlo result.</param>
/// <param name="Exact">The moments by dynamic programming.</param>
public sealed record ArticleRow(
    ArticleExperiment Experiment, PublishedRow? Published, MonteCarloResult Sampled, ExactMoments Exact)
{
    /// <summary>Computes both strategies' rows for every γ, in the given order.</summary>
    /// <param name="gammas">The risk aversions.</param>
    /// <param name="paths">Monte Carlo paths a row, at least 2.</param>
    /// <param name="seed">Any number; the same seed gives the same rows on every machine.</param>
    /// <exception cref="ArgumentOutOfRangeException">A γ or the number of paths is out of range.</exception>
    public static IReadOnlyList<ArticleRow> ComputeAll(IReadOnlyList<double> gammas, int paths, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(gammas);
        var rows = new List<ArticleRow>();
        foreach (double gamma in gammas)
        {
            foreach (ArticleStrategy strategy in (ReadOnlySpan<ArticleStrategy>)[ArticleStrategy.Inventory, ArticleStrategy.Symmetric])
            {
                var experiment = new ArticleExperiment(gamma, strategy);
                rows.Add(new ArticleRow(
                    experiment,
                    PublishedRow.Find(gamma, strategy),
                    ArticleMonteCarlo.Run(experiment, paths, seed),
                    ExactMoments.Compute(experiment)));
            }
        }
        return rows;
    }
}
