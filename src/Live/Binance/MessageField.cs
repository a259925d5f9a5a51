namespace EventSourcedMM.Live.Binance;

/// <summary>The JSON fields that the parser reads, by their venue names.</summary>
internal enum MessageField
{
    Stream,
    Data,
    EventType,
    EventTime,
    Symbol,
    FirstUpdateId,
    UpdateId,
    PreviousUpdateId,
    Bids,
    Asks,
    BestBidQuantity,
    BestAskQuantity,
    TradeId,
    Price,
    Quantity,
    TradeTime,
    BuyerIsMaker,
    FirstTradeId,
    LastTradeId,
    LastUpdateId,
    BookBids,
    BookAsks,
    Symbols,
}
