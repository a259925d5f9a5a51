using System.Text.Json;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Instruments;

/// <summary>Values of a JSON object, with errors that name place and field.</summary>
internal static class JsonText
{
    /// <summary>A string.</summary>
    public static string Of(JsonElement entry, string name, string place) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new InstrumentException($"{place}: \"{name}\" is missing or not a text.");

    /// <summary>A decimal in a string, in units of a scale.</summary>
    public static long Decimal(JsonElement entry, string name, string place, Scale scale)
    {
        var text = Of(entry, name, place);
        return FixedPoint.TryParse(text, scale, out var units)
            ? units
            : throw new InstrumentException($"{place}: \"{name}\" is \"{text}\", not a decimal with at most {scale.Decimals} places.");
    }

    /// <summary>An amount of money, a decimal in a string, in units of 10^−decimals.</summary>
    public static Int128 Money(JsonElement entry, string name, string place, int decimals)
    {
        // Read at no more than eight places, the rest is zeros: 64 bits hold the text, 128 the amount.
        var places = Math.Min(decimals, 8);
        return (Int128)Decimal(entry, name, place, new Scale(places)) * Power(decimals - places);
    }

    /// <summary>A small whole number, or a default.</summary>
    public static int Number(JsonElement entry, string name, string place, int otherwise)
    {
        if (!entry.TryGetProperty(name, out var value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 0 and <= Scale.MaxDecimals
            ? number
            : throw new InstrumentException($"{place}: \"{name}\" is not a whole number from 0 to {Scale.MaxDecimals}.");
    }

    private static Int128 Power(int exponent)
    {
        Int128 power = 1;
        for (; exponent > 0; exponent--)
        {
            power *= 10;
        }

        return power;
    }
}
