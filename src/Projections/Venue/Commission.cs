using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Venue;

/// <summary>
/// Commission as Binance charges it: on what is received, base on a buy and quote on a sell, at the commission
/// decimals. Rounded up: what Binance does with the digits beyond is not documented, and up never flatters the PnL;
/// it costs at most 10^−8 of the asset a fill.
/// </summary>
public static class Commission
{
    private const long Million = 1_000_000;

    /// <summary>Fills in commission, asset and value of a fill.</summary>
    /// <param name="fill">The fill with side, price and quantity.</param>
    /// <param name="instrument">The instrument.</param>
    /// <param name="partsPerMillion">Rate in millionths.</param>
    public static void Charge(ref OrderFilled fill, Instrument instrument, long partsPerMillion)
    {
        if (fill.Side == Side.Bid)
        {
            var unit = Scale.PowerOfTen(instrument.QuantityScale.Decimals - instrument.CommissionDecimals);
            fill.CommissionAsset = FeeAsset.Base;
            fill.Commission = (long)Division.Divide((Int128)fill.Quantity * partsPerMillion, (Int128)Million * unit, Rounding.Up);
            fill.CommissionValue = (Int128)fill.Commission * unit * fill.Price;
        }
        else
        {
            var unit = Power(instrument.MoneyDecimals - instrument.CommissionDecimals);
            fill.CommissionAsset = FeeAsset.Quote;
            fill.Commission = (long)Division.Divide((Int128)fill.Price * fill.Quantity * partsPerMillion, Million * unit, Rounding.Up);
            fill.CommissionValue = fill.Commission * unit;
        }
    }

    private static Int128 Power(int exponent)
    {
        var first = Math.Min(exponent, Scale.MaxDecimals);
        return (Int128)Scale.PowerOfTen(first) * Scale.PowerOfTen(exponent - first);
    }
}
