using EventSourcedMM.Domain.Book;
using EventSourcedMM.Projections.Books;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Projections.Books;

/// <summary>The book's arrays against a sorted dictionary, level for level.</summary>
public sealed class OrderBookTests
{
    [Property(MaxTest = 100)]
    public void BookSide_AnyChanges_IsTheSortedDictionary(bool ask, int seed)
    {
        var random = new Random(seed);
        var side = new BookSide(ask ? Side.Ask : Side.Bid);
        var twin = new SortedDictionary<long, long>(ask ? Comparer<long>.Default : Comparer<long>.Create((a, b) => b.CompareTo(a)));
        var prices = random.Next(1, 400);
        for (var i = 0; i < 1_500; i++)
        {
            var price = 1_000L + random.Next(prices);
            var quantity = random.Next(3) == 0 ? 0L : random.Next(1, 1_000);
            var before = side.Set(price, quantity);
            Assert.Equal(twin.GetValueOrDefault(price), before);
            if (quantity == 0)
            {
                twin.Remove(price);
            }
            else
            {
                twin[price] = quantity;
            }

            if (i % 50 == 0 || i > 1_490)
            {
                Same(twin, side, random);
            }
        }

        side.Clear();
        Assert.Equal(0, side.Count);
        Assert.Equal(0, side.BestPrice);
        Assert.Equal(0, side.BestQuantity);
    }

    [Fact]
    public void BookSide_MoreLevelsThanRoom_Grows()
    {
        var side = new BookSide(Side.Bid);
        for (var price = 5_000; price > 0; price--)
        {
            side.Set(price, price);
        }

        Assert.Equal(5_000, side.Count);
        Assert.Equal(5_000, side.BestPrice);
        Assert.Equal(new Level(1, 1), side[4_999]);
        Assert.Equal(5_000L * 5_001 / 2, side.TotalQuantity());
    }

    [Property(MaxTest = 200)]
    public Property OrderBook_DiffsInAnyOrder_EqualsNaiveBook() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            var book = new OrderBook();
            var naive = new NaiveBook();
            var first = Levels(random, 40);
            book.Reset(first.Bids, first.Asks);
            naive.Reset(first.Bids, first.Asks);
            for (var i = 0; i < 50; i++)
            {
                var (bids, asks) = Levels(random, 8);
                book.Apply(bids, asks);
                naive.Apply(bids, asks);
                Assert.Equal(naive.Describe(), NaiveBook.Describe(book));
            }
        });

    private static (Level[] Bids, Level[] Asks) Levels(Random random, int most)
    {
        Level[] One(int low) => [.. Enumerable.Range(0, random.Next(most)).Select(_ => new Level(low + random.Next(60), random.Next(4) == 0 ? 0 : random.Next(1, 99)))];
        return (One(100), One(140));
    }

    private static void Same(SortedDictionary<long, long> twin, BookSide side, Random random)
    {
        var expected = twin.Select(l => new Level(l.Key, l.Value)).ToArray();
        Assert.Equal(expected, side.ToLevels());
        Assert.Equal(expected.Take(7), side.ToLevels(7));
        Assert.Equal(expected.Length, side.Count);
        Assert.Equal(expected.FirstOrDefault(), new Level(side.BestPrice, side.BestQuantity));
        Assert.Equal(twin.Values.Aggregate(Int128.Zero, (sum, quantity) => sum + quantity), side.TotalQuantity());
        var price = 1_000L + random.Next(400);
        Assert.Equal(twin.GetValueOrDefault(price), side.QuantityAt(price));
    }
}
