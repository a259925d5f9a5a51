using System.Numerics;

namespace EventSourcedMM.Live.Capturing;

/// <summary>
/// Counts of delays in nanoseconds, negative ones too, in bins of a sixteenth of a power of two: a percentile is right to
/// 6 %. Its size never changes, adding allocates nothing. For one thread at a time.
/// </summary>
public sealed class DelayHistogram
{
    private const int Parts = 16;
    private readonly long[] positive = new long[64 * Parts];
    private readonly long[] negative = new long[64 * Parts];

    /// <summary>Delays counted.</summary>
    public long Count { get; private set; }

    /// <summary>Percentiles 50, 90 and 99 %; null without any.</summary>
    public (long Half, long Ninety, long NinetyNine)? Triple => Count == 0 ? null : (Percentile(0.5)!.Value, Percentile(0.9)!.Value, Percentile(0.99)!.Value);

    /// <summary>Adds a delay.</summary>
    public void Add(long nanoseconds)
    {
        Count++;
        if (nanoseconds >= 0)
        {
            positive[Bin(nanoseconds)]++;
        }
        else
        {
            negative[Bin(-(nanoseconds + 1))]++;
        }
    }

    /// <summary>Adds another histogram's counts.</summary>
    public void Add(DelayHistogram other)
    {
        Count += other.Count;
        for (var i = 0; i < positive.Length; i++)
        {
            positive[i] += other.positive[i];
            negative[i] += other.negative[i];
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(positive);
        Array.Clear(negative);
        Count = 0;
    }

    /// <summary>The delay that a share of all do not exceed, in nanoseconds; null without any.</summary>
    /// <param name="share">From 0 to 1.</param>
    public long? Percentile(double share)
    {
        if (Count == 0)
        {
            return null;
        }

        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (var i = negative.Length - 1; i >= 0; i--)
        {
            rank -= negative[i];
            if (rank <= 0)
            {
                return -Middle(i) - 1;
            }
        }

        for (var i = 0; i < positive.Length; i++)
        {
            rank -= positive[i];
            if (rank <= 0)
            {
                return Middle(i);
            }
        }

        return Middle(positive.Length - 1);
    }

    // Values below 16 have a bin each; above, the four bits after the highest one choose among a power's sixteen.
    private static int Bin(long value)
    {
        if (value < Parts)
        {
            return (int)value;
        }

        var power = BitOperations.Log2((ulong)value);
        return ((power - 3) * Parts) + (int)((value >> (power - 4)) & (Parts - 1));
    }

    private static long Middle(int bin)
    {
        if (bin < Parts)
        {
            return bin;
        }

        var power = (bin / Parts) + 3;
        var low = (long)(Parts + (bin % Parts)) << (power - 4);
        return low + (1L << (power - 4) >> 1);
    }
}
