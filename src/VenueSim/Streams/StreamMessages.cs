using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Streams;

/// <summary>A message of a stream, written once for each time unit that somebody wants.</summary>
internal interface IStreamMessage
{
    /// <summary>First id in it, for the log of faults: update id or trade id.</summary>
    long FirstId { get; }

    /// <summary>Last id in it.</summary>
    long LastId { get; }

    /// <summary>Writes the payload.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="unit">Unit of times.</param>
    /// <param name="clockError">Nanoseconds by which the venue's clock is wrong.</param>
    void Write(WireWriter json, TimeUnit unit, long clockError);
}

/// <summary>depthUpdate.</summary>
internal readonly struct DiffMessage(SymbolScales scales, long time, DepthDiff diff) : IStreamMessage
{
    public long FirstId => diff.FirstUpdateId;

    public long LastId => diff.FinalUpdateId;

    public void Write(WireWriter json, TimeUnit unit, long clockError) =>
        StreamPayloads.DepthUpdate(json, scales, unit, time + clockError, diff);
}

/// <summary>A partial book.</summary>
internal readonly struct PartialMessage(SymbolScales scales, long updateId, Level[] bids, Level[] asks) : IStreamMessage
{
    public long FirstId => updateId;

    public long LastId => updateId;

    public void Write(WireWriter json, TimeUnit unit, long clockError) =>
        StreamPayloads.Book(json, scales, updateId, bids, asks);
}

/// <summary>A trade.</summary>
internal readonly struct TradeMessage(SymbolScales scales, long time, Trade trade) : IStreamMessage
{
    public long FirstId => trade.TradeId;

    public long LastId => trade.TradeId;

    public void Write(WireWriter json, TimeUnit unit, long clockError) =>
        StreamPayloads.Trade(json, scales, unit, time + clockError, trade with { TradeTime = trade.TradeTime + clockError });
}

/// <summary>An aggregate trade.</summary>
internal readonly struct AggregateTradeMessage(SymbolScales scales, long time, AggregateTrade trade) : IStreamMessage
{
    public long FirstId => trade.FirstTradeId;

    public long LastId => trade.LastTradeId;

    public void Write(WireWriter json, TimeUnit unit, long clockError) =>
        StreamPayloads.AggregateTrade(json, scales, unit, time + clockError, trade with { TradeTime = trade.TradeTime + clockError });
}

/// <summary>A best quote.</summary>
internal readonly struct BestQuoteMessage(SymbolScales scales, BestQuote quote) : IStreamMessage
{
    public long FirstId => quote.UpdateId;

    public long LastId => quote.UpdateId;

    public void Write(WireWriter json, TimeUnit unit, long clockError) => StreamPayloads.BestQuote(json, scales, quote);
}
