using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Moments as users write them and as events store them.</summary>
public static class Moments
{
    private static readonly Instant Earliest = Instant.FromUtc(1678, 1, 1, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(2262, 1, 1, 0, 0);

    /// <summary>Reads a moment: with Z or an offset as it stands, otherwise local time in a zone.</summary>
    /// <exception cref="UsageException">It cannot be read, or does not exist in the zone.</exception>
    public static Instant Parse(string text, DateTimeZone zone, string flag)
    {
        foreach (var pattern in (string[])["uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFFFFFo<Z+HH:mm>", "uuuu'-'MM'-'dd'T'HH':'mmo<Z+HH:mm>"])
        {
            var offset = OffsetDateTimePattern.CreateWithInvariantCulture(pattern).Parse(text);
            if (offset.Success)
            {
                return offset.Value.ToInstant();
            }
        }

        foreach (var pattern in (string[])["uuuu'-'MM'-'dd'T'HH':'mm':'ss.FFFFFFFFF", "uuuu'-'MM'-'dd'T'HH':'mm", "uuuu'-'MM'-'dd"])
        {
            var local = LocalDateTimePattern.Create(pattern, CultureInfo.InvariantCulture).Parse(text);
            if (local.Success)
            {
                try
                {
                    return zone.AtStrictly(local.Value).ToInstant();
                }
                catch (OverflowException)
                {
                    // The last hours of the calendar, east or west of Greenwich.
                    return Instant.MaxValue;
                }
                catch (Exception e) when (e is SkippedTimeException or AmbiguousTimeException)
                {
                    throw new UsageException($"{flag} {text} does not name one moment in {zone.Id} (clocks changed then); write it with an offset, such as {text}+00:00.");
                }
            }
        }

        throw new UsageException($"{flag} {text} is not a time; write it as 2024-07-24T09:30, 2024-07-24T09:30:15.5Z or 2024-07-24T09:30+08:00.");
    }

    /// <summary>A moment as nanoseconds since the epoch.</summary>
    /// <param name="instant">The moment.</param>
    /// <param name="flag">The flag that names it, for the message.</param>
    /// <exception cref="UsageException">64 bits of nanoseconds do not reach it.</exception>
    public static long Stamp(Instant instant, string flag = "The time") => instant >= Earliest && instant < Latest
        ? (instant - NodaConstants.UnixEpoch).ToInt64Nanoseconds()
        : throw new UsageException($"{flag} lies outside the years 1678 to 2261, which is what nanoseconds in 64 bits reach.");

    /// <summary>Nanoseconds since the epoch as UTC text.</summary>
    public static string Text(long time) =>
        InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));
}
