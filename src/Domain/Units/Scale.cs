namespace EventSourcedMM.Domain.Units;

/// <summary>
/// A fixed-point scale: an amount is stored as an integer number of units of 10^−<see cref="Decimals"/>.
/// Prices and quantities use 8 decimals unless 64 bits would not hold the instrument's range (DESIGN.md §4).
/// </summary>
/// <param name="Decimals">Digits after the decimal point, 0 to 18.</param>
public readonly record struct Scale(int Decimals)
{
    /// <summary>Largest scale whose factor fits a 64-bit integer.</summary>
    public const int MaxDecimals = 18;

    /// <summary>The scale Binance prints prices and quantities at.</summary>
    public static readonly Scale Eight = new(8);

    private static ReadOnlySpan<long> Powers =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
        10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
        1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ];

    /// <summary>Units per whole: 10^Decimals.</summary>
    public long Factor => PowerOfTen(Decimals);

    /// <summary>10^exponent for 0 ≤ exponent ≤ 18.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The power does not fit a 64-bit integer.</exception>
    public static long PowerOfTen(int exponent)
    {
        if ((uint)exponent > MaxDecimals)
        {
            throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "10^exponent fits 64 bits only for exponents 0 to 18.");
        }

        return Powers[exponent];
    }
}
