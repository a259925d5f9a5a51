using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Accounting;

/// <summary>
/// Cash, inventory and PnL by average cost, exact: realised + unrealised − fees equals the change of equity at every
/// event, because what a division rounds off one term stays in the other (docs/model.md, "Accounting").
/// Position and cash are relative to the start of the run.
/// </summary>
public sealed class Ledger
{
    /// <summary>Base held, in quantity units; negative when more was sold than bought.</summary>
    public long Position { get; private set; }

    /// <summary>Quote held, in money; negative after buying.</summary>
    public Int128 Cash { get; private set; }

    /// <summary>What the position cost, in money; negative for a short position.</summary>
    public Int128 Cost { get; private set; }

    /// <summary>Realised PnL before fees, in money.</summary>
    public Int128 Realised { get; private set; }

    /// <summary>Fees paid, in money, positive.</summary>
    public Int128 Fees { get; private set; }

    /// <summary>Fees paid in a third asset, at the value when they were charged; part of <see cref="Fees"/>.</summary>
    public Int128 FeesElsewhere { get; private set; }

    /// <summary>Fees of the entries whose position is still open, in money.</summary>
    public Int128 OpenFees { get; private set; }

    /// <summary>Fills booked.</summary>
    public long Fills { get; private set; }

    /// <summary>Everything the ledger knows, to be kept by a read model and continued from.</summary>
    public LedgerState State => new(Position, Cash, Cost, Realised, Fees, FeesElsewhere, OpenFees, Fills);

    /// <summary>A ledger that continues from a kept state.</summary>
    public static Ledger From(in LedgerState state) => new()
    {
        Position = state.Position,
        Cash = state.Cash,
        Cost = state.Cost,
        Realised = state.Realised,
        Fees = state.Fees,
        FeesElsewhere = state.FeesElsewhere,
        OpenFees = state.OpenFees,
        Fills = state.Fills,
    };

    /// <summary>Value of a position at mid: floor of position × (bid + ask) / 2, in money.</summary>
    public static Int128 Mark(long position, long midTwice) => Division.HalfDown(Math.BigMul(position, midTwice));

    /// <summary>Equity relative to the start: cash plus the position at mid, less fees paid elsewhere.</summary>
    public Int128 Equity(long midTwice) => Cash - FeesElsewhere + Mark(Position, midTwice);

    /// <summary>Unrealised PnL at mid.</summary>
    public Int128 Unrealised(long midTwice) => Mark(Position, midTwice) - Cost;

    /// <summary>Books a fill and tells what its closing part brought.</summary>
    public ClosedTrade Apply(in OrderFilled fill)
    {
        Fills++;
        var notional = Math.BigMul(fill.Price, fill.Quantity);
        var signed = fill.Side == Side.Bid ? fill.Quantity : -fill.Quantity;
        Cash -= fill.Side == Side.Bid ? notional : -notional;
        var closed = Trade(signed, fill.Price);
        var exitFees = closed.Quantity == 0 ? 0 : Division.MultiplyDivide(fill.CommissionValue, closed.Quantity, fill.Quantity, Rounding.TowardZero);
        var entryFees = closed.Quantity == 0 ? 0 : Division.MultiplyDivide(OpenFees, closed.Quantity, closed.Held, Rounding.TowardZero);
        OpenFees += fill.CommissionValue - exitFees - entryFees;
        closed = closed with { Fees = entryFees + exitFees };
        Fees += fill.CommissionValue;
        switch (fill.CommissionAsset)
        {
            case FeeAsset.Base:
                // The commission leaves the inventory as if sold at the fill's price to pay the fee; no cash moves.
                Trade(-BaseUnits(fill), fill.Price);
                break;
            case FeeAsset.Quote:
                Cash -= fill.CommissionValue;
                break;
            default:
                FeesElsewhere += fill.CommissionValue;
                break;
        }

        return closed;
    }

    /// <summary>Checks the identity of accounting.</summary>
    /// <exception cref="InvariantBrokenException">It does not hold: the program is wrong, nothing else can be trusted.</exception>
    public void Verify(long midTwice)
    {
        var change = Realised + Unrealised(midTwice) - Fees;
        if (change != Equity(midTwice))
        {
            throw new InvariantBrokenException($"Realised + unrealised − fees is {change}, equity is {Equity(midTwice)} (money units).");
        }
    }

    /// <summary>Writes the state in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(Position);
        foreach (var amount in (ReadOnlySpan<Int128>)[Cash, Cost, Realised, Fees, FeesElsewhere, OpenFees])
        {
            var value = amount;
            writer.Money("amount", ref value);
        }

        writer.Signed(Fills);
    }

    /// <summary>A ledger that continues from what <see cref="WriteTo"/> wrote.</summary>
    internal static Ledger From(ref CanonicalReader reader)
    {
        var position = reader.Signed();
        Span<Int128> amounts = stackalloc Int128[6];
        foreach (ref var amount in amounts)
        {
            reader.Money("amount", ref amount);
        }

        return From(new LedgerState(position, amounts[0], amounts[1], amounts[2], amounts[3], amounts[4], amounts[5], reader.Signed()));
    }

    // The commission in quantity units: its value divided by the price, which is exact by how the value was made.
    private static long BaseUnits(in OrderFilled fill) => (long)Division.Divide(fill.CommissionValue, fill.Price, Rounding.TowardZero);

    private ClosedTrade Trade(long signed, long price)
    {
        var closed = default(ClosedTrade);
        var quantity = Math.Abs(signed);
        if (Position != 0 && (Position > 0) != (signed > 0))
        {
            var held = Math.Abs(Position);
            var closing = Math.Min(quantity, held);
            var proceeds = Math.BigMul(price, closing * Math.Sign(Position));
            var cost = Division.MultiplyDivide(Cost, closing, held, Rounding.TowardZero);
            Realised += proceeds - cost;
            Cost -= cost;
            Position -= closing * Math.Sign(Position);
            closed = new ClosedTrade(closing, held, proceeds - cost, 0);
            quantity -= closing;
        }

        if (quantity > 0)
        {
            var opening = signed > 0 ? quantity : -quantity;
            Position += opening;
            Cost += Math.BigMul(price, opening);
        }

        return closed;
    }
}

/// <summary>The part of a fill that reduced the position: a closed round trip by average cost.</summary>
/// <param name="Quantity">Quantity closed; 0 when the fill only opened.</param>
/// <param name="Held">Size of the position before, in quantity units.</param>
/// <param name="Realised">What it brought before fees, in money.</param>
/// <param name="Fees">Fees of its entry and of its exit, in money.</param>
public readonly record struct ClosedTrade(long Quantity, long Held, Int128 Realised, Int128 Fees)
{
    /// <summary>Result after both legs' fees, in money.</summary>
    public Int128 Net => Realised - Fees;
}
