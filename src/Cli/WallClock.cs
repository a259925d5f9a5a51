using System.Diagnostics;
using System.Globalization;

namespace EventSourcedMM.Cli;

/// <summary>How long a command took, from the start of the process, without what the launcher built before. The only place in the command line that looks at a clock.</summary>
public sealed class WallClock
{
    private readonly long start;
    private readonly double before;

    private WallClock(long start, double before)
    {
        this.start = start;
        this.before = before;
    }

    /// <summary>Seconds since the process started.</summary>
    public double Seconds => before + Stopwatch.GetElapsedTime(start).TotalSeconds;

    /// <summary>Timers for stores that flush at intervals.</summary>
    public static TimeProvider Timers => TimeProvider.System;

    /// <summary>Begins to count; the time the process needed to get here counts too.</summary>
    public static WallClock Start()
    {
        using var process = Process.GetCurrentProcess();
        var now = DateTime.UtcNow;
        var before = (now - process.StartTime.ToUniversalTime()).TotalSeconds;

        // The launcher built the program first, in this very process.
        var text = Environment.GetEnvironmentVariable("MM_STARTED")?.Replace(',', '.');
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var epoch)
            && (now - DateTime.UnixEpoch).TotalSeconds - epoch is >= 0 and var built && built < before)
        {
            before = built;
        }

        return new WallClock(Stopwatch.GetTimestamp(), before);
    }
}
