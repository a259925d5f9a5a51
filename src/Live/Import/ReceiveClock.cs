using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Import;

/// <summary>Resolution of a recorder's stamps, recognised by their number of digits (right from 2001 to 2286).</summary>
public enum ReceiveClock
{
    /// <summary>10 digits.</summary>
    Seconds,

    /// <summary>13 digits.</summary>
    Milliseconds,

    /// <summary>16 digits.</summary>
    Microseconds,

    /// <summary>19 digits.</summary>
    Nanoseconds,
}

/// <summary>What the clocks are called in events, and what they count.</summary>
public static class ReceiveClocks
{
    /// <summary>s, ms, us or ns.</summary>
    public static string Name(this ReceiveClock clock) => clock switch
    {
        ReceiveClock.Seconds => "s",
        ReceiveClock.Milliseconds => "ms",
        ReceiveClock.Microseconds => "us",
        _ => "ns",
    };

    /// <summary>Nanoseconds in one step of the clock.</summary>
    public static long Step(this ReceiveClock clock) => clock switch
    {
        ReceiveClock.Seconds => Nanoseconds.PerSecond,
        ReceiveClock.Milliseconds => Nanoseconds.PerMillisecond,
        ReceiveClock.Microseconds => Nanoseconds.PerMicrosecond,
        _ => 1,
    };
}
