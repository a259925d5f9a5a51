using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// The venue's stamps. A stream sends milliseconds, or microseconds when it was opened with timeUnit=MICROSECOND;
/// the message does not say which. The two cannot be confused: below 10^14 is milliseconds (until the year 5138),
/// from there on microseconds (from 1973).
/// </summary>
internal static class VenueStamp
{
    private const long FirstMicrosecond = 100_000_000_000_000;

    /// <summary>Nanoseconds since the epoch; false when 64 bits do not hold them (after 2262).</summary>
    public static bool TryToNanoseconds(long stamp, out long nanoseconds)
    {
        nanoseconds = 0;
        if (stamp < 0)
        {
            return false;
        }

        var unit = stamp < FirstMicrosecond ? Nanoseconds.PerMillisecond : Nanoseconds.PerMicrosecond;
        if (stamp > long.MaxValue / unit)
        {
            return false;
        }

        nanoseconds = stamp * unit;
        return true;
    }
}
