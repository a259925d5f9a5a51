using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.VenueSim.Wire;

/// <summary>
/// Payloads of the market streams, field by field in the venue's order (web-socket-streams.md). Ids and times come as
/// they are to be written; the caller has moved them already.
/// </summary>
internal static class StreamPayloads
{
    /// <summary>depthUpdate of @depth and @depth@100ms.</summary>
    public static void DepthUpdate(WireWriter json, SymbolScales scales, TimeUnit unit, long eventTime, in DepthDiff diff)
    {
        json.Raw("{\"e\":\"depthUpdate\",\"E\":"u8);
        json.Time(eventTime, unit);
        json.Raw(",\"s\":"u8);
        json.Text(scales.Symbol);
        json.Raw(",\"U\":"u8);
        json.Number(diff.FirstUpdateId);
        json.Raw(",\"u\":"u8);
        json.Number(diff.FinalUpdateId);
        json.Raw(",\"b\":"u8);
        Levels(json, scales, diff.Bids.Span);
        json.Raw(",\"a\":"u8);
        Levels(json, scales, diff.Asks.Span);
        json.Raw("}"u8);
    }

    /// <summary>A partial book of @depth5, @depth10, @depth20, and the answer of REST depth: they are the same.</summary>
    public static void Book(WireWriter json, SymbolScales scales, long lastUpdateId, ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks)
    {
        json.Raw("{\"lastUpdateId\":"u8);
        json.Number(lastUpdateId);
        json.Raw(",\"bids\":"u8);
        Levels(json, scales, bids);
        json.Raw(",\"asks\":"u8);
        Levels(json, scales, asks);
        json.Raw("}"u8);
    }

    /// <summary>@trade. M is always true: the venue says to ignore it.</summary>
    public static void Trade(WireWriter json, SymbolScales scales, TimeUnit unit, long eventTime, in Trade trade)
    {
        json.Raw("{\"e\":\"trade\",\"E\":"u8);
        json.Time(eventTime, unit);
        json.Raw(",\"s\":"u8);
        json.Text(scales.Symbol);
        json.Raw(",\"t\":"u8);
        json.Number(trade.TradeId);
        json.Raw(",\"p\":"u8);
        json.Decimal(trade.Price, scales.PriceDecimals);
        json.Raw(",\"q\":"u8);
        json.Decimal(trade.Quantity, scales.QuantityDecimals);
        json.Raw(",\"T\":"u8);
        json.Time(trade.TradeTime, unit);
        json.Raw(",\"m\":"u8);
        json.Flag(trade.BuyerIsMaker);
        json.Raw(",\"M\":true}"u8);
    }

    /// <summary>@aggTrade.</summary>
    public static void AggregateTrade(WireWriter json, SymbolScales scales, TimeUnit unit, long eventTime, in AggregateTrade trade)
    {
        json.Raw("{\"e\":\"aggTrade\",\"E\":"u8);
        json.Time(eventTime, unit);
        json.Raw(",\"s\":"u8);
        json.Text(scales.Symbol);
        json.Raw(","u8);
        AggregateFields(json, scales, unit, trade);
    }

    /// <summary>The fields that @aggTrade and REST aggTrades share, and the closing brace.</summary>
    public static void AggregateFields(WireWriter json, SymbolScales scales, TimeUnit unit, in AggregateTrade trade)
    {
        json.Raw("\"a\":"u8);
        json.Number(trade.AggregateId);
        json.Raw(",\"p\":"u8);
        json.Decimal(trade.Price, scales.PriceDecimals);
        json.Raw(",\"q\":"u8);
        json.Decimal(trade.Quantity, scales.QuantityDecimals);
        json.Raw(",\"f\":"u8);
        json.Number(trade.FirstTradeId);
        json.Raw(",\"l\":"u8);
        json.Number(trade.LastTradeId);
        json.Raw(",\"T\":"u8);
        json.Time(trade.TradeTime, unit);
        json.Raw(",\"m\":"u8);
        json.Flag(trade.BuyerIsMaker);
        json.Raw(",\"M\":true}"u8);
    }

    /// <summary>@bookTicker: it has no event time.</summary>
    public static void BestQuote(WireWriter json, SymbolScales scales, in BestQuote quote)
    {
        json.Raw("{\"u\":"u8);
        json.Number(quote.UpdateId);
        json.Raw(",\"s\":"u8);
        json.Text(scales.Symbol);
        json.Raw(",\"b\":"u8);
        json.Decimal(quote.BidPrice, scales.PriceDecimals);
        json.Raw(",\"B\":"u8);
        json.Decimal(quote.BidQuantity, scales.QuantityDecimals);
        json.Raw(",\"a\":"u8);
        json.Decimal(quote.AskPrice, scales.PriceDecimals);
        json.Raw(",\"A\":"u8);
        json.Decimal(quote.AskQuantity, scales.QuantityDecimals);
        json.Raw("}"u8);
    }

    /// <summary>serverShutdown.</summary>
    public static void ServerShutdown(WireWriter json, TimeUnit unit, long eventTime)
    {
        json.Raw("{\"e\":\"serverShutdown\",\"E\":"u8);
        json.Time(eventTime, unit);
        json.Raw("}"u8);
    }

    private static void Levels(WireWriter json, SymbolScales scales, ReadOnlySpan<Level> levels)
    {
        json.Raw("["u8);
        for (var i = 0; i < levels.Length; i++)
        {
            Level(json, scales, levels[i], i > 0);
        }

        json.Raw("]"u8);
    }

    private static void Level(WireWriter json, SymbolScales scales, in Level level, bool follows)
    {
        json.Raw(follows ? ",["u8 : "["u8);
        json.Decimal(level.Price, scales.PriceDecimals);
        json.Raw(","u8);
        json.Decimal(level.Quantity, scales.QuantityDecimals);
        json.Raw("]"u8);
    }
}
