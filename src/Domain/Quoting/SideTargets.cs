using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Inventory;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Quoting;

/// <summary>What one side should show: prices and sizes by level, within the limits.</summary>
public static class SideTargets
{
    /// <summary>
    /// Fills the targets of a side, nearest the mid first, until the room is used up.
    /// </summary>
    /// <param name="setup">Instrument and parameters.</param>
    /// <param name="side">Which side.</param>
    /// <param name="best">Price of level 0 in price units.</param>
    /// <param name="inventory">q in quantity units.</param>
    /// <param name="targets">Room for one target per level.</param>
    /// <param name="count">Targets written.</param>
    /// <returns>Why the side is as it is.</returns>
    public static SideReason Fill(QuoteSetup setup, Side side, long best, long inventory, Span<Level> targets, out int count)
    {
        var parameters = setup.Parameters;
        var instrument = setup.Instrument;
        count = 0;
        if (best <= 0)
        {
            return SideReason.NoPrice;
        }

        // Signed so that both sides read alike: how much more may be bought, or sold.
        var held = side == Side.Bid ? inventory : -inventory;
        var most = InventoryControl.Limit(parameters, best);
        var room = most - held;
        if (room <= 0)
        {
            return most < parameters.MaxInventory ? SideReason.NotionalLimit : SideReason.InventoryLimit;
        }

        var reason = SideReason.Quoted;
        var step = side == Side.Bid ? -parameters.LevelSpacing : parameters.LevelSpacing;
        for (var level = 0; level < parameters.Levels; level++)
        {
            var price = best + (level * step);
            var quantity = Division.FloorToMultiple(Math.Min(parameters.OrderSize, room), instrument.Lot);
            if (price <= 0 || quantity < instrument.MinQuantity || Math.BigMul(price, quantity) < instrument.MinNotional)
            {
                if (level == 0)
                {
                    return SideReason.BelowMinimum;
                }

                return SideReason.Reduced;
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
}
