using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Accounting;

/// <summary>
/// What the account holds in the symbol's two assets: as the venue last reported it, free and locked together, moved by the fills
/// since. Spot has no shorts: what all our orders of a side could take must be there. A backtest and a paper run have no
/// account, and nothing is cut.
/// </summary>
public sealed class AccountState
{
    /// <summary>True once the venue has reported balances.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Base, in quantity units.</summary>
    public long Base { get; private set; }

    /// <summary>Quote, in money.</summary>
    public Int128 Quote { get; private set; }

    /// <summary>The venue reports balances.</summary>
    public void Apply(in BalanceReported reported)
    {
        IsKnown = true;
        Base = reported.BaseFree + reported.BaseLocked;
        Quote = reported.QuoteFree + reported.QuoteLocked;
    }

    /// <summary>One of our orders filled: the report that has it comes later, or has come already; then the next one puts it right.</summary>
    public void Apply(in OrderFilled fill)
    {
        if (!IsKnown)
        {
            return;
        }

        var value = Math.BigMul(fill.Price, fill.Quantity);
        if (fill.Side == Side.Bid)
        {
            Quote -= value;

            // The commission's value is its quantity of base at the fill's price, exactly.
            Base += fill.Quantity - (fill.CommissionAsset == FeeAsset.Base ? (long)Division.Divide(fill.CommissionValue, fill.Price, Rounding.Up) : 0);
        }
        else
        {
            Base -= fill.Quantity;
            Quote += value - (fill.CommissionAsset == FeeAsset.Quote ? fill.CommissionValue : 0);
        }
    }

    /// <summary>True when what rests on a side and one more order are covered.</summary>
    /// <param name="side">Side.</param>
    /// <param name="resting">What our orders of the side could take, requests in flight included: base for asks, money for bids.</param>
    /// <param name="target">The further order.</param>
    public bool Covers(Side side, Int128 resting, in Level target) =>
        !IsKnown || (side == Side.Ask ? resting + target.Quantity <= Base : resting + Math.BigMul(target.Price, target.Quantity) <= Quote);

    /// <summary>Cuts the targets of a side to what is there.</summary>
    /// <param name="side">Side.</param>
    /// <param name="instrument">Lot and minima.</param>
    /// <param name="targets">The targets, nearest the mid first; changed in place.</param>
    /// <param name="count">How many there are, and how many are left.</param>
    /// <param name="reason">Why the side is as it is.</param>
    /// <returns>The reason, or what the cut made of it.</returns>
    public SideReason Cut(Side side, Instrument instrument, Span<Level> targets, ref int count, SideReason reason)
    {
        if (!IsKnown || count == 0)
        {
            return reason;
        }

        var left = side == Side.Ask ? Base : Quote;
        for (var level = 0; level < count; level++)
        {
            var (price, wanted) = targets[level];
            var most = left <= 0 ? 0 : side == Side.Ask ? left : Division.Divide(left, price, Rounding.Down);
            var quantity = Division.FloorToMultiple((long)Int128.Min(wanted, most), instrument.Lot);
            if (quantity < instrument.MinQuantity || quantity == 0 || Math.BigMul(price, quantity) < instrument.MinNotional)
            {
                count = level;
                return level == 0 ? SideReason.NoBalance : SideReason.Reduced;
            }

            reason = quantity < wanted ? SideReason.Reduced : reason;
            targets[level] = new Level(price, quantity);
            left -= side == Side.Ask ? quantity : Math.BigMul(price, quantity);
        }

        return reason;
    }
}
