using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>
/// What is added to the recorded times and ids, so that a repetition of the window goes on where the one before ended.
/// All zero in the first pass.
/// </summary>
/// <param name="Pass">Repetition, from 0.</param>
/// <param name="Time">Nanoseconds.</param>
/// <param name="UpdateId">Of diffs, books and best quotes.</param>
/// <param name="TradeId">Of trades.</param>
/// <param name="AggregateId">Of recorded aggregate trades.</param>
internal readonly record struct TileShift(int Pass, long Time, long UpdateId, long TradeId, long AggregateId)
{
    /// <summary>A diff moved.</summary>
    public DepthDiff Move(in DepthDiff diff) => diff with
    {
        FirstUpdateId = diff.FirstUpdateId + UpdateId,
        FinalUpdateId = diff.FinalUpdateId + UpdateId,
    };

    /// <summary>A best quote moved.</summary>
    public BestQuote Move(in BestQuote quote) => quote with { UpdateId = quote.UpdateId + UpdateId };

    /// <summary>A trade moved.</summary>
    public Trade Move(in Trade trade) => trade with { TradeId = trade.TradeId + TradeId, TradeTime = trade.TradeTime + Time };

    /// <summary>A recorded aggregate trade moved.</summary>
    public AggregateTrade Move(in AggregateTrade trade) => trade with
    {
        AggregateId = trade.AggregateId + AggregateId,
        FirstTradeId = trade.FirstTradeId + TradeId,
        LastTradeId = trade.LastTradeId + TradeId,
        TradeTime = trade.TradeTime + Time,
    };
}
