namespace EventSourcedMM.Domain.Quoting;

/// <summary>
/// The quotes of M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative
/// Finance 8(3), 2008; equation numbers are the article's. The spread is the article's, with the term γσ²(T−t)
/// that the preprint drops.
/// </summary>
/// <remarks>
/// <para>Units: prices in quote per unit of base; <c>q</c> in units of base, positive when long;
/// <c>gamma</c> in 1/quote per unit of q; <c>variance</c> = σ² in quote² per second; <c>horizon</c> = T−t in seconds
/// (any time unit, if σ² uses the same one); <c>logTerm</c> from <see cref="ModelConstants.LogTerm"/>, in quote.</para>
/// <para>Every operation is one IEEE 754 double operation, rounded to nearest even, in exactly the written order
/// and never fused. Functions are total: a NaN or infinity that comes in goes out, so callers check inputs once
/// where they enter the system.</para>
/// </remarks>
public static class AvellanedaStoikov
{
    /// <summary>
    /// The inventory risk γσ²(T−t), quote per unit of q: how far the reservation price moves per unit of inventory.
    /// Order: <c>(gamma × variance) × horizon</c>.
    /// </summary>
    public static double InventoryRisk(double gamma, double variance, double horizon) => gamma * variance * horizon;

    /// <summary>
    /// Equation 29, r = s − qγσ²(T−t). Order: <c>risk = (gamma × variance) × horizon</c>;
    /// <c>mid − (q × risk)</c>.
    /// </summary>
    public static double ReservationPrice(double mid, double q, double gamma, double variance, double horizon) =>
        mid - q * InventoryRisk(gamma, variance, horizon);

    /// <summary>
    /// Equation 30, the total spread δa + δb = γσ²(T−t) + (2/γ)·ln(1 + γ/k); it does not depend on inventory.
    /// Order: <c>risk = (gamma × variance) × horizon</c>; <c>risk + (2 × logTerm)</c>.
    /// </summary>
    public static double Spread(double gamma, double variance, double horizon, double logTerm) =>
        InventoryRisk(gamma, variance, horizon) + 2.0 * logTerm;

    /// <summary>
    /// Both quotes. Order: <c>r</c> as in <see cref="ReservationPrice"/>; <c>spread</c> as in <see cref="Spread"/>;
    /// <c>half = 0.5 × spread</c>; <c>bid = r − half</c>; <c>ask = r + half</c>.
    /// </summary>
    public static ModelQuote Quotes(
        double mid, double q, double gamma, double variance, double horizon, double logTerm)
    {
        double reservation = ReservationPrice(mid, q, gamma, variance, horizon);
        double spread = Spread(gamma, variance, horizon, logTerm);
        double half = 0.5 * spread;
        return new ModelQuote(reservation, spread, reservation - half, reservation + half);
    }

    /// <summary>
    /// The rolling horizon T−t, in seconds, at which this model's skew equals the stationary one of
    /// Guéant–Lehalle–Fernandez-Tapia: 1/(2√(αη)). Order: <c>rollingHorizonFactor ÷ sigma</c>.
    /// </summary>
    /// <param name="sigma">σ, quote per √second, above zero.</param>
    /// <param name="rollingHorizonFactor"><see cref="ModelConstants.RollingHorizonFactor"/>, above zero.</param>
    public static double RollingHorizon(double sigma, double rollingHorizonFactor) => rollingHorizonFactor / sigma;
}
