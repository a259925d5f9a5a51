using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>The volume-weighted price of the trades of the last minutes, as PERCENT_PRICE_BY_SIDE takes it; the last trade's when there were none.</summary>
internal sealed class AveragePrice
{
    private const long Period = SymbolRules.AverageMinutes * 60_000_000_000L;
    private readonly Queue<(long Time, long Price, long Quantity)> trades = new();
    private Int128 value;
    private Int128 quantity;
    private long last;

    /// <summary>A trade.</summary>
    public void Add(long now, long price, long size)
    {
        trades.Enqueue((now, price, size));
        value += (Int128)price * size;
        quantity += size;
        last = price;
        Forget(now);
    }

    /// <summary>The average now; 0 before the first trade.</summary>
    public long At(long now)
    {
        Forget(now);
        return quantity > 0 ? (long)Division.Divide(value, quantity, Rounding.Down) : last;
    }

    private void Forget(long now)
    {
        while (trades.TryPeek(out var first) && now - first.Time > Period)
        {
            trades.Dequeue();
            value -= (Int128)first.Price * first.Quantity;
            quantity -= first.Quantity;
        }
    }
}
