namespace EventSourcedMM.Live.Import;

/// <summary>
/// Local stamp minus the venue's stamp, over all messages that have both: the travel time plus whatever the local clock is
/// wrong by. The smallest is the best guess at the clock's error, short of the fastest message's travel time.
/// </summary>
public sealed class ClockOffset
{
    private const long Bin = 1_000_000;
    private readonly Dictionary<long, long> bins = [];
    private long count;

    /// <summary>Smallest offset in nanoseconds; null before any.</summary>
    public long? Smallest { get; private set; }

    /// <summary>Largest offset in nanoseconds; null before any.</summary>
    public long? Largest { get; private set; }

    /// <summary>The offset, to the millisecond, that half of the messages do not exceed, in nanoseconds; null before any.</summary>
    public long? Median
    {
        get
        {
            var below = 0L;
            foreach (var (bin, messages) in bins.OrderBy(b => b.Key))
            {
                below += messages;
                if (2 * below >= count)
                {
                    return bin * Bin;
                }
            }

            return null;
        }
    }

    /// <summary>Adds a message.</summary>
    public void Add(long receiveTime, long venueTime)
    {
        if (venueTime == 0)
        {
            return;
        }

        var offset = receiveTime - venueTime;
        Smallest = Math.Min(Smallest ?? offset, offset);
        Largest = Math.Max(Largest ?? offset, offset);
        count++;
        var bin = Domain.Units.Division.Divide(offset, Bin, Domain.Units.Rounding.Down);
        ref var messages = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(bins, bin, out _);
        messages++;
    }
}
