using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Projections.Venue;

/// <summary>The venue's one number a queue against people standing in it, order by order, for the three queue models.</summary>
public sealed class QueueTests
{
    private const long Tick = 1_000_000;
    private const long Lot = 1_000_000;
    private const int Levels = 3;

    [Theory]
    [InlineData(QueueModel.Fifo)]
    [InlineData(QueueModel.Optimistic)]
    [InlineData(QueueModel.Pessimistic)]
    public void Venue_AnyPrintsAndDiffs_IsTheTwinOrderByOrder(QueueModel queue)
    {
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        Cases.Check(ArbMap.Default.ArbFor<int[]>(), 1_500, seeds => new Market(queue, seeds.Length % 2 == 0 ? Side.Bid : Side.Ask, seen).Run(seeds));
        string[] expected = queue == QueueModel.Pessimistic ? ["PrintThrough"] : ["PrintAtPrice", "PrintThrough"];
        Assert.Equal(expected, seen.Keys);
        Assert.All(seen.Values, count => Assert.True(count > Cases.Count(1_500) / 10, $"only {count} fills"));
    }

    /// <summary>One side of a small book, the other far away.</summary>
    private sealed class Market(QueueModel queue, Side side, SortedDictionary<string, int> seen)
    {
        private readonly ZeroLatencyVenue venue = new(LineRecording.Instrument, queue, 1_000);
        private readonly QueueTwin twin = new(queue);
        private readonly BookTracker tracker = new();
        private readonly int[] displayed = [7, 20, 0];
        private long lastId;

        public void Run(int[] seeds)
        {
            Level[] own = [.. Enumerable.Range(0, Levels).Where(i => displayed[i] > 0).Select(i => new Level(Price(i), displayed[i] * Lot)), new Level(Price(9), Lot)];
            Level[] far = [new Level(Price(-5), Lot)];
            tracker.Apply(new BookSnapshot { LastUpdateId = 1, Bids = new(side == Side.Bid ? own : far), Asks = new(side == Side.Bid ? far : own) });
            foreach (var random in seeds.Select(s => new Random(s)))
            {
                Act(random);
                var orders = (side == Side.Bid ? venue.Bids : venue.Asks).ToArray().OrderBy(o => o.OrderId);
                Assert.Equal(
                    twin.Orders.Select(o => (o.Id, Price(o.Level), o.Left * Lot, o.Front.Count * Lot)),
                    orders.Select(o => (o.OrderId, o.Price, o.Remaining, o.QueueAhead)));
            }
        }

        private void Act(Random random)
        {
            var level = random.Next(Levels);
            switch (random.Next(8))
            {
                case 0 or 1:
                    var lots = random.Next(6, 40);
                    Assert.Null(venue.Place(new OrderRequest(false, ++lastId, side, Price(level), lots * Lot), tracker, out var ahead));
                    Assert.Equal(displayed[level] * Lot, ahead);
                    twin.Place(lastId, level, lots, displayed[level]);
                    break;
                case 2:
                    var id = random.NextInt64(lastId + 2);
                    Assert.Equal(twin.Cancel(id), venue.Cancel(new OrderRequest(true, id, side, 0, 0), out _));
                    break;
                case 3 or 4 or 5:
                    Print(level, random.Next(1, random.Next(2) == 0 ? 200 : 40));
                    break;
                default:
                    Show(level, random.Next(4) == 0 ? 0 : random.Next(1, 50));
                    break;
            }
        }

        private void Print(int level, int lots)
        {
            var expected = twin.Print(level, lots);
            venue.Match(new Trade { Price = Price(level), Quantity = lots * Lot, BuyerIsMaker = side == Side.Bid });
            Assert.Equal(
                expected.Select(f => (f.Id, f.Lots * Lot, f.Left * Lot, f.Rule, f.Ahead * Lot)),
                venue.Fills.Select(f => (f.OrderId, f.Quantity, f.Remaining, f.Rule, f.QueueAhead)));
            foreach (var fill in expected)
            {
                seen[fill.Rule.ToString()] = seen.GetValueOrDefault(fill.Rule.ToString()) + 1;
            }
        }

        private void Show(int level, int lots)
        {
            displayed[level] = lots;
            twin.Show(level, lots);
            Level[] changed = [new Level(Price(level), lots * Lot)];
            var diff = new DepthDiff { FirstUpdateId = tracker.LastUpdateId + 1, FinalUpdateId = tracker.LastUpdateId + 1, Bids = new(side == Side.Bid ? changed : []), Asks = new(side == Side.Bid ? [] : changed) };
            venue.Match(diff, tracker);
            Assert.Empty(venue.Fills);
            tracker.Apply(diff);
        }

        private long Price(int level) => (10_000 + (side == Side.Bid ? -level : level)) * Tick;
    }
}
