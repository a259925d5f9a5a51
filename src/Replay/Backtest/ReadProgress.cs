namespace EventSourcedMM.Replay.Backtest;

/// <summary>Tells how far a run has read, now and then.</summary>
internal sealed class ReadProgress(IReadOnlyList<InputStream> inputs, Action<long, long>? told)
{
    private const long Step = 0x4000;

    private readonly long total = inputs.Sum(i => i.Events);
    private long read;

    /// <summary>So many events more were read.</summary>
    public void Add(int events)
    {
        var before = read;
        read += events;
        if (before / Step != read / Step)
        {
            told?.Invoke(read, total);
        }
    }
}
