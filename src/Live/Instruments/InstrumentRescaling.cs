using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Instruments;

/// <summary>The same instrument counted in other units.</summary>
internal static class InstrumentRescaling
{
    /// <summary>The instrument at given scales.</summary>
    /// <exception cref="InstrumentException">A step or limit has more decimals than the scales.</exception>
    public static Instrument AtScales(this Instrument instrument, Scale price, Scale quantity) =>
        instrument.PriceScale == price && instrument.QuantityScale == quantity
            ? instrument
            : (instrument with
            {
                PriceScale = price,
                QuantityScale = quantity,
                Tick = (long)Convert(instrument, instrument.Tick, instrument.PriceScale.Decimals, price.Decimals),
                Lot = (long)Convert(instrument, instrument.Lot, instrument.QuantityScale.Decimals, quantity.Decimals),
                MinQuantity = (long)Convert(instrument, instrument.MinQuantity, instrument.QuantityScale.Decimals, quantity.Decimals),
                MinNotional = Convert(instrument, instrument.MinNotional, instrument.MoneyDecimals, price.Decimals + quantity.Decimals),
                CommissionDecimals = Math.Min(instrument.CommissionDecimals, quantity.Decimals),
            }).Validated();

    private static Int128 Convert(Instrument instrument, Int128 value, int from, int to)
    {
        for (; from < to; from++)
        {
            value *= 10;
        }

        for (; from > to; from--)
        {
            if (value % 10 != 0)
            {
                throw new InstrumentException($"exchangeInfo of {instrument.Symbol} has steps finer than the recording's scales; import the files from there on as a recording of their own.");
            }

            value /= 10;
        }

        return value;
    }
}
