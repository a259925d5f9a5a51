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

    [Property(MaxTest = 60)]
    public void BookSide_OnAndOffTheGrid_NearAndFar_IsTheSortedTwin(bool ask, int seed, byte power, bool reset)
    {
        // Steps from one unit to a thousand million, prices far beyond every slot among them, and odd ones.
        var random = new Random(seed);
        var step = (long)Math.Pow(10, power % 10);
        var side = new BookSide(ask ? Side.Ask : Side.Bid);
        var twin = new SortedLevels(ask ? Side.Ask : Side.Bid);
        var odd = random.Next(2, 40);
        for (var i = 0; i < 3_000; i++)
        {
            if (reset && random.Next(700) == 0)
            {
                var levels = Enumerable.Range(0, random.Next(300)).Select(_ => new Level(Price(), random.Next(1, 9))).ToArray();
                side.Reset(levels);
                twin.Clear();
                Array.ForEach(levels, l => twin.Set(l.Price, l.Quantity));
            }

            var price = Price();
            var quantity = random.Next(3) == 0 ? 0L : random.Next(1, 1_000);
            Assert.Equal(twin.Set(price, quantity), side.Set(price, quantity));
            Assert.Equal((twin.Count, twin.BestPrice, twin.BestQuantity), (side.Count, side.BestPrice, side.BestQuantity));
            if (i % 250 == 0)
            {
                Assert.Equal(Enumerable.Range(0, twin.Count).Select(rank => twin[rank]), side.ToLevels());
                var other = Price();
                Assert.Equal(twin.QuantityAt(other), side.QuantityAt(other));
            }
        }

        long Price()
        {
            var near = 40_000 + random.Next(200);
            var slot = random.Next(12) switch
            {
                0 => 1L + random.Next(1 << 20),
                1 => (1L << 26) - 2 + random.Next(4),
                _ => near,
            };
            return (slot * step) + (random.Next(odd) == 0 ? random.NextInt64(step) : 0);
        }
    }

    /// <summary>Places are looked up for many levels at once; a grid that changes among them, or a price twice in a list, changes nothing.</summary>
    [Property(MaxTest = 60)]
    public void BookSide_WholeLists_AreTheSortedTwin(bool ask, int seed)
    {
        var random = new Random(seed);
        var side = new BookSide(ask ? Side.Ask : Side.Bid);
        var twin = new SortedLevels(ask ? Side.Ask : Side.Bid);
        side.Reset([.. Enumerable.Range(1, 100).Select(i => new Level(i * 1_000_000L, 1))]);
        foreach (var i in Enumerable.Range(1, 100))
        {
            twin.Set(i * 1_000_000L, 1);
        }

        for (var round = 0; round < 20; round++)
        {
            var unit = (long)Math.Pow(10, random.Next(7));
            var levels = Enumerable.Range(0, random.Next(300)).Select(_ => new Level(random.Next(1, 400) * unit, random.Next(3) == 0 ? 0 : random.Next(1, 9))).ToArray();
            side.Apply(levels);
            Array.ForEach(levels, l => twin.Set(l.Price, l.Quantity));
            Assert.Equal((twin.Count, twin.BestPrice, twin.BestQuantity), (side.Count, side.BestPrice, side.BestQuantity));
            Assert.Equal(Enumerable.Range(0, twin.Count).Select(rank => twin[rank]), side.ToLevels());
        }
    }

    [Fact]
    public void BookSide_MostPricesLeaveTheGrid_AnotherIsFound()
    {
        var side = new BookSide(Side.Bid);
        side.Reset([.. Enumerable.Range(1, 100).Select(i => new Level(i * 1_000_000L, 1))]);
        for (var i = 1; i <= 5_000; i++)
        {
            side.Set(i * 1_000L, i);
        }

        Assert.Equal(5_000 + 95, side.Count);
        Assert.Equal(new Level(100_000_000, 1), side[0]);
        Assert.Equal(new Level(1_000, 1), side[side.Count - 1]);
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
