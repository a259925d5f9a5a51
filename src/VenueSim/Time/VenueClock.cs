namespace EventSourcedMM.VenueSim.Time;

/// <summary>
/// The venue's clock: recorded time in nanoseconds since the epoch, moved on by the loop as it delivers what is due.
/// It never runs backwards and never passes something that is due and not delivered, so a machine that cannot keep up
/// makes the clock slow, not wrong. Used by the loop alone.
/// </summary>
internal sealed class VenueClock
{
    private readonly TimeProvider timers;

    // Where the two clocks were last tied together.
    private long anchorVenue;
    private long anchorMachine;

    // Machine time during which the venue's clock stood.
    private bool standing;
    private long stoodSince;
    private long stood;

    public VenueClock(TimeProvider timers, VenueSpeed speed, long start)
    {
        this.timers = timers;
        Speed = speed;
        Now = start;
        Anchor();
    }

    /// <summary>Recorded now.</summary>
    public long Now { get; private set; }

    /// <summary>How fast it runs.</summary>
    public VenueSpeed Speed { get; private set; }

    /// <summary>Where the clock would be if everything due had been delivered: at a factor the scaled machine time, otherwise open.</summary>
    public long Target => Speed.IsMax ? long.MaxValue : anchorVenue + (long)(MachineSince(anchorMachine) * Speed.Factor);

    /// <summary>
    /// Time for limits that clients wait out (request weight, messages a second): venue time, and machine time while the
    /// venue's clock stands. Otherwise whoever is told to wait a minute by a standing clock would wait for ever.
    /// </summary>
    public long LimitTime => Now + stood + (standing ? MachineSince(stoodSince) : 0);

    /// <summary>A moment of the machine, to measure from.</summary>
    public long Machine => timers.GetTimestamp();

    /// <summary>Nanoseconds of the machine since a moment.</summary>
    public long MachineSince(long machine) => (long)(timers.GetElapsedTime(machine).Ticks * 100);

    /// <summary>How long the machine has to wait until the clock shows a time; zero when it is due.</summary>
    public TimeSpan Until(long time)
    {
        if (Speed.IsMax || time <= Target)
        {
            return TimeSpan.Zero;
        }

        // Timers count in milliseconds: never early, and no spinning on the rest of one.
        var milliseconds = Math.Ceiling((time - Target) / 1e6 / Speed.Factor);
        return TimeSpan.FromMilliseconds(Math.Min(milliseconds, 3_600_000));
    }

    /// <summary>Moves the clock on; a time that has passed changes nothing.</summary>
    public void AdvanceTo(long time) => Now = Math.Max(Now, time);

    /// <summary>Sets the first time, before anything is delivered.</summary>
    public void Begin(long time)
    {
        Now = time;
        Anchor();
    }

    /// <summary>Another speed from now on.</summary>
    public void Set(VenueSpeed speed)
    {
        Speed = speed;
        Anchor();
    }

    /// <summary>The clock stands: paused, or at full speed with nobody reading.</summary>
    public void Stand()
    {
        if (!standing)
        {
            standing = true;
            stoodSince = Machine;
        }
    }

    /// <summary>The clock runs again, from where it stood.</summary>
    public void Run()
    {
        if (standing)
        {
            standing = false;
            stood += MachineSince(stoodSince);
            Anchor();
        }
    }

    private void Anchor()
    {
        anchorVenue = Now;
        anchorMachine = Machine;
    }
}
