using System.Text.Json;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Binance;

/// <summary>Single JSON values with the venue's rules: integers are not negative, prices and quantities are decimals in strings.</summary>
internal static class JsonValues
{
    // 18 digits, a point, 18 digits, and room for zeros beyond the scale.
    private const int LongestDecimal = 64;

    /// <summary>The text of a string token.</summary>
    public static string Text(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new MalformedMessageException($"field {name} is not valid text");
        }
    }

    /// <summary>A JSON number that is a whole number from 0 to the largest 64-bit integer.</summary>
    public static long Integer(ReadOnlySpan<byte> raw, string name)
    {
        Int128 value = 0;
        foreach (var b in raw)
        {
            if (b is < (byte)'0' or > (byte)'9')
            {
                throw new MalformedMessageException($"field {name} is not a whole number that is zero or positive");
            }

            value = (value * 10) + (b - '0');
            if (value > long.MaxValue)
            {
                throw new MalformedMessageException($"field {name} does not fit 64 bits");
            }
        }

        return (long)value;
    }

    /// <summary>A plain decimal in a string, exactly, as units of a scale.</summary>
    public static long Decimal(ref Utf8JsonReader reader, Scale scale, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new MalformedMessageException($"{name} is {MessageFields.Describe(reader.TokenType)} where a decimal in a string belongs");
        }

        var text = Text(ref reader, name);
        if (text.Length > LongestDecimal || !IsPlain(text))
        {
            throw new MalformedMessageException($"{name} is \"{(text.Length > LongestDecimal ? text[..LongestDecimal] + "…" : text)}\", not a plain decimal");
        }

        if (FixedPoint.TryParse(text, scale, out var units))
        {
            return units;
        }

        var point = text.IndexOf('.');
        var decimals = point < 0 ? 0 : text[(point + 1)..].TrimEnd('0').Length;
        throw new MalformedMessageException(decimals > scale.Decimals
            ? $"{name} is \"{text}\": it has {decimals} decimals, the instrument's scale has {scale.Decimals}"
            : $"{name} is \"{text}\": it does not fit 64 bits at {scale.Decimals} decimals");
    }

    // Digits, and after a point at least one more.
    private static bool IsPlain(string text)
    {
        var point = text.IndexOf('.');
        return point < 0
            ? text.Length > 0 && text.All(char.IsAsciiDigit)
            : point > 0 && point < text.Length - 1 && text[..point].All(char.IsAsciiDigit) && text[(point + 1)..].All(char.IsAsciiDigit);
    }
}
