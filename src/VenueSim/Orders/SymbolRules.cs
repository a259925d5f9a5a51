using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>
/// The filters of a symbol (filters.md), as exchangeInfo tells them and as orders are held to them. What an instrument
/// does not tell has the usual value of a large pair.
/// </summary>
internal sealed class SymbolRules(InstrumentDefined instrument)
{
    /// <summary>MAX_NUM_ORDERS.</summary>
    public const int MostOrders = 200;

    /// <summary>MAX_NUM_ORDER_AMENDS.</summary>
    public const int MostAmendments = 10;

    /// <summary>Minutes of the average price of PERCENT_PRICE_BY_SIDE and NOTIONAL.</summary>
    public const int AverageMinutes = 5;

    /// <summary>PERCENT_PRICE_BY_SIDE: an order's price is at most the average times this, and at least the average divided by it.</summary>
    public const int PriceMultiplier = 5;

    private const long MostValue = 9_000_000;

    /// <summary>The instrument.</summary>
    public InstrumentDefined Instrument => instrument;

    /// <summary>PRICE_FILTER maxPrice in price units.</summary>
    public long MaxPrice { get; } = Most(instrument.Tick, 100_000_000, 1_000_000, (int)instrument.PriceDecimals);

    /// <summary>LOT_SIZE maxQty in quantity units.</summary>
    public long MaxQuantity { get; } = Most(instrument.Lot, 900_000_000, 9_000_000, (int)instrument.QuantityDecimals);

    /// <summary>MARKET_LOT_SIZE maxQty in quantity units.</summary>
    public long MaxMarketQuantity { get; } = Most(instrument.Lot, 9_000_000, 9_000_000, (int)instrument.QuantityDecimals);

    /// <summary>Decimals of a price times a quantity.</summary>
    public int MoneyDecimals => (int)(instrument.PriceDecimals + instrument.QuantityDecimals);

    /// <summary>NOTIONAL maxNotional in money units.</summary>
    public Int128 MaxNotional => (Int128)MostValue * Power(MoneyDecimals);

    /// <summary>The first filter that a limit order breaks, by the venue's name; null when it breaks none.</summary>
    /// <param name="ticket">The order.</param>
    /// <param name="average">Average price in price units; 0 when there is none.</param>
    /// <param name="openOrders">The account's open orders of the symbol.</param>
    public string? Broken(OrderTicket ticket, long average, int openOrders)
    {
        if (ticket.Kind != OrderKind.Market)
        {
            if (ticket.Price < instrument.Tick || ticket.Price > MaxPrice || ticket.Price % instrument.Tick != 0)
            {
                return "PRICE_FILTER";
            }

            if (average > 0 && ((Int128)ticket.Price > (Int128)average * PriceMultiplier || (Int128)ticket.Price * PriceMultiplier < average))
            {
                return "PERCENT_PRICE_BY_SIDE";
            }
        }

        if (ticket.Quantity > 0 || ticket.QuoteValue == 0)
        {
            if (ticket.Quantity < instrument.MinQuantity || ticket.Quantity > MaxQuantity || ticket.Quantity % instrument.Lot != 0)
            {
                return "LOT_SIZE";
            }

            if (ticket.Kind == OrderKind.Market && ticket.Quantity > MaxMarketQuantity)
            {
                return "MARKET_LOT_SIZE";
            }

            var value = (Int128)(ticket.Kind == OrderKind.Market ? average : ticket.Price) * ticket.Quantity;
            if ((value < instrument.MinNotional && value > 0) || (value > MaxNotional && ticket.Kind != OrderKind.Market))
            {
                return "NOTIONAL";
            }
        }

        return openOrders >= MostOrders ? "MAX_NUM_ORDERS" : null;
    }

    private static Int128 Power(int exponent)
    {
        var first = Math.Min(exponent, Scale.MaxDecimals);
        return (Int128)Scale.PowerOfTen(first) * Scale.PowerOfTen(exponent - first);
    }

    // A number of steps, but no more than a number of whole units, and never more than fits.
    private static long Most(long step, long steps, long units, int decimals)
    {
        var most = Int128.Min((Int128)step * steps, (Int128)units * Scale.PowerOfTen(decimals));
        return (long)Int128.Min(most, long.MaxValue / 2);
    }
}
