using System.Globalization;
using System.Text.Json;

namespace EventSourcedMM.Stores.Json;

/// <summary>
/// Doubles in JSON without losing a bit: the shortest number that reads back as the same double, and text for what JSON
/// numbers cannot say or what readers commonly change: "NaN", "Infinity", "-Infinity" and "-0". A NaN with other bits
/// than fff8000000000000, the one that IEEE arithmetic on x86-64 makes, carries its bits: "NaN(7ff8000000000000)".
/// </summary>
internal static class JsonReals
{
    /// <summary>What the text of a real may be, as a regular expression of JSON Schema.</summary>
    public const string TextPattern = @"^(NaN(\([7f]ff[0-9a-f]{13}\))?|-?Infinity|-0)$";

    private const ulong UsualNaN = 0xFFF8_0000_0000_0000;

    public static void Write(Utf8JsonWriter json, double value)
    {
        if (TextOf(value) is { } text)
        {
            json.WriteStringValue(text);
        }
        else
        {
            json.WriteNumberValue(value);
        }
    }

    /// <summary>Reads the text of a value that is no JSON number; only what <see cref="Write"/> writes is accepted.</summary>
    public static bool TryParse(string text, out double value)
    {
        value = text switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            "-0" => -0.0,
            _ => OtherNaN(text),
        };
        return TextOf(value) == text;
    }

    private static string? TextOf(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        return value switch
        {
            double.PositiveInfinity => "Infinity",
            double.NegativeInfinity => "-Infinity",
            _ when bits == BitConverter.DoubleToUInt64Bits(-0.0) => "-0",
            _ when bits == UsualNaN => "NaN",
            _ when double.IsNaN(value) => $"NaN({bits:x16})",
            _ => null,
        };
    }

    private static double OtherNaN(string text) =>
        text.Length == 21 && text.StartsWith("NaN(", StringComparison.Ordinal)
        && ulong.TryParse(text.AsSpan(4, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
            ? BitConverter.UInt64BitsToDouble(bits)
            : 0;
}
