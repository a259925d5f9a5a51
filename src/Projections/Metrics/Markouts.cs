using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>
/// How the mid moved after our fills: side × (mid at the first timer at or after fill + horizon − price), weighted by
/// quantity. Positive is good for us. Fills too near the end to have a mark do not count.
/// </summary>
public sealed class Markouts
{
    /// <summary>Horizons in seconds.</summary>
    public static readonly int[] HorizonSeconds = [1, 10, 60];

    private readonly Queue<(long Time, Side Side, long Price, long Quantity)>[] pending =
        Array.ConvertAll(HorizonSeconds, _ => new Queue<(long, Side, long, long)>());

    private readonly Int128[] money = new Int128[HorizonSeconds.Length];
    private readonly Int128[] notional = new Int128[HorizonSeconds.Length];
    private readonly long[] fills = new long[HorizonSeconds.Length];

    /// <summary>A fill happened.</summary>
    public void Add(long time, in OrderFilled fill)
    {
        foreach (var queue in pending)
        {
            queue.Enqueue((time, fill.Side, fill.Price, fill.Quantity));
        }
    }

    /// <summary>A timer fired while the book had a mid.</summary>
    public void Observe(long now, long midTwice)
    {
        for (var i = 0; i < pending.Length; i++)
        {
            var horizon = HorizonSeconds[i] * Nanoseconds.PerSecond;
            while (pending[i].TryPeek(out var fill) && fill.Time + horizon <= now)
            {
                pending[i].Dequeue();
                var gain = (Int128)(midTwice - (2 * fill.Price)) * fill.Quantity;
                money[i] += Division.Divide(fill.Side == Side.Bid ? gain : -gain, 2, Rounding.Down);
                notional[i] += Math.BigMul(fill.Price, fill.Quantity);
                fills[i]++;
            }
        }
    }

    /// <summary>Writes what changes, to be continued from.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        for (var i = 0; i < pending.Length; i++)
        {
            writer.Money("money", ref money[i]);
            writer.Money("notional", ref notional[i]);
            writer.Signed(fills[i]);
            writer.Signed(pending[i].Count);
            foreach (var (time, side, price, quantity) in pending[i])
            {
                writer.Signed(time);
                writer.Signed((long)side);
                writer.Signed(price);
                writer.Signed(quantity);
            }
        }
    }

    /// <summary>Continues from what <see cref="Keep"/> wrote.</summary>
    internal void Continue(ref CanonicalReader reader)
    {
        for (var i = 0; i < pending.Length; i++)
        {
            reader.Money("money", ref money[i]);
            reader.Money("notional", ref notional[i]);
            fills[i] = reader.Signed();
            for (var count = KeptCount.Read(ref reader); count > 0; count--)
            {
                pending[i].Enqueue((reader.Signed(), (Side)reader.Signed(), reader.Signed(), reader.Signed()));
            }
        }
    }

    /// <summary>Results by horizon.</summary>
    public Markout[] Results()
    {
        var results = new Markout[HorizonSeconds.Length];
        for (var i = 0; i < results.Length; i++)
        {
            var ppm = notional[i] == 0 ? 0 : 1e6 * (double)money[i] / (double)notional[i];
            results[i] = new Markout(HorizonSeconds[i], fills[i], money[i], ppm);
        }

        return results;
    }
}

/// <summary>Mark-out at one horizon.</summary>
/// <param name="Seconds">Horizon in seconds.</param>
/// <param name="Fills">Fills that count.</param>
/// <param name="Money">Sum of side × (mid − price) × quantity, in money.</param>
/// <param name="PartsPerMillion">The same over the turnover of those fills, in millionths.</param>
public readonly record struct Markout(int Seconds, long Fills, Int128 Money, double PartsPerMillion);
