using System.Text.Json;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Instruments;

/// <summary>An instrument from an entry of the venue's exchangeInfo (GET /api/v3/exchangeInfo, filters.md).</summary>
internal static class ExchangeInfo
{
    /// <summary>Reads PRICE_FILTER, LOT_SIZE and NOTIONAL (or the older MIN_NOTIONAL).</summary>
    public static Instrument Read(JsonElement entry, string symbol, string where, InstrumentSource source)
    {
        var place = $"{where}: {symbol}";
        if (!entry.TryGetProperty("filters", out var filters) || filters.ValueKind != JsonValueKind.Array)
        {
            throw new InstrumentException($"{place}: exchangeInfo without a list of filters.");
        }

        var price = Filter(filters, "PRICE_FILTER") ?? throw new InstrumentException($"{place}: there is no PRICE_FILTER.");
        var size = Filter(filters, "LOT_SIZE") ?? throw new InstrumentException($"{place}: there is no LOT_SIZE filter.");
        var notional = Filter(filters, "NOTIONAL") ?? Filter(filters, "MIN_NOTIONAL");
        var priceScale = InstrumentScale.For(Largest(price, "maxPrice"), JsonText.Decimal(price, "tickSize", place, Scale.Eight));
        var quantityScale = InstrumentScale.For(Largest(size, "maxQty"), JsonText.Decimal(size, "stepSize", place, Scale.Eight));
        var tick = JsonText.Decimal(price, "tickSize", place, priceScale);
        var lot = JsonText.Decimal(size, "stepSize", place, quantityScale);
        if (tick == 0 || lot == 0)
        {
            throw new InstrumentException($"{place}: the venue has switched off {(tick == 0 ? "tickSize" : "stepSize")} (0). Give tick and lot in a file with --instrument.");
        }

        return new Instrument
        {
            Symbol = symbol,
            BaseAsset = JsonText.Of(entry, "baseAsset", place),
            QuoteAsset = JsonText.Of(entry, "quoteAsset", place),
            PriceScale = priceScale,
            QuantityScale = quantityScale,
            Tick = tick,
            Lot = lot,
            MinQuantity = Math.Max(lot, JsonText.Decimal(size, "minQty", place, quantityScale)),
            MinNotional = notional is { } filter ? JsonText.Money(filter, "minNotional", place, priceScale.Decimals + quantityScale.Decimals) : 0,
            CommissionDecimals = Math.Min(JsonText.Number(entry, "baseCommissionPrecision", place, 8), quantityScale.Decimals),
            Source = source,
        }.Validated();
    }

    private static JsonElement? Filter(JsonElement filters, string type)
    {
        foreach (var filter in filters.EnumerateArray())
        {
            if (filter.ValueKind == JsonValueKind.Object && filter.TryGetProperty("filterType", out var name) && name.ValueKind == JsonValueKind.String && name.GetString() == type)
            {
                return filter;
            }
        }

        return null;
    }

    // Whole part of a limit; 0 (no limit) when it is missing or switched off.
    private static Int128 Largest(JsonElement filter, string name)
    {
        if (!filter.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return 0;
        }

        var text = value.GetString()!;
        var point = text.IndexOf('.');
        return Int128.TryParse(point < 0 ? text : text[..point], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var whole) ? whole : 0;
    }
}
