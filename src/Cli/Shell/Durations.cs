using EventSourcedMM.VenueSim.Faults;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Durations as users write them: 500ms, 90s, 30m, 24h, 14d.</summary>
public static class Durations
{
    /// <summary>Reads a positive duration.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan Parse(string text, string flag) =>
        DurationRange.TryDuration(text, out var nanoseconds) && nanoseconds > 0
            ? TimeSpan.FromTicks(nanoseconds / 100)
            : throw new UsageException($"{flag} {text} is not a duration; write 500ms, 90s, 30m, 24h or 14d.");
}
