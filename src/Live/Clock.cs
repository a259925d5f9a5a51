using System.Diagnostics;

namespace EventSourcedMM.Live;

/// <summary>
/// The one place in Live that reaches the machine's clock and timers; everything else is handed its time. A clock is
/// either this machine's, or the clock of a simulated venue (<c>mm venue</c>): then stamps, waits, time-outs, lives and
/// windows all scale with the venue's speed. As a <see cref="TimeProvider"/> it drives <c>Task.Delay</c> and cancellation.
/// </summary>
public sealed class Clock : TimeProvider
{
    // A venue that runs as fast as its clients read has no factor; what is waited out there is shortened by this one.
    private const double FollowingFactor = 30;

    // No peer is given up for less than this of the machine's time: a scaled minute may be an instant.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(1_500);

    private readonly bool isSimulated;
    private readonly long origin = Stopwatch.GetTimestamp();
    private volatile Tie tie;
    private long latest;

    private Clock(bool isSimulated, bool follows, double factor, long now)
    {
        this.isSimulated = isSimulated;
        Follows = follows;
        Factor = factor;
        latest = now;
        tie = new Tie(now, origin, follows ? 0 : factor);
    }

    /// <summary>This machine's clock.</summary>
    public static Clock Machine { get; } = new(false, false, 1, 0);

    /// <summary>This machine's timers.</summary>
    public static TimeProvider Timers => System;

    /// <summary>Seconds of this clock in a second of the machine; for waits only where the clock follows its venue.</summary>
    public double Factor { get; }

    /// <summary>True for the clock of a venue that runs as fast as it is read: it shows the latest stamp seen.</summary>
    public bool Follows { get; }

    /// <summary>True for a simulated venue's clock.</summary>
    public bool IsSimulated => isSimulated;

    /// <summary>Now, in nanoseconds since the epoch. A simulated clock never runs backwards; a machine's may be set.</summary>
    public long Now
    {
        get
        {
            if (!isSimulated)
            {
                return (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
            }

            var tied = tie;
            return Raise(tied.Venue + (long)(Stopwatch.GetElapsedTime(tied.Machine).Ticks * 100.0 * tied.Rate));
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => Stopwatch.Frequency;

    /// <summary>The clock of a simulated venue.</summary>
    /// <param name="now">What it shows now.</param>
    /// <param name="factor">How fast it runs; null when it runs as fast as its clients read.</param>
    /// <param name="following">Where it follows its venue: seconds of a wait in a second of the machine.</param>
    public static Clock Simulated(long now, double? factor, double following = FollowingFactor) => new(true, factor is null, factor ?? following, now);

    /// <summary>Ties a simulated clock to what its venue shows now.</summary>
    /// <param name="now">Nanoseconds since the epoch.</param>
    /// <param name="stands">True while the venue's clock is paused.</param>
    public void TieTo(long now, bool stands) => tie = new Tie(now, Stopwatch.GetTimestamp(), stands || Follows ? 0 : Factor);

    /// <summary>Takes in a stamp of the venue, where the clock follows it, and returns the receive stamp for what carried it.</summary>
    /// <param name="venueTime">Nanoseconds since the epoch; 0 for none.</param>
    public long Saw(long venueTime) => Raise(venueTime);

    /// <summary>How long to wait for a peer before it is given up: the usual time, and never too little of the machine's.</summary>
    public TimeSpan Patience(TimeSpan usual)
    {
        var least = LeastPatience * Factor;
        return isSimulated && least > usual ? least : usual;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(Now / 100);

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        isSimulated ? (long)((Stopwatch.GetTimestamp() - origin) * Factor) : Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        isSimulated
            ? new ScaledTimer(System.CreateTimer(callback, state, Scale(dueTime, Factor), Scale(period, Factor)), Factor)
            : System.CreateTimer(callback, state, dueTime, period);

    // Timers count in milliseconds: what is shorter is one, so that nothing spins.
    private static TimeSpan Scale(TimeSpan time, double factor) =>
        time <= TimeSpan.Zero ? time : TimeSpan.FromMilliseconds(Math.Max(1, Math.Min(time.TotalMilliseconds / factor, int.MaxValue)));

    private long Raise(long time)
    {
        var seen = Volatile.Read(ref latest);
        while (time > seen)
        {
            var before = Interlocked.CompareExchange(ref latest, time, seen);
            if (before == seen)
            {
                return time;
            }

            seen = before;
        }

        return seen;
    }

    private sealed record Tie(long Venue, long Machine, double Rate);

    private sealed class ScaledTimer(ITimer timer, double factor) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Scale(dueTime, factor), Scale(period, factor));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
