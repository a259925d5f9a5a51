using System.Globalization;
using EventSourcedMM.Domain.Units;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>Reads the values of a capture's rows.</summary>
internal static class CaptureText
{
    /// <summary>
    /// A time as nanoseconds since the epoch: seconds, milliseconds, microseconds or nanoseconds told by the number's size,
    /// or ISO 8601 text, which is UTC unless it says otherwise.
    /// </summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static long Time(string text)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            var factor = Math.Abs(number) switch
            {
                < 100_000_000_000m => 1_000_000_000m,
                < 100_000_000_000_000m => 1_000_000m,
                < 100_000_000_000_000_000m => 1_000m,
                _ => 1m,
            };
            return number > 0 && number < long.MaxValue / factor ? (long)(number * factor) : throw new FormatException($"'{text}' is no time");
        }

        var written = text.Trim().Replace(' ', 'T');
        var withOffset = OffsetDateTimePattern.ExtendedIso.Parse(written);
        if (withOffset.Success)
        {
            return (withOffset.Value.ToInstant() - NodaConstants.UnixEpoch).ToInt64Nanoseconds();
        }

        var local = LocalDateTimePattern.ExtendedIso.Parse(written);
        return local.Success
            ? (local.Value.InUtc().ToInstant() - NodaConstants.UnixEpoch).ToInt64Nanoseconds()
            : throw new FormatException($"'{text}' is no time: write seconds, milliseconds, microseconds or nanoseconds since 1970, or 2024-08-09T00:00:00.1Z");
    }

    /// <summary>A real number as the shortest decimal of at most 15 digits, which is what was meant.</summary>
    public static string Real(double value) => double.IsFinite(value) && Math.Abs(value) < 1e15
        ? ((decimal)value).ToString(CultureInfo.InvariantCulture)
        : throw new FormatException($"{value.ToString(CultureInfo.InvariantCulture)} is no price or quantity");

    /// <summary>An unscaled decimal.</summary>
    public static string Decimal(Int128 units, int scale) => FixedPoint.Format(units, scale);

    /// <summary>True for a seller who hits a bid.</summary>
    /// <exception cref="FormatException">It is neither side.</exception>
    public static bool IsSell(string text) => text.ToLowerInvariant() switch
    {
        "sell" or "s" or "ask" or "-1" => true,
        "buy" or "b" or "bid" or "1" => false,
        _ => throw new FormatException($"'{text}' is no side of the aggressor: buy or sell"),
    };

    /// <summary>Checks a price or quantity; places of a book that were never filled are zero.</summary>
    /// <exception cref="FormatException">It is no number, one beyond 28 digits, or negative.</exception>
    public static void Check(string text, string what)
    {
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value < 0)
        {
            throw new FormatException($"'{text}' is no {what}");
        }
    }

    /// <summary>A truth value.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static bool Flag(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException($"'{text}' is neither true nor false"),
    };
}
