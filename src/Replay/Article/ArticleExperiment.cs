using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Replay.Article;

/// <summary>
/// One row of the experiment in section 3.3 of Avellaneda and Stoikov (2008): the market's parameters, a risk aversion and
/// a strategy. Quotes come from the functions that trade, before rounding, clamps and guards.
/// </summary>
/// <remarks>
/// At each of <see cref="Steps"/> steps: quote; with probability min(1, λ(δa)·dt) sell one unit at the ask and,
/// independently, with probability min(1, λ(δb)·dt) buy one at the bid; then the mid moves by ±σ√dt, either way with
/// probability ½. λ(δ) = A·e^(−kδ) with no floor on δ: quotes may go through the mid.
/// </remarks>
public sealed class ArticleExperiment
{
    /// <summary>The article's number of steps: dt = 0.005 and T = 1.</summary>
    public const int ArticleSteps = 200;

    private readonly double _variance;

    /// <summary>The article's market with a risk aversion and a strategy.</summary>
    /// <param name="gamma">γ, zero or above.</param>
    /// <param name="strategy">Which of the two strategies quotes.</param>
    /// <param name="steps">
    /// Steps of dt = 0.005 to walk; T is always steps·dt. 200 is the article's; tests use few.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">γ is negative, not finite or out of range; steps is below 1.</exception>
    public ArticleExperiment(double gamma, ArticleStrategy strategy, int steps = ArticleSteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (!Enum.IsDefined(strategy))
        {
            throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "Unknown strategy of the article.");
        }
        // Without A: the article's quotes need neither the stationary slope nor its horizon.
        Constants = ModelConstants.Create(gamma, Decay);
        Strategy = strategy;
        Steps = steps;
        _variance = Sigma * Sigma;
        MidMove = Sigma * Math.Sqrt(TimeStep);
    }

    /// <summary>s at the start, quote.</summary>
    public const double StartingMid = 100.0;

    /// <summary>σ, quote per √time.</summary>
    public const double Sigma = 2.0;

    /// <summary>dt, the article's time unit.</summary>
    public const double TimeStep = 0.005;

    /// <summary>k, 1/quote.</summary>
    public const double Decay = 1.5;

    /// <summary>A, fills per unit of time and side at distance zero.</summary>
    public const double Intensity = 140.0;

    /// <summary>γ, k and the logarithmic term of the spread.</summary>
    public ModelConstants Constants { get; }

    /// <summary>γ, 1/quote per unit of q.</summary>
    public double Gamma => Constants.RiskAversion;

    /// <summary>The strategy that quotes.</summary>
    public ArticleStrategy Strategy { get; }

    /// <summary>Number of steps.</summary>
    public int Steps { get; }

    /// <summary>σ√dt, the size of each move of the mid, quote.</summary>
    public double MidMove { get; }

    /// <summary>The quotes at the start of a step.</summary>
    /// <param name="step">0 to <see cref="Steps"/> − 1; time left is (Steps − step)·dt.</param>
    /// <param name="mid">The mid, quote.</param>
    /// <param name="inventory">q, units, positive when long.</param>
    public ModelQuote QuotesAt(int step, double mid, int inventory) => Strategy == ArticleStrategy.Inventory
        ? AvellanedaStoikov.Quotes(mid, inventory, Gamma, _variance, (Steps - step) * TimeStep, Constants.LogTerm)
        // Half the session as horizon makes equation 30 the average of its linear fall; no inventory, no skew.
        : AvellanedaStoikov.Quotes(mid, 0.0, Gamma, _variance, Steps * TimeStep * 0.5, Constants.LogTerm);

    /// <summary>The probability min(1, A·e^(−kδ)·dt) that a quote at distance δ from the mid fills within one step.</summary>
    /// <param name="distance">δ, quote; negative when the quote is on the far side of the mid.</param>
    public static double FillProbability(double distance)
    {
        double probability = Intensity * DeterministicMath.Exp(-Decay * distance) * TimeStep;
        return probability < 1.0 ? probability : 1.0;
    }
}
