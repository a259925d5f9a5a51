using System.Runtime.InteropServices;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>The deprecated 12-byte timestamp that old Spark, Impala and pandas wrote: nanoseconds of the day and a Julian day.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct Int96Timestamp
{
    private const int UnixEpochJulianDay = 2_440_588;
    private const long NanosecondsPerDay = 86_400_000_000_000;

    private readonly long _nanosecondsOfDay;
    private readonly int _julianDay;

    /// <summary>A timestamp of its two parts.</summary>
    public Int96Timestamp(long nanosecondsOfDay, int julianDay)
    {
        _nanosecondsOfDay = nanosecondsOfDay;
        _julianDay = julianDay;
    }

    /// <summary>Nanoseconds since midnight.</summary>
    public long NanosecondsOfDay => _nanosecondsOfDay;

    /// <summary>Days since −4713-11-24; 2,440,588 is 1970-01-01.</summary>
    public int JulianDay => _julianDay;

    /// <summary>Nanoseconds since 1970-01-01T00:00 (the format does not say in which zone; writers meant UTC).</summary>
    /// <returns>False where 64 bits do not hold it (before 1677 or after 2262).</returns>
    public bool TryToUnixNanoseconds(out long nanoseconds)
    {
        Int128 exact = (((Int128)_julianDay - UnixEpochJulianDay) * NanosecondsPerDay) + _nanosecondsOfDay;
        bool fits = exact >= long.MinValue && exact <= long.MaxValue;
        nanoseconds = fits ? (long)exact : 0;
        return fits;
    }
}
