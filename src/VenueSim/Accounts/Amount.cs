using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>Amounts of assets: 10^−18 of one in 128 bits, which every product of a price and a quantity is a multiple of.</summary>
internal static class Amount
{
    /// <summary>Decimals of amounts.</summary>
    public const int Decimals = 18;

    /// <summary>Decimals that the venue shows.</summary>
    public const int Shown = 8;

    /// <summary>An amount in units of 10^−decimals.</summary>
    public static Int128 Of(Int128 units, int decimals) => decimals <= Decimals
        ? units * Scale.PowerOfTen(Decimals - decimals)
        : Division.Divide(units, Scale.PowerOfTen(decimals - Decimals), Rounding.TowardZero);

    /// <summary>An amount in units of 10^−decimals, cut off.</summary>
    public static Int128 ToUnits(Int128 amount, int decimals) => decimals >= Decimals
        ? amount * Scale.PowerOfTen(decimals - Decimals)
        : Division.Divide(amount, Scale.PowerOfTen(Decimals - decimals), Rounding.TowardZero);

    /// <summary>A decimal, cut off at 10^−8.</summary>
    public static Int128 Of(decimal amount) => Of((Int128)decimal.Truncate(amount * 100_000_000m), Shown);

    /// <summary>As text with eight decimals, or more where there are more.</summary>
    public static string Text(Int128 amount) => FixedPoint.Format(amount, Decimals, Shown);
}
