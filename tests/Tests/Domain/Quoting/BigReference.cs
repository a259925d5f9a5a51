using System.Numerics;

namespace EventSourcedMM.Tests.Domain.Quoting;

/// <summary>
/// The naive twin of DeterministicMath: Taylor series on 400-bit integers, and the distance of a double from
/// that value in units of the double's last place.
/// </summary>
internal static class BigReference
{
    private const int Bits = 400;
    private static readonly BigInteger One = BigInteger.One << Bits;
    private static readonly BigInteger Ln2 = 2 * Artanh(One / 3);

    /// <summary>How far <paramref name="candidate"/> is from e^x, in units of its last place.</summary>
    public static double ExpErrorInUlps(double x, double candidate)
    {
        BigInteger fixedX = Scaled(x, Bits);
        int n = (int)BigInteger.Divide(fixedX, Ln2);
        BigInteger r = fixedX - n * Ln2;
        BigInteger term = One;
        BigInteger sum = One;
        for (int i = 1; !term.IsZero; i++)
        {
            term = (term * r >> Bits) / i;
            sum += term;
        }
        return ErrorInUlps(candidate, sum, Bits - n);
    }

    /// <summary>How far <paramref name="candidate"/> is from ln(1 + x), in units of its last place; |x| ≥ 2^−100.</summary>
    public static double Log1PErrorInUlps(double x, double candidate)
    {
        BigInteger u = One + Scaled(x, Bits);
        int k = (int)u.GetBitLength() - 1 - Bits;
        BigInteger m = k >= 0 ? u >> k : u << -k;
        BigInteger sum = k * Ln2 + 2 * Artanh(((m - One) << Bits) / (m + One));
        return ErrorInUlps(candidate, sum, Bits);
    }

    private static BigInteger Artanh(BigInteger s)
    {
        BigInteger square = s * s >> Bits;
        BigInteger power = s;
        BigInteger sum = BigInteger.Zero;
        for (int i = 1; !power.IsZero && power != BigInteger.MinusOne; i += 2)
        {
            sum += power / i;
            power = power * square >> Bits;
        }
        return sum;
    }

    private static double ErrorInUlps(double candidate, BigInteger exact, int scale)
    {
        double ulp = Math.BitIncrement(Math.Abs(candidate)) - Math.Abs(candidate);
        BigInteger difference = BigInteger.Abs(Scaled(candidate, scale) - exact);
        return (double)(difference << 20) / (double)Scaled(ulp, scale) / (1 << 20);
    }

    /// <summary>value·2^scale, cut to an integer.</summary>
    private static BigInteger Scaled(double value, int scale)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = bits & 0xFFFFFFFFFFFFFL;
        mantissa = exponent == 0 ? mantissa : mantissa | (1L << 52);
        int shift = Math.Max(exponent, 1) - 1075 + scale;
        BigInteger magnitude = shift >= 0 ? mantissa << shift : mantissa >> -shift;
        return bits < 0 ? -magnitude : magnitude;
    }
}
