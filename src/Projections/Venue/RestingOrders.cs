using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Projections.Venue;

/// <summary>One of our orders as the simulated venue holds it.</summary>
public struct RestingOrder
{
    /// <summary>Our ordinal.</summary>
    public long OrderId;

    /// <summary>Side.</summary>
    public Side Side;

    /// <summary>Price in price units.</summary>
    public long Price;

    /// <summary>Quantity left in quantity units.</summary>
    public long Remaining;

    /// <summary>Displayed quantity that stands before us at our price.</summary>
    public long QueueAhead;
}

/// <summary>Our resting orders of one side, best price first and oldest first within a price.</summary>
public sealed class RestingOrders(Side side)
{
    private RestingOrder[] orders = new RestingOrder[16];

    /// <summary>Number of orders.</summary>
    public int Count { get; private set; }

    /// <summary>The orders in matching order.</summary>
    public Span<RestingOrder> Span => orders.AsSpan(0, Count);

    /// <summary>True when a price is at least as aggressive as the other: not below for bids, not above for asks.</summary>
    public bool AtLeast(long price, long other) => side == Side.Bid ? price >= other : price <= other;

    /// <summary>Adds an order behind those of its price.</summary>
    public void Add(in RestingOrder order)
    {
        if (Count == orders.Length)
        {
            Array.Resize(ref orders, Count * 2);
        }

        var index = Count;
        while (index > 0 && !AtLeast(orders[index - 1].Price, order.Price))
        {
            orders[index] = orders[index - 1];
            index--;
        }

        orders[index] = order;
        Count++;
    }

    /// <summary>Index of an order, or −1.</summary>
    public int Find(long orderId)
    {
        for (var i = 0; i < Count; i++)
        {
            if (orders[i].OrderId == orderId)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Removes an order by index.</summary>
    public void RemoveAt(int index)
    {
        Array.Copy(orders, index + 1, orders, index, Count - index - 1);
        Count--;
    }

    /// <summary>Writes the orders in matching order, for the venue's hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(Count);
        foreach (ref readonly var order in Span)
        {
            writer.Signed(order.OrderId);
            writer.Signed((long)order.Side);
            writer.Signed(order.Price);
            writer.Signed(order.Remaining);
            writer.Signed(order.QueueAhead);
        }
    }

    /// <summary>Continues from what <see cref="WriteTo"/> wrote of the same side.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such orders.</exception>
    internal void Continue(ref CanonicalReader reader)
    {
        for (var count = KeptCount.Read(ref reader); count > 0; count--)
        {
            // As they stand: they were written in matching order.
            Add(new RestingOrder
            {
                OrderId = reader.Signed(),
                Side = (Side)reader.Signed(),
                Price = reader.Signed(),
                Remaining = reader.Signed(),
                QueueAhead = reader.Signed(),
            });
        }
    }

    /// <summary>Drops orders without anything left.</summary>
    public void RemoveFilled()
    {
        for (var i = Count - 1; i >= 0; i--)
        {
            if (orders[i].Remaining == 0)
            {
                RemoveAt(i);
            }
        }
    }
}
