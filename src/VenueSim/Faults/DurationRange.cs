using System.Globalization;

namespace EventSourcedMM.VenueSim.Faults;

/// <summary>A range of durations in nanoseconds; one duration is a range of itself.</summary>
/// <param name="Least">Shortest.</param>
/// <param name="Most">Longest.</param>
public readonly record struct DurationRange(long Least, long Most)
{
    /// <summary>Reads 500ms, 5s, 1m, 24h, or a range of such: 1s..10s. A minus sign is for clock errors.</summary>
    public static bool TryParse(string text, out DurationRange span)
    {
        var ends = text.Split("..");
        span = default;
        if (ends.Length > 2 || !TryDuration(ends[0], out var least) || !TryDuration(ends[^1], out var most) || least > most)
        {
            return false;
        }

        span = new DurationRange(least, most);
        return true;
    }

    /// <summary>Reads one duration.</summary>
    public static bool TryDuration(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        var digits = text.TrimEnd('a', 'b', 'c', 'd', 'h', 'm', 'n', 's', 'u');
        decimal? unit = text[digits.Length..] switch
        {
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => null,
        };
        if (unit is null
            || !decimal.TryParse(digits, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number * unit.Value) > 1e18m)
        {
            return false;
        }

        nanoseconds = (long)(number * unit.Value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Least == Most ? Text(Least) : $"{Text(Least)}..{Text(Most)}";

    /// <summary>A duration as it is read.</summary>
    public static string Text(long nanoseconds) => nanoseconds % 1_000_000_000 == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000_000}s")
        : string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6m:0.######}ms");
}
