using System.Numerics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>What the naive programs know of an instrument at scales of 8 decimals.</summary>
public sealed record NaiveInstrument(long Tick, long Lot, long MinQuantity, BigInteger MinNotional);

/// <summary>An order at the venue; its queue ahead is A of docs/model.md.</summary>
public sealed class NaiveOrder
{
    public required long Id { get; init; }

    public required Side Side { get; init; }

    public required long Price { get; init; }

    public long Remaining { get; set; }

    public long Ahead { get; set; }
}

/// <summary>A fill as docs/model.md describes it.</summary>
public sealed record NaiveFill(long OrderId, Side Side, long Price, long Quantity, long Remaining, FillRule Rule, long Ahead, long EventPrice, long EventQuantity, BigInteger Commission);

/// <summary>docs/model.md §9 and §10: the venue, without any care for speed.</summary>
public sealed class NaiveVenue(NaiveInstrument instrument, QueueModel queue, long feePpm)
{
    private readonly List<NaiveFill> fills = [];

    /// <summary>Resting orders, oldest first.</summary>
    public List<NaiveOrder> Orders { get; } = [];

    public OrderRejectReason? Place(NaiveBook book, long id, Side side, long price, long quantity)
    {
        if (!book.Usable)
        {
            return OrderRejectReason.NoBook;
        }

        if (price <= 0 || price % instrument.Tick != 0)
        {
            return OrderRejectReason.PriceFilter;
        }

        if (quantity < instrument.MinQuantity || quantity % instrument.Lot != 0)
        {
            return OrderRejectReason.LotSize;
        }

        if (new BigInteger(price) * quantity < instrument.MinNotional)
        {
            return OrderRejectReason.Notional;
        }

        if (side == Side.Bid ? price >= book.BestAsk : price <= book.BestBid)
        {
            return OrderRejectReason.WouldMatch;
        }

        Orders.Add(new NaiveOrder { Id = id, Side = side, Price = price, Remaining = quantity, Ahead = book.Displayed(side, price) });
        return null;
    }

    /// <summary>What was left of a cancelled order; null when it does not rest.</summary>
    public long? Cancel(long id)
    {
        var order = Orders.Find(o => o.Id == id);
        if (order is null)
        {
            return null;
        }

        Orders.Remove(order);
        return order.Remaining;
    }

    public List<NaiveFill> Match(TradeLine trade)
    {
        fills.Clear();
        var side = trade.BuyerIsMaker ? Side.Bid : Side.Ask;
        var left = trade.Quantity;
        foreach (var order in InOrder(side).Where(o => Better(side, o.Price, trade.Price)))
        {
            left -= Fill(order, left, FillRule.PrintThrough, trade.Price, trade.Quantity);
        }

        if (left > 0 && queue != QueueModel.Pessimistic)
        {
            var taken = 0L;
            foreach (var order in InOrder(side).Where(o => o.Price == trade.Price))
            {
                var available = queue == QueueModel.Optimistic ? left - taken : left - order.Ahead - taken;
                taken += Fill(order, available, FillRule.PrintAtPrice, trade.Price, trade.Quantity);
                order.Ahead = Math.Max(0, order.Ahead - left);
            }
        }

        return Finish();
    }

    public List<NaiveFill> Match(DiffLine diff, NaiveBook before)
    {
        fills.Clear();
        if (before.GoingToApply(diff))
        {
            Cross(Side.Bid, diff.Asks, before);
            Cross(Side.Ask, diff.Bids, before);
            foreach (var order in Orders)
            {
                foreach (var level in Own(order, diff.Bids, diff.Asks).Where(l => l.Price == order.Price))
                {
                    order.Ahead = Math.Min(order.Ahead, level.Quantity);
                }
            }
        }

        return Finish();
    }

    public List<NaiveFill> Match(PartialLine partial, NaiveBook before)
    {
        fills.Clear();
        if (before.State == BookState.Partial && before.GoingToApply(partial))
        {
            Cross(Side.Bid, partial.Asks, before);
            Cross(Side.Ask, partial.Bids, before);
            foreach (var order in Orders)
            {
                var own = Own(order, partial.Bids, partial.Asks).ToArray();
                if (own.Length > 0 && !Better(order.Side, own[^1].Price, order.Price))
                {
                    order.Ahead = Math.Min(order.Ahead, own.FirstOrDefault(l => l.Price == order.Price).Quantity);
                }
            }
        }

        return Finish();
    }

    private static IEnumerable<Level> Own(NaiveOrder order, IEnumerable<Level> bids, IEnumerable<Level> asks) => order.Side == Side.Bid ? bids : asks;

    private static bool Better(Side side, long price, long other) => side == Side.Bid ? price > other : price < other;

    // Best price first, oldest first within a price. Numbers are given in the order of placing.
    private NaiveOrder[] InOrder(Side side) =>
        [.. Orders.Where(o => o.Side == side).OrderBy(o => side == Side.Bid ? -o.Price : o.Price)];

    private void Cross(Side side, IEnumerable<Level> opposite, NaiveBook before)
    {
        var ours = InOrder(side);
        if (ours.Length == 0)
        {
            return;
        }

        foreach (var (price, quantity) in opposite.Where(l => l.Quantity > 0 && !Better(side, l.Price, ours[0].Price)))
        {
            var shown = quantity - before.Displayed(side == Side.Bid ? Side.Ask : Side.Bid, price);
            var left = shown;
            foreach (var order in ours.Where(o => !Better(side, price, o.Price)))
            {
                left -= Fill(order, left, FillRule.BookCrossed, price, shown);
            }
        }
    }

    private long Fill(NaiveOrder order, long available, FillRule rule, long eventPrice, long eventQuantity)
    {
        var x = Math.Min(order.Remaining, available);
        if (x <= 0)
        {
            return 0;
        }

        order.Remaining -= x;
        var commission = order.Side == Side.Bid
            ? NaiveLedger.Ceiling(new BigInteger(x) * feePpm, 1_000_000)
            : NaiveLedger.Ceiling(new BigInteger(order.Price) * x * feePpm, new BigInteger(1_000_000) * 100_000_000);
        fills.Add(new NaiveFill(order.Id, order.Side, order.Price, x, order.Remaining, rule, order.Ahead, eventPrice, eventQuantity, commission));
        return x;
    }

    private List<NaiveFill> Finish()
    {
        Orders.RemoveAll(o => o.Remaining == 0);
        return [.. fills.OrderBy(f => f.OrderId)];
    }
}
