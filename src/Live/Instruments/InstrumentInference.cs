using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Instruments;

/// <summary>Makes an instrument of what a recording printed: a guess, always announced as one.</summary>
public static class InstrumentInference
{
    // Enough prints that a step common to all of them is hardly chance.
    private const long EnoughTrades = 100;

    private static readonly string[] QuoteAssets =
    [
        "FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "EURI", "USD1", "AEUR", "DAI", "BTC", "ETH", "BNB", "TRX", "XRP", "DOGE", "SOL",
        "TRY", "EUR", "GBP", "BRL", "JPY", "ARS", "COP", "MXN", "CZK", "PLN", "RON", "UAH", "ZAR", "AUD", "RUB", "NGN", "IDRT", "BIDR", "BKRW",
    ];

    /// <summary>
    /// An instrument to read a symbol's messages with before its steps are known: one unit is tick and lot.
    /// </summary>
    /// <param name="symbol">Symbol in capitals; its ending names the quote asset.</param>
    /// <param name="quantityScale">Scale of quantities.</param>
    /// <exception cref="InstrumentException">The symbol ends with no quote asset that is known.</exception>
    public static Instrument Provisional(string symbol, Scale quantityScale)
    {
        var quote = Array.Find(QuoteAssets, asset => symbol.Length > asset.Length && symbol.EndsWith(asset, StringComparison.Ordinal))
            ?? throw new InstrumentException($"{symbol} ends with no quote asset that is known. Give the instrument in a file with --instrument.");
        return new Instrument
        {
            Symbol = symbol,
            BaseAsset = symbol[..^quote.Length],
            QuoteAsset = quote,
            QuantityScale = quantityScale,
            Tick = 1,
            Lot = 1,
            MinQuantity = 1,
            CommissionDecimals = Math.Min(8, quantityScale.Decimals),
            Source = InstrumentSource.Inferred,
        }.Validated();
    }

    /// <summary>
    /// Tick: the common step of all prices. Lot: that of the traded quantities, for orders come in lots while resting
    /// quantities may be finer; of all quantities when there are few trades. Smallest order: one lot. Smallest value: unknown.
    /// </summary>
    public static Instrument Infer(Instrument provisional, GridObserver observed)
    {
        if (observed.PriceStep == 0 || observed.QuantityStep == 0)
        {
            throw new InstrumentException($"{provisional.Symbol}: no price or no quantity was recorded to infer the instrument from. Give it in a file with --instrument.");
        }

        var lot = observed.Trades >= EnoughTrades ? observed.TradedStep : observed.QuantityStep;
        return (provisional with { Tick = observed.PriceStep, Lot = lot, MinQuantity = lot }).Validated();
    }
}
