using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Instruments;

/// <summary>An instrument as the event that defines it, and back.</summary>
public static class InstrumentEvents
{
    /// <summary>The event.</summary>
    public static InstrumentDefined ToEvent(this Instrument instrument) => new()
    {
        Symbol = instrument.Symbol,
        BaseAsset = instrument.BaseAsset,
        QuoteAsset = instrument.QuoteAsset,
        PriceDecimals = instrument.PriceScale.Decimals,
        QuantityDecimals = instrument.QuantityScale.Decimals,
        Tick = instrument.Tick,
        Lot = instrument.Lot,
        MinQuantity = instrument.MinQuantity,
        MinNotional = instrument.MinNotional,
        CommissionDecimals = instrument.CommissionDecimals,
        Source = instrument.Source,
    };

    /// <summary>The instrument that an event defines.</summary>
    /// <exception cref="ArgumentException">The event's values are impossible.</exception>
    public static Instrument ToInstrument(this InstrumentDefined defined) => new Instrument
    {
        Symbol = defined.Symbol,
        BaseAsset = defined.BaseAsset,
        QuoteAsset = defined.QuoteAsset,
        PriceScale = new Scale((int)defined.PriceDecimals),
        QuantityScale = new Scale((int)defined.QuantityDecimals),
        Tick = defined.Tick,
        Lot = defined.Lot,
        MinQuantity = defined.MinQuantity,
        MinNotional = defined.MinNotional,
        CommissionDecimals = (int)defined.CommissionDecimals,
        Source = defined.Source,
    }.Validated();
}
