using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.VenueSim.Wire;

/// <summary>What a symbol's numbers are written with.</summary>
/// <param name="Symbol">Symbol in capitals.</param>
/// <param name="PriceDecimals">Decimals of price units.</param>
/// <param name="QuantityDecimals">Decimals of quantity units.</param>
internal sealed record SymbolScales(string Symbol, int PriceDecimals, int QuantityDecimals)
{
    /// <summary>The scales of a recorded instrument.</summary>
    public static SymbolScales Of(in InstrumentDefined instrument) =>
        new(instrument.Symbol, (int)instrument.PriceDecimals, (int)instrument.QuantityDecimals);
}
