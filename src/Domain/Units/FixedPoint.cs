using System.Globalization;

namespace EventSourcedMM.Domain.Units;

/// <summary>Decimal text to scaled integers and back, exactly; never through floating point.</summary>
public static class FixedPoint
{
    /// <summary>
    /// Parses a plain decimal (optional sign, digits, optional fraction; no exponent, no grouping) at a scale.
    /// </summary>
    /// <returns>False when the text is not a decimal, has more significant fraction digits than the scale, or overflows 64 bits.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, Scale scale, out long units)
    {
        units = 0;
        var negative = text.Length > 0 && text[0] == '-';
        var index = negative || (text.Length > 0 && text[0] == '+') ? 1 : 0;
        Int128 value = 0;
        var digits = 0;
        var fraction = -1;
        for (; index < text.Length; index++)
        {
            var c = text[index];
            if (c == '.' && fraction < 0)
            {
                fraction = 0;
                continue;
            }

            if (c is < '0' or > '9')
            {
                return false;
            }

            digits++;
            if (fraction >= scale.Decimals)
            {
                if (c != '0')
                {
                    return false;
                }

                continue;
            }

            if (fraction >= 0)
            {
                fraction++;
            }

            value = (value * 10) + (c - '0');
            if (value > long.MaxValue)
            {
                return false;
            }
        }

        if (digits == 0)
        {
            return false;
        }

        value *= Scale.PowerOfTen(scale.Decimals - Math.Max(fraction, 0));
        if (value > long.MaxValue)
        {
            return false;
        }

        units = (long)(negative ? -value : value);
        return true;
    }

    /// <summary>Parses as <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">Names the text and the scale.</exception>
    public static long Parse(ReadOnlySpan<char> text, Scale scale) =>
        TryParse(text, scale, out var units)
            ? units
            : throw new FormatException($"'{text}' is not a decimal with at most {scale.Decimals} places that fits 64 bits.");

    /// <summary>Plain decimal text, at least <paramref name="minimumDecimals"/> places, trailing zeros beyond that removed.</summary>
    public static string Format(Int128 units, int decimals, int minimumDecimals = 0)
    {
        var negative = units < 0;
        var magnitude = negative ? (UInt128)(-units) : (UInt128)units;
        var digits = magnitude.ToString(CultureInfo.InvariantCulture);
        if (digits.Length <= decimals)
        {
            digits = new string('0', decimals - digits.Length + 1) + digits;
        }

        var whole = digits[..^decimals];
        var fraction = digits[^decimals..].TrimEnd('0');
        if (fraction.Length < minimumDecimals)
        {
            fraction = fraction.PadRight(minimumDecimals, '0');
        }

        return (negative ? "-" : "") + whole + (fraction.Length > 0 ? "." + fraction : "");
    }

    /// <summary>Plain decimal text of scaled units.</summary>
    public static string Format(long units, Scale scale, int minimumDecimals = 0) => Format(units, scale.Decimals, minimumDecimals);
}
