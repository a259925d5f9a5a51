using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Moments as users write them and as events store them.</summary>
public static class Moments
{
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
                catch (Exception e) when (e is SkippedTimeException or AmbiguousTimeException)
                {
                    throw new UsageException($"{flag} {text} does not name one moment in {zone.Id} (clocks changed then); write it with an offset, such as {text}+00:00.");
                }
            }
        }

        throw new UsageException($"{flag} {text} is not a time; write it as 2024-07-24T09:30, 2024-07-24T09:30:15.5Z or 2024-07-24T09:30+08:00.");
    }

    /// <summary>A moment as nanoseconds since the epoch.</summary>
    public static long Stamp(Instant instant) => (instant - NodaConstants.UnixEpoch).ToInt64Nanoseconds();

    /// <summary>Nanoseconds since the epoch as UTC text.</summary>
    public static string Text(long time) =>
        InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));
}
