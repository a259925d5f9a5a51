namespace EventSourcedMM.VenueSim.Time;

/// <summary>Wakes the venue's loop from any thread; calls while it is awake are not lost and do not add up.</summary>
internal sealed class WakeUp
{
    private readonly SemaphoreSlim semaphore = new(0);
    private int set;

    /// <summary>The loop shall look again.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref set, 1) == 0)
        {
            semaphore.Release();
        }
    }

    /// <summary>Waits for <see cref="Set"/>, at most for a while.</summary>
    public async Task WaitAsync(TimeSpan most, TimeProvider timers)
    {
        var woken = semaphore.WaitAsync();
        if (most == Timeout.InfiniteTimeSpan)
        {
            await woken;
        }
        else if (!woken.IsCompleted)
        {
            using var stop = new CancellationTokenSource();
            var delay = Task.Delay(most, timers, stop.Token);
            if (await Task.WhenAny(woken, delay) == delay && Interlocked.Exchange(ref set, 1) == 0)
            {
                // Nobody set it: this does, so that the wait that is out ends, too.
                semaphore.Release();
            }

            await stop.CancelAsync();
            await woken;
        }

        // A full fence: what was posted before the last call is seen by the look that follows.
        Interlocked.Exchange(ref set, 0);
    }
}
