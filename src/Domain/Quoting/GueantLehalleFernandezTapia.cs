namespace EventSourcedMM.Domain.Quoting;

/// <summary>
/// The stationary quotes (far from the horizon) of O. Guéant, C.-A. Lehalle and J. Fernandez-Tapia, "Dealing with
/// the inventory risk", Mathematics and Financial Economics 7(4), 2013: closed-form approximation,
/// S = √(σ²γ/(2kA)·(1 + γ/k)^(1 + k/γ)).
/// </summary>
/// <remarks>
/// Units and floating-point rules as in <see cref="AvellanedaStoikov"/>; <c>sigma</c> is σ in quote per √second,
/// <c>slope</c> is <see cref="ModelConstants.GlftSlope"/>, <c>logTerm</c> is <see cref="ModelConstants.LogTerm"/>.
/// </remarks>
public static class GueantLehalleFernandezTapia
{
    /// <summary>
    /// S, quote per unit of q: how far the centre of the quotes moves per unit of inventory, and how much inventory
    /// risk widens them. Order: <c>slope × sigma</c>.
    /// </summary>
    public static double InventoryRisk(double sigma, double slope) => slope * sigma;

    /// <summary>
    /// The skew S·q, in quote, subtracted from the mid: positive when long. Order:
    /// <c>q × (slope × sigma)</c>.
    /// </summary>
    public static double Skew(double q, double sigma, double slope) => q * InventoryRisk(sigma, slope);

    /// <summary>
    /// The half-spread (1/γ)·ln(1 + γ/k) + S/2, in quote. Order: <c>s = slope × sigma</c>;
    /// <c>logTerm + (0.5 × s)</c>.
    /// </summary>
    public static double HalfSpread(double sigma, double logTerm, double slope) =>
        logTerm + 0.5 * InventoryRisk(sigma, slope);

    /// <summary>
    /// Both quotes. Order: <c>r = mid − skew</c> with <see cref="Skew"/>; <c>half</c> as in <see cref="HalfSpread"/>;
    /// <c>spread = 2 × half</c>; <c>bid = r − half</c>; <c>ask = r + half</c>.
    /// </summary>
    public static ModelQuote Quotes(double mid, double q, double sigma, double logTerm, double slope)
    {
        double reservation = mid - Skew(q, sigma, slope);
        double half = HalfSpread(sigma, logTerm, slope);
        return new ModelQuote(reservation, 2.0 * half, reservation - half, reservation + half);
    }

    /// <summary>Both quotes from a run's constants, in the order of the other overload.</summary>
    /// <exception cref="InvalidOperationException">The constants were made without an intensity A: S has no value.</exception>
    public static ModelQuote Quotes(double mid, double q, double sigma, in ModelConstants constants)
    {
        if (!constants.HasIntensity)
        {
            throw new InvalidOperationException(
                "The stationary (GLFT) quotes need the fill intensity A; the run's model constants were made without one. Configure A above zero, in fills per second and side.");
        }
        return Quotes(mid, q, sigma, constants.LogTerm, constants.GlftSlope);
    }
}
