using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Tests.Projections.Books;

/// <summary>The book as anybody would write it first: two sorted dictionaries.</summary>
internal sealed class NaiveBook
{
    public SortedDictionary<long, long> Bids { get; } = [];

    public SortedDictionary<long, long> Asks { get; } = [];

    /// <summary>All levels of a book as comparable text.</summary>
    public static string Describe(OrderBook book) => Text(book.Bids.ToLevels().Reverse()) + "|" + Text(book.Asks.ToLevels());

    public string Describe() => Text(Bids.Select(l => new Level(l.Key, l.Value))) + "|" + Text(Asks.Select(l => new Level(l.Key, l.Value)));

    public void Reset(ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks)
    {
        Bids.Clear();
        Asks.Clear();
        Apply(bids, asks);
    }

    public void Apply(ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks)
    {
        Apply(Bids, bids);
        Apply(Asks, asks);
    }

    private static void Apply(SortedDictionary<long, long> side, ReadOnlySpan<Level> levels)
    {
        foreach (var level in levels)
        {
            if (level.Quantity == 0)
            {
                side.Remove(level.Price);
            }
            else
            {
                side[level.Price] = level.Quantity;
            }
        }
    }

    private static string Text(IEnumerable<Level> levels) =>
        string.Join(' ', levels.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Price}x{l.Quantity}")));
}
