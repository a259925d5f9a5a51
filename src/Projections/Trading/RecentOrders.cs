using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Trading;

/// <summary>
/// When orders were asked for within the last ten seconds, oldest first, for the order-rate cap. Kept only where there is
/// a cap, which bounds how many these are.
/// </summary>
public sealed class RecentOrders
{
    /// <summary>The window that orders are counted in, in nanoseconds: Binance's short window of unfilled orders.</summary>
    public const long Window = 10 * Nanoseconds.PerSecond;

    // A ring whose length is a power of two.
    private long[] times = new long[16];
    private int first;
    private int count;

    /// <summary>Orders asked for within the ten seconds up to a time; one exactly ten seconds old is not counted.</summary>
    /// <param name="now">Engine time in nanoseconds; never earlier than before.</param>
    public int Count(long now)
    {
        while (count > 0 && now - times[first] >= Window)
        {
            first = (first + 1) & (times.Length - 1);
            count--;
        }

        return count;
    }

    /// <summary>An order is asked for.</summary>
    /// <param name="now">Engine time in nanoseconds; never earlier than before.</param>
    public void Add(long now)
    {
        if (count == times.Length)
        {
            var larger = new long[count * 2];
            for (var i = 0; i < count; i++)
            {
                larger[i] = times[(first + i) & (count - 1)];
            }

            (times, first) = (larger, 0);
        }

        times[(first + count++) & (times.Length - 1)] = now;
    }

    /// <summary>Writes the state in its one order, for the state hash: nothing where no order was counted.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        if (count > 0)
        {
            Keep(writer);
        }
    }

    /// <summary>Writes it for a snapshot.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        writer.Signed(count);
        for (var i = 0; i < count; i++)
        {
            writer.Signed(times[(first + i) & (times.Length - 1)]);
        }
    }

    /// <summary>Orders that continue from what <see cref="Keep"/> wrote.</summary>
    internal static RecentOrders From(ref CanonicalReader reader)
    {
        var orders = new RecentOrders();
        for (var left = KeptCount.Read(ref reader); left > 0; left--)
        {
            orders.Add(reader.Signed());
        }

        return orders;
    }
}
