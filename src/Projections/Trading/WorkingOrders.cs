using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Projections.Trading;

/// <summary>Where one of our orders stands.</summary>
public enum OrderStatus
{
    /// <summary>Asked for, not answered.</summary>
    PendingNew = 0,

    /// <summary>In the venue's book.</summary>
    Resting = 1,

    /// <summary>A cancel was asked for, not answered; it may still fill.</summary>
    PendingCancel = 2,
}

/// <summary>One of our orders that is not known to be over.</summary>
public struct WorkingOrder
{
    /// <summary>Our ordinal.</summary>
    public long OrderId;

    /// <summary>Side.</summary>
    public Side Side;

    /// <summary>Level of the ladder it was made for.</summary>
    public int Level;

    /// <summary>Price in price units.</summary>
    public long Price;

    /// <summary>Quantity that has not filled, in quantity units.</summary>
    public long Remaining;

    /// <summary>Engine time of the request.</summary>
    public long RequestedAt;

    /// <summary>Where it stands.</summary>
    public OrderStatus Status;
}

/// <summary>Our working orders, oldest first. There are few, so everything is a walk over an array.</summary>
public sealed class WorkingOrders
{
    private WorkingOrder[] orders = new WorkingOrder[16];

    /// <summary>Number of working orders.</summary>
    public int Count { get; private set; }

    /// <summary>The orders, oldest first.</summary>
    public Span<WorkingOrder> Span => orders.AsSpan(0, Count);

    /// <summary>Adds the newest order.</summary>
    public void Add(in WorkingOrder order)
    {
        if (Count == orders.Length)
        {
            Array.Resize(ref orders, Count * 2);
        }

        orders[Count++] = order;
    }

    /// <summary>Finds an order that must exist.</summary>
    /// <exception cref="InvariantBrokenException">The venue speaks of an order that is not working.</exception>
    public ref WorkingOrder Get(long orderId)
    {
        for (var i = 0; i < Count; i++)
        {
            if (orders[i].OrderId == orderId)
            {
                return ref orders[i];
            }
        }

        throw new InvariantBrokenException($"The venue reports on order {orderId}, which is not working.");
    }

    /// <summary>Removes an order that is over.</summary>
    public void Remove(long orderId)
    {
        for (var i = 0; i < Count; i++)
        {
            if (orders[i].OrderId == orderId)
            {
                Array.Copy(orders, i + 1, orders, i, Count - i - 1);
                Count--;
                return;
            }
        }

        throw new InvariantBrokenException($"Order {orderId} ends but is not working.");
    }

    /// <summary>Sum of what may still fill on a side, requests in flight included.</summary>
    public long Exposure(Side side)
    {
        var sum = 0L;
        foreach (ref readonly var order in Span)
        {
            if (order.Side == side)
            {
                sum += order.Remaining;
            }
        }

        return sum;
    }

    /// <summary>The same in money.</summary>
    public Int128 Value(Side side)
    {
        Int128 sum = 0;
        foreach (ref readonly var order in Span)
        {
            if (order.Side == side)
            {
                sum += Math.BigMul(order.Price, order.Remaining);
            }
        }

        return sum;
    }

    /// <summary>The order of a slot: the resting one, or −1; in flight when any request for the slot is unanswered.</summary>
    public int Resting(Side side, int level, out bool inFlight)
    {
        var resting = -1;
        inFlight = false;
        for (var i = 0; i < Count; i++)
        {
            ref readonly var order = ref orders[i];
            if (order.Side != side || order.Level != level)
            {
                continue;
            }

            if (order.Status == OrderStatus.Resting)
            {
                resting = i;
            }
            else
            {
                inFlight = true;
            }
        }

        return resting;
    }

    /// <summary>Writes the state in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(Count);
        foreach (ref readonly var order in Span)
        {
            writer.Signed(order.OrderId);
            writer.Signed((long)order.Side);
            writer.Signed(order.Level);
            writer.Signed(order.Price);
            writer.Signed(order.Remaining);
            writer.Signed(order.RequestedAt);
            writer.Signed((long)order.Status);
        }
    }

    /// <summary>Orders that continue from a kept state.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such state.</exception>
    internal static WorkingOrders From(ref CanonicalReader reader)
    {
        var orders = new WorkingOrders();
        for (var count = KeptCount.Read(ref reader); count > 0; count--)
        {
            orders.Add(new WorkingOrder
            {
                OrderId = reader.Signed(),
                Side = (Side)reader.Signed(),
                Level = checked((int)reader.Signed()),
                Price = reader.Signed(),
                Remaining = reader.Signed(),
                RequestedAt = reader.Signed(),
                Status = (OrderStatus)reader.Signed(),
            });
        }

        return orders;
    }
}
