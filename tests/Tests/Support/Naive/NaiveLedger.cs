using System.Numerics;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>docs/model.md §11, and the round trips of §12, in integers without a bound.</summary>
public sealed class NaiveLedger
{
    private BigInteger pool;

    public BigInteger Position { get; private set; }

    public BigInteger Cash { get; private set; }

    public BigInteger Cost { get; private set; }

    public BigInteger Realised { get; private set; }

    public BigInteger Fees { get; private set; }

    /// <summary>Outcome of every round trip after both legs' fees.</summary>
    public List<BigInteger> RoundTrips { get; } = [];

    /// <summary>Integer division toward negative infinity.</summary>
    public static BigInteger Floor(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out var remainder);
        return !remainder.IsZero && (remainder.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient;
    }

    /// <summary>Integer division toward positive infinity.</summary>
    public static BigInteger Ceiling(BigInteger a, BigInteger b) => -Floor(-a, b);

    public BigInteger Mark(BigInteger m2) => Floor(Position * m2, 2);

    public BigInteger Equity(BigInteger m2) => Cash + Mark(m2);

    public BigInteger Unrealised(BigInteger m2) => Mark(m2) - Cost;

    /// <summary>Books a fill with its commission in units of 10⁻⁸ of its asset, at scales of 8 decimals.</summary>
    public void Fill(Side side, BigInteger price, BigInteger quantity, BigInteger commission)
    {
        var before = Position;
        var value = commission * (side == Side.Bid ? price : 100_000_000);
        Fees += value;
        if (side == Side.Bid)
        {
            Cash -= price * quantity;
            Close(before, quantity, value, Trade(quantity, price));
            Trade(-commission, price);
        }
        else
        {
            Cash += price * quantity;
            Close(before, quantity, value, Trade(-quantity, price));
            Cash -= value;
        }
    }

    // Returns what the closing part brought, and how much it closed.
    private (BigInteger Closed, BigInteger Gain) Trade(BigInteger x, BigInteger price)
    {
        var (closed, gain) = (BigInteger.Zero, BigInteger.Zero);
        if (Position != 0 && Position.Sign == -x.Sign)
        {
            closed = BigInteger.Min(BigInteger.Abs(x), BigInteger.Abs(Position));
            var proceeds = Position.Sign * price * closed;
            var gone = BigInteger.Divide(Cost * closed, BigInteger.Abs(Position));
            gain = proceeds - gone;
            Realised += gain;
            Cost -= gone;
            Position -= Position.Sign * closed;
            x = x.Sign * (BigInteger.Abs(x) - closed);
        }

        Position += x;
        Cost += price * x;
        return (closed, gain);
    }

    private void Close(BigInteger before, BigInteger quantity, BigInteger value, (BigInteger Closed, BigInteger Gain) trade)
    {
        var exit = BigInteger.Zero;
        if (trade.Closed > 0)
        {
            var entry = BigInteger.Divide(pool * trade.Closed, BigInteger.Abs(before));
            exit = BigInteger.Divide(value * trade.Closed, quantity);
            pool -= entry;
            RoundTrips.Add(trade.Gain - entry - exit);
        }

        pool += value - exit;
    }
}
