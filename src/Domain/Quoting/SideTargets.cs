using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Inventory;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Quoting;

/// <summary>What one side should show: prices and sizes by level, within the limits.</summary>
public static class SideTargets
{
    /// <summary>
    /// Fills the targets of a side, nearest the mid first, until the room is used up.
    /// </summary>
    /// <param name="setup">Instrument and parameters.</param>
    /// <param name="portfolio">The portfolio's verdict.</param>
    /// <param name="side">Which side.</param>
    /// <param name="best">Price of level 0 in price units.</param>
    /// <param name="midTwice">Best bid plus best ask of the market in price units, for the collar.</param>
    /// <param name="inventory">q in quantity units.</param>
    /// <param name="targets">Room for one target per level.</param>
    /// <param name="count">Targets written.</param>
    /// <returns>Why the side is as it is.</returns>
    public static SideReason Fill(QuoteSetup setup, in PortfolioLimits portfolio, Side side, long best, long midTwice, long inventory, Span<Level> targets, out int count)
    {
        var parameters = setup.Parameters;
        var instrument = setup.Instrument;
        count = 0;
        if (best <= 0)
        {
            return SideReason.NoPrice;
        }

        if (RiskGate.IsBeyondCollar(parameters, best, midTwice))
        {
            return SideReason.PriceCollar;
        }

        // Signed so that both sides read alike: how much more may be bought, or sold.
        var held = side == Side.Bid ? inventory : -inventory;
        var own = InventoryControl.Limit(parameters, best);
        var most = portfolio.MostAt(best, own);
        var room = most - held;
        if (room <= 0)
        {
            return most < own ? SideReason.PortfolioLimit : most < parameters.MaxInventory ? SideReason.NotionalLimit : SideReason.InventoryLimit;
        }

        var reason = SideReason.Quoted;
        var step = side == Side.Bid ? -parameters.LevelSpacing : parameters.LevelSpacing;
        for (var level = 0; level < parameters.Levels; level++)
        {
            var price = best + (level * step);
            var quantity = Division.FloorToMultiple(Math.Min(parameters.OrderSize, room), instrument.Lot);
            if (price <= 0 || RiskGate.IsBeyondCollar(parameters, price, midTwice) || quantity < instrument.MinQuantity || Math.BigMul(price, quantity) < instrument.MinNotional)
            {
                return level > 0 ? SideReason.Reduced : most < own ? SideReason.PortfolioLimit : SideReason.BelowMinimum;
            }

            if (quantity < parameters.OrderSize)
            {
                reason = SideReason.Reduced;
            }

            targets[count++] = new Level(price, quantity);
            room -= quantity;
        }

        return reason;
    }

    /// <summary>Cuts the targets of a side to what may be spent: base for asks, quote for bids.</summary>
    /// <param name="side">Side.</param>
    /// <param name="instrument">Lot and minima.</param>
    /// <param name="left">Base in quantity units, or quote in money.</param>
    /// <param name="targets">The targets, nearest the mid first; changed in place.</param>
    /// <param name="count">How many there are, and how many are left.</param>
    /// <param name="reason">Why the side is as it is.</param>
    /// <param name="nothing">Why it is when nothing is left of it.</param>
    /// <returns>The reason, or what the cut made of it.</returns>
    public static SideReason Cut(Side side, Instrument instrument, Int128 left, Span<Level> targets, ref int count, SideReason reason, SideReason nothing)
    {
        for (var level = 0; level < count; level++)
        {
            var (price, wanted) = targets[level];
            var most = left <= 0 ? 0 : side == Side.Ask ? left : Division.Divide(left, price, Rounding.Down);
            var quantity = Division.FloorToMultiple((long)Int128.Min(wanted, most), instrument.Lot);
            if (quantity < instrument.MinQuantity || quantity == 0 || Math.BigMul(price, quantity) < instrument.MinNotional)
            {
                count = level;
                return level == 0 ? nothing : SideReason.Reduced;
            }

            reason = quantity < wanted ? SideReason.Reduced : reason;
            targets[level] = new Level(price, quantity);
            left -= side == Side.Ask ? quantity : (Int128)price * quantity;
        }

        return reason;
    }
}
