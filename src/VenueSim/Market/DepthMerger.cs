using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>
/// Merges diffs into one that covers them all (@depth, once a second): U of the first, u of the last, of every price the
/// last quantity. Diffs that do not join are never merged: a hole in the recording stays one.
/// </summary>
internal sealed class DepthMerger
{
    private readonly SortedDictionary<long, long> bids = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<long, long> asks = [];
    private long first;
    private long final;

    /// <summary>True when there is nothing to send.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>True when a diff continues what is merged.</summary>
    public bool Joins(in DepthDiff diff) => IsEmpty || diff.FirstUpdateId <= final + 1;

    /// <summary>Merges a diff that <see cref="Joins"/>.</summary>
    public void Add(in DepthDiff diff)
    {
        first = IsEmpty ? diff.FirstUpdateId : Math.Min(first, diff.FirstUpdateId);
        final = IsEmpty ? diff.FinalUpdateId : Math.Max(final, diff.FinalUpdateId);
        IsEmpty = false;
        Add(bids, diff.Bids);
        Add(asks, diff.Asks);
    }

    /// <summary>What was merged, best prices first; starts anew.</summary>
    public DepthDiff Take()
    {
        var diff = new DepthDiff { FirstUpdateId = first, FinalUpdateId = final, Bids = Levels(bids), Asks = Levels(asks) };
        Clear();
        return diff;
    }

    /// <summary>Forgets what was merged.</summary>
    public void Clear()
    {
        bids.Clear();
        asks.Clear();
        IsEmpty = true;
    }

    private static void Add(SortedDictionary<long, long> side, LevelList levels)
    {
        foreach (var level in levels.Span)
        {
            side[level.Price] = level.Quantity;
        }
    }

    private static LevelList Levels(SortedDictionary<long, long> side)
    {
        var levels = new Level[side.Count];
        var at = 0;
        foreach (var (price, quantity) in side)
        {
            levels[at++] = new Level(price, quantity);
        }

        return new LevelList(levels);
    }
}
