namespace EventSourcedMM.VenueSim.Time;

/// <summary>What the venue does at times of its own clock. Timers of the same time run in the order in which they were set.</summary>
internal sealed class TimerQueue
{
    private readonly PriorityQueue<VenueTimer, (long Time, long Ordinal)> queue = new();
    private readonly PriorityQueue<VenueTimer, (long Time, long Ordinal)> demanded = new();
    private long ordinal;

    /// <summary>Time of the next timer; <see cref="long.MaxValue"/> without any.</summary>
    public long NextTime => First(queue);

    /// <summary>Time of the next timer that somebody waits for; <see cref="long.MaxValue"/> without any.</summary>
    public long NextDemanded => First(demanded);

    /// <summary>Sets a timer.</summary>
    /// <param name="time">Venue time; one that has passed runs at once.</param>
    /// <param name="action">What to do.</param>
    /// <param name="isDemanded">True when somebody waits for it: at full speed the clock then runs up to it even with nobody reading.</param>
    public VenueTimer Set(long time, Action action, bool isDemanded = false)
    {
        var timer = new VenueTimer(time, action);
        queue.Enqueue(timer, (time, ordinal++));
        if (isDemanded)
        {
            demanded.Enqueue(timer, (time, ordinal));
        }

        return timer;
    }

    /// <summary>Runs the next timer.</summary>
    public void RunNext()
    {
        _ = NextTime;
        queue.Dequeue().Fire();

        // What has run goes from here, too: at a given speed nobody else asks for what is demanded.
        _ = NextDemanded;
    }

    private static long First(PriorityQueue<VenueTimer, (long Time, long Ordinal)> queue)
    {
        while (queue.TryPeek(out var timer, out var at))
        {
            if (!timer.Cancelled)
            {
                return at.Time;
            }

            queue.Dequeue();
        }

        return long.MaxValue;
    }
}

/// <summary>A timer that was set; it can be cancelled until it has run.</summary>
internal sealed class VenueTimer(long time, Action action)
{
    // Not kept longer than it is needed: it holds a connection, and a timer may wait for a day after it was cancelled.
    private Action? todo = action;

    /// <summary>When it runs, in nanoseconds since the epoch.</summary>
    public long Time => time;

    /// <summary>True when it will not run.</summary>
    public bool Cancelled => todo is null;

    /// <summary>Prevents it from running.</summary>
    public void Cancel() => todo = null;

    internal void Fire()
    {
        var now = todo;
        todo = null;
        now?.Invoke();
    }
}
