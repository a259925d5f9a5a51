using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Tests.Projections.Books;

/// <summary>Our own orders in the book, against a twin that keeps what others have apart from the beginning.</summary>
public sealed class OwnDisplayTests
{
    [Fact]
    public void Best_RandomOrdersAndDiffs_IsTheBestOfABookThatNeverHadThem()
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            new Twin(seed).Play(400);
        }
    }

    [Fact]
    public void Best_OrderOverButStillShown_IsNotTakenForTheMarket()
    {
        var (book, orders, own) = (new OrderBook(), new WorkingOrders(), new OwnDisplay());
        Diff(book, own, orders, new Level(98, 5));
        Place(orders, own, 1, 100, 3);
        Diff(book, own, orders, new Level(100, 3));
        Assert.Equal(98, own.BestOf(book.Bids, Side.Bid));

        // Cancelled: the book goes on showing it until its level is told again.
        orders.Remove(1);
        Assert.Equal(98, own.BestOf(book.Bids, Side.Bid));
        Diff(book, own, orders, new Level(100, 2));
        Assert.Equal(100, own.BestOf(book.Bids, Side.Bid));
    }

    [Fact]
    public void Best_OrderNotYetShown_HidesNobody()
    {
        var (book, orders, own) = (new OrderBook(), new WorkingOrders(), new OwnDisplay());
        Diff(book, own, orders, new Level(100, 1));
        Place(orders, own, 1, 100, 3);
        Assert.Equal(100, own.BestOf(book.Bids, Side.Bid));
        Diff(book, own, orders, new Level(100, 4));
        Assert.Equal(100, own.BestOf(book.Bids, Side.Bid));
        Diff(book, own, orders, new Level(100, 3));
        Assert.Equal(0, own.BestOf(book.Bids, Side.Bid));
    }

    [Fact]
    public void Best_RefusedOrder_TakesNothingOff()
    {
        var (book, orders, own) = (new OrderBook(), new WorkingOrders(), new OwnDisplay());
        Place(orders, own, 1, 100, 3);

        // Told while the order is asked for: it may be in it.
        Diff(book, own, orders, new Level(100, 3));
        Assert.Equal(0, own.BestOf(book.Bids, Side.Bid));
        orders.Remove(1);
        own.Refused(1);
        Assert.Equal(100, own.BestOf(book.Bids, Side.Bid));
    }

    private static void Place(WorkingOrders orders, OwnDisplay own, long id, long price, long quantity)
    {
        orders.Add(new WorkingOrder { OrderId = id, Side = Side.Bid, Price = price, Remaining = quantity, Status = OrderStatus.Resting });
        own.Placed(id, Side.Bid, price);
    }

    private static void Diff(OrderBook book, OwnDisplay own, WorkingOrders orders, params Level[] bids)
    {
        book.Apply(bids, []);
        own.Told(new DepthDiff { Bids = new LevelList(bids), Asks = new LevelList([]) }, orders);
    }

    // Others' levels and ours apart; what is displayed is their sum as of a level's last change that was told.
    private sealed class Twin(int seed)
    {
        private readonly Random random = new(seed); // det-ok: a seeded draw of a test's cases
        private readonly SortedDictionary<long, long>[] others = [new(), new()];
        private readonly OrderBook book = new();
        private readonly WorkingOrders orders = new();
        private readonly OwnDisplay own = new();
        private readonly HashSet<(Side, long)> changed = [];
        private long lastId;

        public void Play(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                switch (random.Next(6))
                {
                    case 0:
                        Tell();
                        break;
                    case 1 or 2:
                        var side = (Side)random.Next(2);
                        var price = Price(side);
                        orders.Add(new WorkingOrder { OrderId = ++lastId, Side = side, Price = price, Remaining = random.Next(1, 9), Status = OrderStatus.Resting });
                        own.Placed(lastId, side, price);
                        changed.Add((side, price));
                        break;
                    default:
                        Shrink();
                        break;
                }

                Assert.Equal(others[0].Count == 0 ? 0 : others[0].Keys.Max(), own.BestOf(book.Bids, Side.Bid));
                Assert.Equal(others[1].Count == 0 ? 0 : others[1].Keys.Min(), own.BestOf(book.Asks, Side.Ask));
            }
        }

        private long Price(Side side) => side == Side.Bid ? random.Next(90, 100) : random.Next(101, 111);

        // A fill, a whole fill or a cancel: all take something away.
        private void Shrink()
        {
            if (orders.Count == 0)
            {
                return;
            }

            ref var order = ref orders.Span[random.Next(orders.Count)];
            changed.Add((order.Side, order.Price));
            order.Remaining -= random.Next(1, (int)order.Remaining + 1);
            if (order.Remaining == 0 || random.Next(3) == 0)
            {
                orders.Remove(order.OrderId);
            }
        }

        private void Tell()
        {
            for (var i = random.Next(4); i > 0; i--)
            {
                var side = (Side)random.Next(2);
                var price = Price(side);
                others[(int)side][price] = random.Next(0, 6);
                if (others[(int)side][price] == 0)
                {
                    others[(int)side].Remove(price);
                }

                changed.Add((side, price));
            }

            var levels = changed.ToLookup(c => c.Item1, c => new Level(c.Item2, others[(int)c.Item1].GetValueOrDefault(c.Item2) + Ours(c.Item1, c.Item2)));
            var diff = new DepthDiff { Bids = new LevelList([.. levels[Side.Bid]]), Asks = new LevelList([.. levels[Side.Ask]]) };
            changed.Clear();
            if (random.Next(8) == 0)
            {
                // The whole book at once.
                book.Reset(Whole(Side.Bid), Whole(Side.Ask));
                own.Told(orders);
                return;
            }

            book.Apply(diff.Bids.Span, diff.Asks.Span);
            own.Told(diff, orders);
        }

        private long Ours(Side side, long price) => orders.Span.ToArray().Where(o => o.Side == side && o.Price == price).Sum(o => o.Remaining);

        private Level[] Whole(Side side) =>
            [.. others[(int)side].Keys.Concat(orders.Span.ToArray().Where(o => o.Side == side).Select(o => o.Price)).Distinct()
                .Select(p => new Level(p, others[(int)side].GetValueOrDefault(p) + Ours(side, p))).Where(l => l.Quantity > 0)];
    }
}
