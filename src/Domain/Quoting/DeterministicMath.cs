namespace EventSourcedMM.Domain.Quoting;

/// <summary>
/// Exponential and logarithm built only from + − × ÷ and bit operations, which IEEE 754 fixes, so that the
/// result is the same bit for bit on every machine, runtime and JIT mode. A platform's own math library gives
/// no such promise.
/// </summary>
/// <remarks>
/// Both functions stay within 2 units in the last place of the exact result; the tests hold them to it
/// against arbitrary-precision references. The order of operations in the code is part of the contract: changing
/// it changes recorded runs.
/// </remarks>
public static class DeterministicMath
{
    /// <summary>ln 2 cut to its leading 33 bits: an integer of up to 11 bits times this is exact.</summary>
    private const double Ln2High = 0.693147180485539138317108154296875;

    /// <summary>ln 2 − <see cref="Ln2High"/>, rounded to double.</summary>
    private const double Ln2Low = 7.440617110012397e-11;

    private const double InverseLn2 = 1.4426950408889634;
    private const double Sqrt2 = 1.4142135623730951;

    /// <summary>Above this, e^x is larger than the largest double: ln(2^1024), rounded down.</summary>
    private const double ExpOverflow = 709.78271289338397;

    /// <summary>Below this, e^x rounds to zero: it is under half of the smallest double, 2^−1075.</summary>
    private const double ExpUnderflow = -745.13321910194122;

    private const int MantissaBits = 52;
    private const int ExponentBias = 1023;
    private const long MantissaMask = (1L << MantissaBits) - 1;

    /// <summary>
    /// e^x. Overflows to +∞ and underflows through the subnormals to 0; NaN gives NaN.
    /// </summary>
    /// <remarks>
    /// x = n·ln2 + r with n the nearest integer to x/ln2, so |r| ≤ ln2/2; e^r by its Taylor series to r^14
    /// (truncation below 2^−60); then the exponent is moved by n. The rounding error of r itself is
    /// carried along as a tail.
    /// </remarks>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
        {
            return double.NaN;
        }
        if (x > ExpOverflow)
        {
            return double.PositiveInfinity;
        }
        if (x < ExpUnderflow)
        {
            return 0.0;
        }

        double scaled = x * InverseLn2;
        int n = (int)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
        double high = x - n * Ln2High; // exact: n·Ln2High has at most 44 bits
        double low = n * Ln2Low;
        double r = high - low;
        double tail = high - r - low;

        // Horner form of 1/2! + r/3! + r²/4! + … + r¹²/14!; every constant is a correctly rounded quotient.
        double p = 1.0 / 87178291200.0;
        p = p * r + 1.0 / 6227020800.0;
        p = p * r + 1.0 / 479001600.0;
        p = p * r + 1.0 / 39916800.0;
        p = p * r + 1.0 / 3628800.0;
        p = p * r + 1.0 / 362880.0;
        p = p * r + 1.0 / 40320.0;
        p = p * r + 1.0 / 5040.0;
        p = p * r + 1.0 / 720.0;
        p = p * r + 1.0 / 120.0;
        p = p * r + 1.0 / 24.0;
        p = p * r + 1.0 / 6.0;
        p = p * r + 0.5;
        double y = 1.0 + (r + (r * r * p + tail));
        return ScaleByPowerOfTwo(y, n);
    }

    /// <summary>
    /// ln(1 + x), accurate for x however near to zero. −1 gives −∞, anything below −1 and NaN give NaN.
    /// </summary>
    /// <remarks>
    /// 1 + x = 2^k·(1 + f) with 1 + f in [√½, √2]; with s = f/(2 + f),
    /// ln(1 + f) = 2·artanh(s) = f − s·(f − R), R = 2s²/3 + 2s⁴/5 + … to s^20 (truncation below 2^−60). That form
    /// keeps f, which is exact, as the leading term. What rounding 1 + x lost is added back to first order.
    /// </remarks>
    public static double Log1P(double x)
    {
        if (!(x > -1.0))
        {
            return x == -1.0 ? double.NegativeInfinity : double.NaN;
        }
        if (double.IsPositiveInfinity(x))
        {
            return x;
        }

        // Near zero x is itself the f of the reduction: nothing is rounded.
        if (x > Sqrt2 * 0.5 - 1.0 && x < Sqrt2 - 1.0)
        {
            return x - ArtanhRemainder(x);
        }

        double u = 1.0 + x;
        double lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x); // exactly (1 + x) − u
        double correction = lost / u;
        long bits = BitConverter.DoubleToInt64Bits(u);
        int k = (int)(bits >> MantissaBits) - ExponentBias; // u is positive and never subnormal
        double m = BitConverter.Int64BitsToDouble((bits & MantissaMask) | ((long)ExponentBias << MantissaBits));
        if (m > Sqrt2)
        {
            m *= 0.5;
            k += 1;
        }
        double f = m - 1.0; // exact
        return k * Ln2High + (f - (ArtanhRemainder(f) - (k * Ln2Low + correction)));
    }

    /// <summary>f − ln(1 + f) = s·(f − R) for 1 + f in [√½, √2].</summary>
    private static double ArtanhRemainder(double f)
    {
        double s = f / (2.0 + f);
        double z = s * s;
        double r = 2.0 / 21.0;
        r = r * z + 2.0 / 19.0;
        r = r * z + 2.0 / 17.0;
        r = r * z + 2.0 / 15.0;
        r = r * z + 2.0 / 13.0;
        r = r * z + 2.0 / 11.0;
        r = r * z + 2.0 / 9.0;
        r = r * z + 2.0 / 7.0;
        r = r * z + 2.0 / 5.0;
        r = r * z + 2.0 / 3.0;
        r *= z;
        return s * (f - r);
    }

    /// <summary>y·2^n for y in [½, 2] and n in [−1075, 1024]; rounds once, and only when the result is subnormal.</summary>
    private static double ScaleByPowerOfTwo(double y, int n)
    {
        if (n > 1000)
        {
            return y * PowerOfTwo(n - 1000) * PowerOfTwo(1000);
        }
        if (n < -1000)
        {
            return y * PowerOfTwo(n + 1000) * PowerOfTwo(-1000);
        }
        return y * PowerOfTwo(n);
    }

    /// <summary>2^n for n in [−1022, 1023], put together from its bits.</summary>
    private static double PowerOfTwo(int n) => BitConverter.Int64BitsToDouble((long)(n + ExponentBias) << MantissaBits);
}
