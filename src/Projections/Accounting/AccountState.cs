using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
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

    /// <summary>The last report itself: what of the whole account's quote is free and what orders hold, whoever's they are.</summary>
    public BalanceReported Reported { get; private set; }

    /// <summary>|offset| − ⌊round trip / 2⌋ of the last measurement of our clock against the venue's, in nanoseconds; 0 before the first.</summary>
    public long ClockError { get; private set; }

    /// <summary>Writes what is known, to be continued from.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        writer.Signed(IsKnown ? 1 : 0);
        writer.Signed(Base);
        var quote = Quote;
        writer.Money("quote", ref quote);
        var reported = Reported;
        BalanceReported.Describe(ref writer, ref reported);
        writer.Signed(ClockError);
    }

    /// <summary>Continues from what <see cref="Keep"/> wrote.</summary>
    internal void Continue(ref CanonicalReader reader)
    {
        IsKnown = reader.Signed() != 0;
        Base = reader.Signed();
        Int128 quote = 0;
        reader.Money("quote", ref quote);
        Quote = quote;
        var reported = default(BalanceReported);
        BalanceReported.Describe(ref reader, ref reported);
        Reported = reported;
        ClockError = reader.Signed();
    }

    /// <summary>The venue reports balances.</summary>
    public void Apply(in BalanceReported reported)
    {
        IsKnown = true;
        Reported = reported;
        Base = reported.BaseFree + reported.BaseLocked;
        Quote = reported.QuoteFree + reported.QuoteLocked;
    }

    /// <summary>Our clock was measured: what the measurement is uncertain by is no error.</summary>
    public void Apply(in ClockMeasured measured) => ClockError = Math.Abs(measured.Offset) - (measured.RoundTrip / 2);

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
    public SideReason Cut(Side side, Instrument instrument, Span<Level> targets, ref int count, SideReason reason) =>
        IsKnown ? SideTargets.Cut(side, instrument, side == Side.Ask ? Base : Quote, targets, ref count, reason, SideReason.NoBalance) : reason;
}
