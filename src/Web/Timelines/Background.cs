namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// One thread that goes on with what answers did not wait for: indexes, checksums, what a run in progress has added. All of it
/// takes turns there, so that at most one core is busy with it and answers never queue behind it.
/// </summary>
internal sealed class Background(TimeProvider timers) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly List<Work> works = [];
    private readonly CancellationTokenSource closing = new();
    private bool runs;

    /// <summary>Goes on with something until it is complete.</summary>
    /// <param name="advance">One step; false when there was nothing to do now.</param>
    /// <param name="refresh">Asks whether there is more.</param>
    /// <param name="complete">True when nothing can come any more.</param>
    /// <param name="completed">Called once, then.</param>
    public void Follow(Func<bool> advance, Action refresh, Func<bool> complete, Action completed)
    {
        lock (gate)
        {
            works.Add(new Work(advance, refresh, complete, completed));
            if (!runs)
            {
                runs = true;
                _ = Task.Factory.StartNew(Run, closing.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The thread may still look at its token: it is left to the collector.
        closing.Cancel();
    }

    private void Run()
    {
        while (!closing.IsCancellationRequested && Now() is { Length: > 0 } now)
        {
            var busy = false;
            foreach (var work in now)
            {
                if (closing.IsCancellationRequested)
                {
                    return;
                }

                if (!Turn(work, ref busy))
                {
                    lock (gate)
                    {
                        works.Remove(work);
                    }
                }
            }

            if (!busy)
            {
                closing.Token.WaitHandle.WaitOne(Poll);
            }
        }
    }

    private Work[] Now()
    {
        lock (gate)
        {
            runs = works.Count > 0;
            return [.. works];
        }
    }

    // False when it is over.
    private bool Turn(Work work, ref bool busy)
    {
        if (work.Idle > 0 && timers.GetElapsedTime(work.Idle) < Poll)
        {
            return true;
        }

        try
        {
            if (work.Complete())
            {
                work.Completed();
                return false;
            }

            if (work.Advance())
            {
                busy = true;
                work.Idle = 0;
                return true;
            }

            work.Refresh();
        }
        catch (Exception e) when (MarketIndex.IsDamage(e) || e is Stores.StoreUnreachableException)
        {
            // Where reading meets damage the index says so; what else fails now is asked again after the pause.
        }

        busy |= work.Complete();
        work.Idle = timers.GetTimestamp();
        return true;
    }

    private sealed record Work(Func<bool> Advance, Action Refresh, Func<bool> Complete, Action Completed)
    {
        // When it had nothing to do; 0 while it has.
        public long Idle { get; set; }
    }
}
