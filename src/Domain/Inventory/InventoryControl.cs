using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Inventory;

/// <summary>Inventory control on top of the model's own skew (docs/model.md, "Inventory").</summary>
public static class InventoryControl
{
    /// <summary>
    /// How far the extra skew has grown: 0 up to the threshold, then linear, 1 from the maximum on.
    /// With threshold = maximum it steps from 0 to 1 just beyond it.
    /// </summary>
    /// <param name="inventory">q in quantity units.</param>
    /// <param name="threshold">N★ in quantity units.</param>
    /// <param name="maximum">N_max in quantity units.</param>
    public static double Pressure(long inventory, long threshold, long maximum)
    {
        var beyond = Math.Abs(inventory) - threshold;
        if (beyond <= 0)
        {
            return 0;
        }

        var range = maximum - threshold;
        return beyond >= range ? 1 : (double)beyond / range;
    }

    /// <summary>
    /// Shift of both quotes in quote: against the inventory, so negative when long.
    /// Order of operations: (strength · halfSpread) · pressure, then the sign.
    /// </summary>
    public static double Shift(long inventory, double pressure, double strength, double halfSpread)
    {
        var shift = strength * halfSpread * pressure;
        return inventory > 0 ? -shift : shift;
    }

    /// <summary>
    /// The largest inventory either way at a price: N_max, or what the notional limit buys if that is less,
    /// floor(limit / price).
    /// </summary>
    /// <param name="parameters">The limits.</param>
    /// <param name="price">Price in price units, positive.</param>
    public static long Limit(StrategyParameters parameters, long price)
    {
        // A limit that even N_max stays within needs no division, which is slow in 128 bits.
        if (parameters.MaxNotional == 0 || Math.BigMul(parameters.MaxInventory, price) <= parameters.MaxNotional)
        {
            return parameters.MaxInventory;
        }

        var most = Division.Divide(parameters.MaxNotional, price, Rounding.Down);
        return most < parameters.MaxInventory ? (long)most : parameters.MaxInventory;
    }
}
