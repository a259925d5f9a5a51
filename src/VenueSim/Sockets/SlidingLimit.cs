namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>How many of something may happen within a sliding time (5 messages a second, 300 connection attempts in five minutes).</summary>
internal sealed class SlidingLimit(int most, long period)
{
    private readonly Queue<long> times = new();

    /// <summary>Notes one at a time; false when it is one too many.</summary>
    public bool Take(long time)
    {
        while (times.TryPeek(out var first) && time - first >= period)
        {
            times.Dequeue();
        }

        times.Enqueue(time);
        return times.Count <= most;
    }
}
