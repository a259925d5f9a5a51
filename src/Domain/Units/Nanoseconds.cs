namespace EventSourcedMM.Domain.Units;

/// <summary>Time in events is nanoseconds since 1970-01-01T00:00:00Z as a 64-bit integer (good until 2262).</summary>
public static class Nanoseconds
{
    /// <summary>Nanoseconds in a microsecond.</summary>
    public const long PerMicrosecond = 1_000;

    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long PerMillisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long PerSecond = 1_000_000_000;

    /// <summary>Nanoseconds in a UTC day; the exchange's days have no leap seconds.</summary>
    public const long PerDay = 86_400 * PerSecond;

    /// <summary>Days since the epoch of the UTC day that holds an instant.</summary>
    public static long DayOf(long time) => Division.Divide(time, PerDay, Rounding.Down);
}
