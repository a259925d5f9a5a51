using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Projections.Trading;

/// <summary>
/// What of a displayed book is ours, where the market's data shows our orders as it shows everybody's (docs/model.md, "Our own orders in
/// the book"). A level shows of an order what was left of it when the level was last told: an order that the data has not caught up with
/// takes nothing off, and one that is over goes on taking off what is shown of it until its level is told again. A fold of orders and market
/// events: no clock, so a replay has the same.
/// </summary>
public sealed class OwnDisplay
{
    private Entry[] entries = new Entry[16];
    private int count;

    /// <summary>An order was asked for: nothing of it is shown yet.</summary>
    public void Placed(long orderId, Side side, long price)
    {
        if (count == entries.Length)
        {
            Array.Resize(ref entries, count * 2);
        }

        entries[count++] = new Entry { OrderId = orderId, Side = side, Price = price };
    }

    /// <summary>An order was refused: it was never shown.</summary>
    public void Refused(long orderId)
    {
        for (var i = 0; i < count; i++)
        {
            if (entries[i].OrderId == orderId)
            {
                RemoveAt(i);
                return;
            }
        }
    }

    /// <summary>Levels were told: they show of our orders what is left of them now. One that is asked for and not answered counts as shown.</summary>
    public void Told(in DepthDiff diff, WorkingOrders orders)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            var levels = entries[i].Side == Side.Bid ? diff.Bids.Span : diff.Asks.Span;
            foreach (ref readonly var level in levels)
            {
                if (level.Price == entries[i].Price)
                {
                    Show(i, orders);
                    break;
                }
            }
        }
    }

    /// <summary>The whole book was told.</summary>
    public void Told(WorkingOrders orders)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            Show(i, orders);
        }
    }

    /// <summary>Quantity at a price that is ours.</summary>
    public long ShownAt(Side side, long price)
    {
        var sum = 0L;
        for (var i = 0; i < count; i++)
        {
            sum += entries[i].Side == side && entries[i].Price == price ? entries[i].Shown : 0;
        }

        return sum;
    }

    /// <summary>Quantity at a price that is not ours: what is displayed there less what is shown of our orders, never negative.</summary>
    public long OthersAt(Side side, long price, long displayed)
    {
        var own = ShownAt(side, price);
        return own >= displayed ? 0 : displayed - own;
    }

    /// <summary>Best price at which somebody but us stands; 0 when there is none.</summary>
    public long BestOf(BookSide levels, Side side)
    {
        if (count == 0)
        {
            return levels.BestPrice;
        }

        for (var rank = 0; rank < levels.Count; rank++)
        {
            var (price, displayed) = levels[rank];
            if (OthersAt(side, price, displayed) > 0)
            {
                return price;
            }
        }

        return 0;
    }

    /// <summary>Writes the state in its one order, for the state hash and to be continued from.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(count);
        foreach (ref readonly var entry in entries.AsSpan(0, count))
        {
            writer.Signed(entry.OrderId);
            writer.Signed((long)entry.Side);
            writer.Signed(entry.Price);
            writer.Signed(entry.Shown);
        }
    }

    /// <summary>Continues from what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such state.</exception>
    internal static OwnDisplay From(ref CanonicalReader reader)
    {
        var display = new OwnDisplay();
        for (var left = KeptCount.Read(ref reader); left > 0; left--)
        {
            display.Placed(reader.Signed(), (Side)reader.Signed(), reader.Signed());
            display.entries[display.count - 1].Shown = reader.Signed();
        }

        return display;
    }

    // An order that is over is forgotten with the first level told after its end.
    private void Show(int index, WorkingOrders orders)
    {
        foreach (ref readonly var order in orders.Span)
        {
            if (order.OrderId == entries[index].OrderId)
            {
                entries[index].Shown = order.Remaining;
                return;
            }
        }

        RemoveAt(index);
    }

    private void RemoveAt(int index)
    {
        Array.Copy(entries, index + 1, entries, index, count - index - 1);
        count--;
    }

    private struct Entry
    {
        public long OrderId;
        public Side Side;
        public long Price;
        public long Shown;
    }
}
