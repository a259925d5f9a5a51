using System.Numerics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Tests.Projections.Accounting;

/// <summary>Average cost as a textbook has it: the cost of a unit is a fraction, and nothing is ever rounded.</summary>
internal sealed class RationalLedger
{
    // What the position cost, as numerator over denominator.
    private (BigInteger Top, BigInteger Bottom) cost = (0, 1);
    private (BigInteger Top, BigInteger Bottom) realised = (0, 1);

    public BigInteger Position { get; private set; }

    public BigInteger Cash { get; private set; }

    public BigInteger Fees { get; private set; }

    public BigInteger FeesElsewhere { get; private set; }

    /// <summary>Trades since the position was last flat that closed a part of it.</summary>
    public int ClosingsSinceFlat { get; private set; }

    /// <param name="fill">The fill.</param>
    /// <param name="commissionInBase">Base that a commission in base takes, in quantity units.</param>
    public void Apply(in OrderFilled fill, BigInteger commissionInBase)
    {
        var value = BigInteger.Parse(fill.CommissionValue.ToString(System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
        var sign = fill.Side == Side.Bid ? 1 : -1;
        Cash -= sign * (BigInteger)fill.Price * fill.Quantity;
        Trade(sign * (BigInteger)fill.Quantity, fill.Price);
        Fees += value;
        if (fill.CommissionAsset == FeeAsset.Base)
        {
            Trade(-commissionInBase, fill.Price);
        }
        else if (fill.CommissionAsset == FeeAsset.Quote)
        {
            Cash -= value;
        }
        else
        {
            FeesElsewhere += value;
        }
    }

    /// <summary>True when a realised PnL is the exact one, or as near as a unit a closing trade allows.</summary>
    public bool IsNear(Int128 rounded)
    {
        var given = BigInteger.Parse(rounded.ToString(System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
        return BigInteger.Abs((given * realised.Bottom) - realised.Top) <= ClosingsSinceFlat * realised.Bottom;
    }

    private void Trade(BigInteger x, BigInteger price)
    {
        var closing = Position.Sign == -x.Sign ? BigInteger.Min(BigInteger.Abs(x), BigInteger.Abs(Position)) : 0;
        if (closing > 0)
        {
            var gone = Reduced(cost.Top * closing, cost.Bottom * BigInteger.Abs(Position));
            realised = Plus(realised, (Position.Sign * price * closing, 1));
            realised = Plus(realised, (-gone.Top, gone.Bottom));
            cost = Plus(cost, (-gone.Top, gone.Bottom));
            Position -= Position.Sign * closing;
            ClosingsSinceFlat = Position.IsZero ? 0 : ClosingsSinceFlat + 1;
        }

        var opening = x.Sign * (BigInteger.Abs(x) - closing);
        Position += opening;
        cost = Plus(cost, (price * opening, 1));
    }

    private static (BigInteger Top, BigInteger Bottom) Plus((BigInteger Top, BigInteger Bottom) a, (BigInteger Top, BigInteger Bottom) b) =>
        Reduced((a.Top * b.Bottom) + (b.Top * a.Bottom), a.Bottom * b.Bottom);

    private static (BigInteger Top, BigInteger Bottom) Reduced(BigInteger top, BigInteger bottom)
    {
        var common = BigInteger.GreatestCommonDivisor(top, bottom);
        return (top / common, bottom / common);
    }
}
