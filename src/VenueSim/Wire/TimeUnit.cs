namespace EventSourcedMM.VenueSim.Wire;

/// <summary>Unit of the time fields of a message (Binance: timeUnit in the URL of a stream, X-MBX-TIME-UNIT for REST).</summary>
internal enum TimeUnit
{
    Millisecond = 0,
    Microsecond = 1,
}

/// <summary>Reads a time unit as clients write it.</summary>
internal static class TimeUnits
{
    /// <summary>Number of units, to index what is kept per unit.</summary>
    public const int Count = 2;

    /// <summary>Nanoseconds in a unit.</summary>
    public static long Nanoseconds(TimeUnit unit) => unit == TimeUnit.Millisecond ? 1_000_000 : 1_000;

    /// <summary>The documented spellings: all capitals or all small letters. An absent one is milliseconds.</summary>
    public static bool TryParse(string? text, out TimeUnit unit)
    {
        unit = text is "MICROSECOND" or "microsecond" ? TimeUnit.Microsecond : TimeUnit.Millisecond;
        return text is null or "" or "MICROSECOND" or "microsecond" or "MILLISECOND" or "millisecond";
    }
}
