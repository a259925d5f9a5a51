using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.VenueSim.Orders;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>
/// The accounts' resting orders in the depth that everybody is told (--show-orders): each level is the recorded one and what rests there
/// of ours, as at a real venue. Orders still match the recording alone. What of an order would stand beyond the recorded book's other side
/// is not shown: a real book is never crossed.
/// </summary>
internal sealed class ShownOrders
{
    private readonly Dictionary<(Side Side, long Price), long> resting = [];
    private Dictionary<(Side Side, long Price), long> told = [];

    /// <summary>Takes down what rests now. Before an event is matched: a client that steps the event sees its fills after it.</summary>
    public void Look(SymbolOrders orders)
    {
        resting.Clear();
        orders.Resting((side, price, quantity) => resting[(side, price)] = resting.GetValueOrDefault((side, price)) + quantity);
    }

    /// <summary>A recorded diff with our orders in its levels, and with the levels that changed by our orders alone.</summary>
    /// <param name="diff">The recorded diff.</param>
    /// <param name="book">The recorded book with the diff applied.</param>
    public DepthDiff Tell(in DepthDiff diff, OrderBook book)
    {
        var now = new Dictionary<(Side Side, long Price), long>();
        foreach (var ((side, price), quantity) in resting)
        {
            if (IsShown(side, price, book))
            {
                now[(side, price)] = quantity;
            }
        }

        var shown = diff with { Bids = Tell(Side.Bid, diff.Bids, book, now), Asks = Tell(Side.Ask, diff.Asks, book, now) };
        told = now;
        return shown;
    }

    /// <summary>A side of the recorded book with our orders in it, best first.</summary>
    public Level[] Levels(Side side, OrderBook book, int most)
    {
        var levels = book[side].ToLevels().ToDictionary(l => l.Price, l => l.Quantity);
        foreach (var ((own, price), quantity) in resting)
        {
            if (own == side && IsShown(side, price, book))
            {
                levels[price] = levels.GetValueOrDefault(price) + quantity;
            }
        }

        return [.. Sorted(side, levels.Select(l => new Level(l.Key, l.Value))).Take(most)];
    }

    private LevelList Tell(Side side, LevelList recorded, OrderBook book, Dictionary<(Side Side, long Price), long> now)
    {
        var levels = new Dictionary<long, long>();
        foreach (var level in recorded.Span)
        {
            levels[level.Price] = level.Quantity + now.GetValueOrDefault((side, level.Price));
        }

        foreach (var (own, price) in now.Keys.Concat(told.Keys))
        {
            if (own == side && now.GetValueOrDefault((side, price)) != told.GetValueOrDefault((side, price)))
            {
                levels.TryAdd(price, book[side].QuantityAt(price) + now.GetValueOrDefault((side, price)));
            }
        }

        return new LevelList([.. Sorted(side, levels.Select(l => new Level(l.Key, l.Value)))]);
    }

    private static IEnumerable<Level> Sorted(Side side, IEnumerable<Level> levels) =>
        side == Side.Bid ? levels.OrderByDescending(l => l.Price) : levels.OrderBy(l => l.Price);

    private static bool IsShown(Side side, long price, OrderBook book) =>
        side == Side.Bid ? book.Asks.Count == 0 || price < book.Asks.BestPrice : price > book.Bids.BestPrice;
}
