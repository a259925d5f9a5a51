using EventSourcedMM.Domain.Events;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Rest;

/// <summary>exchangeInfo: rate limits, and each symbol with its filters (filters.md). What an instrument does not tell has the usual value of a large pair.</summary>
internal static class ExchangeRules
{
    /// <summary>Writes it.</summary>
    public static void Write(WireWriter json, TimeUnit unit, long now, RateLimits limits, IReadOnlyList<SymbolMarket> markets, bool showPermissionSets)
    {
        json.Raw("{\"timezone\":\"UTC\",\"serverTime\":"u8);
        json.Time(now, unit);
        json.Raw(",\"rateLimits\":["u8);
        RateLimit(json, "REQUEST_WEIGHT", "MINUTE", 1, limits.Weight, "");
        RateLimit(json, "ORDERS", "SECOND", UnfilledOrders.ShortSeconds, limits.OrdersInTenSeconds, ",");
        RateLimit(json, "ORDERS", "DAY", 1, limits.OrdersInADay, ",");
        RateLimit(json, "RAW_REQUESTS", "MINUTE", 5, 300_000, ",");
        json.Raw("],\"exchangeFilters\":[],\"symbols\":["u8);
        for (var i = 0; i < markets.Count; i++)
        {
            json.Raw(i > 0 ? ","u8 : default);
            Symbol(json, markets[i], showPermissionSets);
        }

        json.Raw("]}"u8);
    }

    private static void RateLimit(WireWriter json, string type, string interval, int count, long limit, string before)
    {
        json.Raw(before.Length > 0 ? ","u8 : default);
        json.Raw("{\"rateLimitType\":"u8);
        json.Text(type);
        json.Raw(",\"interval\":"u8);
        json.Text(interval);
        json.Raw(",\"intervalNum\":"u8);
        json.Number(count);
        json.Raw(",\"limit\":"u8);
        json.Number(limit);
        json.Raw("}"u8);
    }

    private static void Symbol(WireWriter json, SymbolMarket market, bool showPermissionSets)
    {
        var instrument = market.Tape.Instrument;
        json.Raw("{\"symbol\":"u8);
        json.Text(instrument.Symbol);
        json.Raw(",\"status\":"u8);
        json.Text(market.Status);
        json.Raw(",\"baseAsset\":"u8);
        json.Text(instrument.BaseAsset);
        json.Raw(",\"baseAssetPrecision\":"u8);
        json.Number(instrument.QuantityDecimals);
        json.Raw(",\"quoteAsset\":"u8);
        json.Text(instrument.QuoteAsset);
        json.Raw(",\"quotePrecision\":"u8);
        json.Number(instrument.PriceDecimals);
        json.Raw(",\"quoteAssetPrecision\":"u8);
        json.Number(instrument.PriceDecimals);
        json.Raw(",\"baseCommissionPrecision\":"u8);
        json.Number(instrument.CommissionDecimals);
        json.Raw(",\"quoteCommissionPrecision\":"u8);
        json.Number(instrument.CommissionDecimals);
        json.Raw(",\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\",\"STOP_LOSS\",\"STOP_LOSS_LIMIT\",\"TAKE_PROFIT\",\"TAKE_PROFIT_LIMIT\"]"u8);
        json.Raw(",\"icebergAllowed\":true,\"ocoAllowed\":true,\"otoAllowed\":true,\"opoAllowed\":true,\"quoteOrderQtyMarketAllowed\":true"u8);
        json.Raw(",\"allowTrailingStop\":true,\"cancelReplaceAllowed\":true,\"amendAllowed\":true,\"pegInstructionsAllowed\":true"u8);
        json.Raw(",\"isSpotTradingAllowed\":true,\"isMarginTradingAllowed\":false,\"filters\":["u8);
        Filters(json, instrument);
        json.Raw("],\"permissions\":[],\"permissionSets\":"u8);
        json.Raw(showPermissionSets ? "[[\"SPOT\"]]"u8 : "[]"u8);
        json.Raw(",\"defaultSelfTradePreventionMode\":\"EXPIRE_MAKER\",\"allowedSelfTradePreventionModes\":[\"EXPIRE_TAKER\",\"EXPIRE_MAKER\",\"EXPIRE_BOTH\",\"DECREMENT\"]}"u8);
    }

    private static void Filters(WireWriter json, in InstrumentDefined instrument)
    {
        var rules = new SymbolRules(instrument);
        var price = (int)instrument.PriceDecimals;
        var quantity = (int)instrument.QuantityDecimals;
        json.Raw("{\"filterType\":\"PRICE_FILTER\",\"minPrice\":"u8);
        json.Decimal(instrument.Tick, price);
        json.Raw(",\"maxPrice\":"u8);
        json.Decimal(rules.MaxPrice, price);
        json.Raw(",\"tickSize\":"u8);
        json.Decimal(instrument.Tick, price);
        json.Raw("},{\"filterType\":\"LOT_SIZE\",\"minQty\":"u8);
        json.Decimal(instrument.MinQuantity, quantity);
        json.Raw(",\"maxQty\":"u8);
        json.Decimal(rules.MaxQuantity, quantity);
        json.Raw(",\"stepSize\":"u8);
        json.Decimal(instrument.Lot, quantity);
        json.Raw("},{\"filterType\":\"ICEBERG_PARTS\",\"limit\":100},{\"filterType\":\"MARKET_LOT_SIZE\",\"minQty\":"u8);
        json.Decimal(0, quantity);
        json.Raw(",\"maxQty\":"u8);
        json.Decimal(rules.MaxMarketQuantity, quantity);
        json.Raw(",\"stepSize\":"u8);
        json.Decimal(0, quantity);
        json.Raw("},{\"filterType\":\"TRAILING_DELTA\",\"minTrailingAboveDelta\":10,\"maxTrailingAboveDelta\":2000,\"minTrailingBelowDelta\":10,\"maxTrailingBelowDelta\":2000}"u8);
        json.Raw(",{\"filterType\":\"PERCENT_PRICE_BY_SIDE\",\"bidMultiplierUp\":\"5\",\"bidMultiplierDown\":\"0.2\",\"askMultiplierUp\":\"5\",\"askMultiplierDown\":\"0.2\",\"avgPriceMins\":5}"u8);
        json.Raw(",{\"filterType\":\"NOTIONAL\",\"minNotional\":"u8);
        json.DecimalCut(instrument.MinNotional, price + quantity, 8);
        json.Raw(",\"applyMinToMarket\":true,\"maxNotional\":\"9000000.00000000\",\"applyMaxToMarket\":false,\"avgPriceMins\":5}"u8);
        json.Raw(",{\"filterType\":\"MAX_NUM_ORDERS\",\"maxNumOrders\":200},{\"filterType\":\"MAX_NUM_ORDER_LISTS\",\"maxNumOrderLists\":20}"u8);
        json.Raw(",{\"filterType\":\"MAX_NUM_ALGO_ORDERS\",\"maxNumAlgoOrders\":5},{\"filterType\":\"MAX_NUM_ORDER_AMENDS\",\"maxNumOrderAmends\":10}"u8);
    }
}
