namespace EventSourcedMM.Live;

/// <summary>The one place in Live that reaches the machine's clock and timers; everything else is handed its time.</summary>
public static class Clock
{
    /// <summary>This machine's timers.</summary>
    public static TimeProvider Timers => TimeProvider.System;
}
