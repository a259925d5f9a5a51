namespace EventSourcedMM.Live.Connections;

/// <summary>
/// Waits that double from a first to a longest one, each drawn evenly from its upper half, so that many clients that
/// lost the same server do not come back together. Seeded, so that a run can be told again.
/// </summary>
public sealed class BackOff(TimeSpan first, TimeSpan longest, ulong seed)
{
    private ulong state = seed;
    private int failures;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var most = Math.Min(first.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 20)), longest.TotalMilliseconds);
        failures++;
        return TimeSpan.FromMilliseconds((most / 2) + (most / 2 * Draw()));
    }

    /// <summary>It worked: the next failure begins again with the first wait.</summary>
    public void Reset() => failures = 0;

    // SplitMix64 (Steele, Lea, Flood 2014); its arithmetic wraps by definition.
    private double Draw()
    {
        unchecked
        {
            var z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return ((z ^ (z >> 31)) >> 11) / (double)(1UL << 53);
        }
    }
}
