namespace EventSourcedMM.Domain.Quoting;

/// <summary>
/// Everything in the quote formulas that needs a logarithm or a power, computed once when a run starts and
/// recorded in its first event, so that a replay reads these numbers and never computes them. Make new ones with
/// <see cref="Create"/>; the constructor is for constants that were recorded.
/// </summary>
/// <param name="RiskAversion">γ, 1/quote per unit of q; 0 is a market maker who does not mind inventory.</param>
/// <param name="Decay">k, 1/quote: how fast the fill intensity A·e^(−kδ) falls with the distance δ.</param>
/// <param name="Intensity">A, fills per second and side at distance zero; 0 means not given.</param>
/// <param name="LogTerm">(1/γ)·ln(1 + γ/k), quote; its limit 1/k at γ = 0.</param>
/// <param name="GlftSlope">
/// S/σ = √(γ/(2kA)·(1 + γ/k)^(1 + k/γ)), √second per unit of q; 0 at γ = 0. Also 0, and without meaning, when A was
/// not given: see <see cref="HasIntensity"/>.
/// </param>
/// <param name="RollingHorizonFactor">
/// The product (T−t)·σ, quote·√second, at which the article's skew equals the stationary one:
/// 1/(2√(αη)) = factor/σ with α = kγσ²/2, η = A·(1 + γ/k)^−(1 + k/γ), which gives √((1 + γ/k)^(1 + k/γ)/(2kγA)), and
/// γ·factor = <see cref="GlftSlope"/>. 0 at γ = 0, where it would be infinite and no horizon changes the quotes;
/// 0, and without meaning, when A was not given.
/// </param>
public readonly record struct ModelConstants(
    double RiskAversion,
    double Decay,
    double Intensity,
    double LogTerm,
    double GlftSlope,
    double RollingHorizonFactor)
{
    /// <summary>Whether A was given, so that <see cref="GlftSlope"/> and <see cref="RollingHorizonFactor"/> mean something.</summary>
    public bool HasIntensity => Intensity > 0.0;

    /// <summary>Computes the constants from the model's parameters.</summary>
    /// <remarks>
    /// Order of operations, each a single double operation or a call of <see cref="DeterministicMath"/>:
    /// <code>
    /// g       = γ ÷ k
    /// ratio   = g = 0 ? 1 : Log1P(g) ÷ g            -- ln(1+g)/g, between 0 and 1, insensitive to g's rounding
    /// LogTerm = ratio ÷ k
    /// power   = (1 + g) × Exp(ratio)                -- (1+g)^(1+1/g)
    /// common  = power ÷ ((2 × k) × A)
    /// GlftSlope            = sqrt(γ × common)
    /// RollingHorizonFactor = sqrt(common ÷ γ)
    /// </code>
    /// </remarks>
    /// <param name="gamma">γ, finite, zero or above.</param>
    /// <param name="k">k, finite, above zero.</param>
    /// <param name="intensity">A, finite, zero (not given) or above.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A parameter is outside its range, or the three together leave the range of double.
    /// </exception>
    public static ModelConstants Create(double gamma, double k, double intensity = 0.0)
    {
        if (!double.IsFinite(gamma) || gamma < 0.0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(gamma), gamma, "Risk aversion γ must be a finite number, zero or above (1/quote per unit of base).");
        }
        if (!double.IsFinite(k) || k <= 0.0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(k), k, "Intensity decay k must be a finite number above zero (1/quote).");
        }
        if (!double.IsFinite(intensity) || intensity < 0.0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(intensity), intensity, "Intensity A must be a finite number, above zero (fills per second and side), or zero when it is not given.");
        }

        double g = gamma / k;
        double ratio = g == 0.0 ? 1.0 : DeterministicMath.Log1P(g) / g;
        double logTerm = ratio / k;
        if (!double.IsFinite(logTerm) || logTerm == 0.0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(gamma), gamma, "γ and k are too far apart, or k too extreme: (1/γ)·ln(1 + γ/k) leaves the range of double. Check their units.");
        }
        if (intensity == 0.0)
        {
            return new ModelConstants(gamma, k, 0.0, logTerm, 0.0, 0.0);
        }

        double power = (1.0 + g) * DeterministicMath.Exp(ratio);
        double common = power / (2.0 * k * intensity);
        double slope = Math.Sqrt(gamma * common);
        double factor = gamma == 0.0 ? 0.0 : Math.Sqrt(common / gamma);
        bool vanished = gamma > 0.0 && (slope == 0.0 || factor == 0.0);
        if (!double.IsFinite(slope) || !double.IsFinite(factor) || vanished)
        {
            throw new ArgumentOutOfRangeException(
                nameof(intensity), intensity, "γ, k and A are too far apart: the stationary skew √(γ/(2kA)·(1 + γ/k)^(1 + k/γ)) or its horizon leaves the range of double. Check their units, or use γ = 0.");
        }
        return new ModelConstants(gamma, k, intensity, logTerm, slope, factor);
    }
}
