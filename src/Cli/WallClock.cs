using System.Diagnostics;

namespace EventSourcedMM.Cli;

/// <summary>How long a command took, from the start of the process. The only place in the command line that looks at a clock.</summary>
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
        var before = (DateTime.UtcNow - process.StartTime.ToUniversalTime()).TotalSeconds;
        return new WallClock(Stopwatch.GetTimestamp(), before);
    }
}
