using System.Numerics;

namespace EventSourcedMM.Domain.Units;

/// <summary>How a quotient that is not whole becomes one.</summary>
public enum Rounding
{
    /// <summary>Toward negative infinity.</summary>
    Down,

    /// <summary>Toward positive infinity.</summary>
    Up,

    /// <summary>Toward zero.</summary>
    TowardZero,
}

/// <summary>
/// The one place where integers are divided and a rounding is chosen (DESIGN.md §4). Everything else adds,
/// subtracts and multiplies exactly.
/// </summary>
public static class Division
{
    /// <summary>numerator / denominator, rounded as named.</summary>
    /// <exception cref="DivideByZeroException">The denominator is zero.</exception>
    public static Int128 Divide(Int128 numerator, Int128 denominator, Rounding rounding)
    {
        var (quotient, remainder) = Int128.DivRem(numerator, denominator);
        return remainder == 0 ? quotient : Adjust(quotient, (remainder < 0) != (denominator < 0), rounding);
    }

    /// <summary>numerator / denominator, rounded as named, in 64 bits.</summary>
    public static long Divide(long numerator, long denominator, Rounding rounding)
    {
        var (quotient, remainder) = Math.DivRem(numerator, denominator);
        if (remainder == 0)
        {
            return quotient;
        }

        var negative = (remainder < 0) != (denominator < 0);
        return rounding switch
        {
            Rounding.Down => negative ? quotient - 1 : quotient,
            Rounding.Up => negative ? quotient : quotient + 1,
            _ => quotient,
        };
    }

    /// <summary>Half of a value, rounded down: what <see cref="Divide(Int128, Int128, Rounding)"/> by 2 gives, without a division of 128 bits.</summary>
    public static Int128 HalfDown(Int128 value) => value >> 1;

    /// <summary>
    /// a × b / denominator with an exact intermediate product, rounded as named. The product may exceed
    /// 128 bits: the result never depends on the size of the position.
    /// </summary>
    /// <exception cref="OverflowException">The quotient does not fit 128 bits.</exception>
    public static Int128 MultiplyDivide(Int128 a, Int128 b, Int128 denominator, Rounding rounding)
    {
        // A part of a position times its cost over the position: the factor and the divisor are quantities and fit 64 bits.
        // Then the product of 192 bits is divided digit by digit, without allocating.
        var (large, factor, divisor) = (Magnitude(a), Magnitude(b), Magnitude(denominator));
        if (factor <= ulong.MaxValue && divisor <= ulong.MaxValue && divisor != 0)
        {
            var low = (UInt128)(ulong)(large & ulong.MaxValue) * (ulong)factor;
            var high = ((large >> 64) * (ulong)factor) + (low >> 64);
            var (first, rest) = UInt128.DivRem(high, divisor);
            var (second, remainder) = UInt128.DivRem((rest << 64) + (low & ulong.MaxValue), divisor);
            if (first < 1UL << 63)
            {
                var whole = (Int128)((first << 64) + second);
                var negative = (a < 0) != (b < 0) != (denominator < 0);
                whole = negative ? -whole : whole;
                return remainder == 0 ? whole : Adjust(whole, negative, rounding);
            }
        }

        return MultiplyDivideOfAnySize(a, b, denominator, rounding);
    }

    private static Int128 MultiplyDivideOfAnySize(Int128 a, Int128 b, Int128 denominator, Rounding rounding)
    {
        var product = (BigInteger)a * b;
        var quotient = BigInteger.DivRem(product, denominator, out var remainder);
        var whole = (Int128)quotient;
        return remainder.IsZero ? whole : Adjust(whole, (remainder.Sign < 0) != (denominator < 0), rounding);
    }

    /// <summary>The largest multiple of step that is not above value.</summary>
    public static long FloorToMultiple(long value, long step) => Divide(value, step, Rounding.Down) * step;

    /// <summary>The smallest multiple of step that is not below value.</summary>
    public static long CeilingToMultiple(long value, long step) => Divide(value, step, Rounding.Up) * step;

    private static UInt128 Magnitude(Int128 value) => value < 0 ? (UInt128)(-(value + 1)) + 1 : (UInt128)value;

    private static Int128 Adjust(Int128 truncated, bool negative, Rounding rounding) => rounding switch
    {
        Rounding.Down => negative ? truncated - 1 : truncated,
        Rounding.Up => negative ? truncated : truncated + 1,
        _ => truncated,
    };
}
