using BenchmarkDotNet.Attributes;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Bench.Parts;

/// <summary>The levels of the recording's diffs into a book, three ways, beside copying them: the same levels, the same best prices.</summary>
[MemoryDiagnoser]
public class BookBench
{
    private readonly Level[] copy = new Level[100_000];
    private Recording recording = null!;

    /// <summary>Lines to take; fewer in the small run.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>Reads the recording.</summary>
    [GlobalSetup]
    public void Setup() => recording = Recording.Read(Most);

    /// <summary>The floor: the levels copied.</summary>
    [Benchmark(Description = "levels copied")]
    public long Copied()
    {
        var sum = 0L;
        foreach (var diff in recording.Diffs)
        {
            diff.CopyTo(copy, 0);
            sum += diff.Length;
        }

        return sum;
    }

    /// <summary>What anyone would write first. The best price is looked for at the end only, which favours it: the book has it after every diff.</summary>
    [Benchmark(Baseline = true, Description = "sorted dictionary")]
    public long Dictionary()
    {
        var bids = new SortedDictionary<long, long>();
        var asks = new SortedDictionary<long, long>();
        for (var i = 0; i < recording.Diffs.Count; i++)
        {
            var diff = recording.Diffs[i];
            for (var j = 0; j < diff.Length; j++)
            {
                // Bids by the price's negative: the first of either is the best.
                var isBid = j < recording.Bids[i];
                var (side, key) = (isBid ? bids : asks, isBid ? -diff[j].Price : diff[j].Price);
                if (diff[j].Quantity == 0)
                {
                    side.Remove(key);
                }
                else
                {
                    side[key] = diff[j].Quantity;
                }
            }
        }

        return asks.First().Key - bids.First().Key;
    }

    /// <summary>The plain twin of the book: sorted arrays.</summary>
    [Benchmark(Description = "sorted arrays")]
    public long Sorted()
    {
        var bids = new SortedLevels(Side.Bid);
        var asks = new SortedLevels(Side.Ask);
        for (var i = 0; i < recording.Diffs.Count; i++)
        {
            var diff = recording.Diffs[i];
            for (var j = 0; j < diff.Length; j++)
            {
                (j < recording.Bids[i] ? bids : asks).Set(diff[j].Price, diff[j].Quantity);
            }
        }

        return asks.BestPrice + bids.BestPrice;
    }

    /// <summary>The book.</summary>
    [Benchmark(Description = "by slot")]
    public long Slots()
    {
        var book = new OrderBook();
        for (var i = 0; i < recording.Diffs.Count; i++)
        {
            var diff = recording.Diffs[i].AsSpan();
            book.Apply(diff[..recording.Bids[i]], diff[recording.Bids[i]..]);
        }

        return book.MidTwice;
    }
}
