using EventSourcedMM.VenueSim.Faults;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Durations as users write them: 500ms, 90s, 30m, 24h, 14d.</summary>
public static class Durations
{
    // A timer of the runtime waits 2^32 − 2 ms at most: 49.7 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    /// <summary>Reads a positive duration of at most 49 days.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan Parse(string text, string flag)
    {
        if (!DurationRange.TryDuration(text, out var nanoseconds) || nanoseconds <= 0)
        {
            // More nanoseconds than 64 bits hold are a duration all the same.
            throw text.TrimEnd('d', 'h', 'm', 's') is { Length: > 3 and var digits } number && digits < text.Length && number.All(char.IsAsciiDigit)
                ? TooLong(text, flag)
                : new UsageException($"{flag} {text} is not a duration; write 500ms, 90s, 30m, 24h or 14d.");
        }

        var duration = TimeSpan.FromTicks(nanoseconds / 100);
        return duration <= Longest ? duration : throw TooLong(text, flag);
    }

    private static UsageException TooLong(string text, string flag) => new($"{flag} {text} is longer than 49d, the longest that can be waited for.");
}
