namespace EventSourcedMM.Replay.Article;

/// <summary>
/// A row of tables 1 to 3 of Avellaneda and Stoikov (2008): results of 1000 simulated paths, rounded as printed.
/// </summary>
/// <param name="Gamma">γ.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Spread">Average spread, printed to 0.01.</param>
/// <param name="Profit">Mean profit, printed to 0.1.</param>
/// <param name="ProfitStandardDeviation">Standard deviation of the profit, printed to 0.1.</param>
/// <param name="FinalInventory">Mean final inventory, printed to 0.01.</param>
/// <param name="FinalInventoryStandardDeviation">Standard deviation of the final inventory, printed to 0.1.</param>
public sealed record PublishedRow(
    double Gamma,
    ArticleStrategy Strategy,
    double Spread,
    double Profit,
    double ProfitStandardDeviation,
    double FinalInventory,
    double FinalInventoryStandardDeviation)
{
    /// <summary>The number of paths behind every published row.</summary>
    public const int Paths = 1000;

    /// <summary>All six rows, in the article's order.</summary>
    public static IReadOnlyList<PublishedRow> All { get; } =
    [
        new(0.1, ArticleStrategy.Inventory, 1.49, 65.0, 6.6, 0.08, 2.9),
        new(0.1, ArticleStrategy.Symmetric, 1.49, 68.4, 12.7, 0.26, 8.4),
        new(0.01, ArticleStrategy.Inventory, 1.35, 68.6, 8.7, 0.12, 5.1),
        new(0.01, ArticleStrategy.Symmetric, 1.35, 68.8, 12.8, 0.09, 8.7),
        new(1.0, ArticleStrategy.Inventory, 3.02, 31.4, 5.0, 0.02, 1.7),
        new(1.0, ArticleStrategy.Symmetric, 3.02, 44.0, 11.0, 0.00, 5.1),
    ];

    /// <summary>The row for a γ and strategy, or null: the article prints γ = 0.1, 0.01 and 1 only.</summary>
    public static PublishedRow? Find(double gamma, ArticleStrategy strategy) =>
        All.FirstOrDefault(row => row.Gamma == gamma && row.Strategy == strategy);
}
