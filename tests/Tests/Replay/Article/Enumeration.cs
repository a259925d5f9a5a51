using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Tests.Replay.Article;

/// <summary>
/// The naive twin of the dynamic programming: the article's experiment with every outcome of every step walked and
/// weighted, 8^steps paths, with a real mid and cash account and the formulas written out from the article alone.
/// </summary>
internal sealed class Enumeration
{
    private const double S0 = 100.0;
    private const double Sigma = 2.0;
    private const double Dt = 0.005;
    private const double K = 1.5;
    private const double A = 140.0;

    private readonly double _gamma;
    private readonly bool _inventoryStrategy;
    private readonly int _steps;
    private readonly List<(double Probability, double Profit, double Inventory)> _ends = [];

    public Enumeration(double gamma, ArticleStrategy strategy, int steps)
    {
        _gamma = gamma;
        _inventoryStrategy = strategy == ArticleStrategy.Inventory;
        _steps = steps;
        Walk(0, 1.0, S0, 0.0, 0);
        TotalProbability = _ends.Sum(e => e.Probability);
        ProfitMean = _ends.Sum(e => e.Probability * e.Profit);
        ProfitVariance = _ends.Sum(e => e.Probability * Math.Pow(e.Profit - ProfitMean, 2));
        ProfitFourth = _ends.Sum(e => e.Probability * Math.Pow(e.Profit - ProfitMean, 4));
        InventoryMean = _ends.Sum(e => e.Probability * e.Inventory);
        InventoryVariance = _ends.Sum(e => e.Probability * Math.Pow(e.Inventory - InventoryMean, 2));
        InventoryFourth = _ends.Sum(e => e.Probability * Math.Pow(e.Inventory - InventoryMean, 4));
    }

    public double TotalProbability { get; }

    public double ProfitMean { get; }

    public double ProfitVariance { get; }

    public double ProfitFourth { get; }

    public double InventoryMean { get; }

    public double InventoryVariance { get; }

    public double InventoryFourth { get; }

    private void Walk(int step, double probability, double s, double cash, int q)
    {
        if (step == _steps)
        {
            _ends.Add((probability, cash + q * s, q));
            return;
        }
        double total = _steps * Dt;
        double left = total - step * Dt;
        double log = _gamma == 0.0 ? 2.0 / K : 2.0 / _gamma * Math.Log(1.0 + _gamma / K);
        double centre = _inventoryStrategy ? s - q * _gamma * Sigma * Sigma * left : s;
        double spread = _gamma * Sigma * Sigma * (_inventoryStrategy ? left : total / 2.0) + log;
        double ask = centre + spread / 2.0;
        double bid = centre - spread / 2.0;
        double sell = Math.Min(1.0, A * Math.Exp(-K * (ask - s)) * Dt);
        double buy = Math.Min(1.0, A * Math.Exp(-K * (s - bid)) * Dt);
        foreach (int sold in (int[])[0, 1])
        {
            foreach (int bought in (int[])[0, 1])
            {
                double outcome = (sold == 1 ? sell : 1.0 - sell) * (bought == 1 ? buy : 1.0 - buy);
                foreach (double direction in (double[])[-1.0, 1.0])
                {
                    Walk(
                        step + 1,
                        probability * outcome * 0.5,
                        s + direction * Sigma * Math.Sqrt(Dt),
                        cash + sold * ask - bought * bid,
                        q - sold + bought);
                }
            }
        }
    }
}
