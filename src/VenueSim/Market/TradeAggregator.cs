using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>
/// Aggregate trades of recordings that have single trades only: consecutive trades of one moment, one price and one
/// aggressor's side are one taker order's (rest-api.md, "Compressed/Aggregate trades list"). Ids count from 1.
/// </summary>
internal sealed class TradeAggregator
{
    private AggregateTrade open;
    private bool isOpen;
    private long lastId;

    /// <summary>Adds a trade; true when it ends its aggregate.</summary>
    /// <param name="trade">The trade.</param>
    /// <param name="continues">True when the next trade belongs to the same aggregate.</param>
    /// <param name="aggregate">The aggregate that ended.</param>
    public bool Add(in Trade trade, bool continues, out AggregateTrade aggregate)
    {
        if (!isOpen)
        {
            isOpen = true;
            open = new AggregateTrade
            {
                AggregateId = ++lastId,
                Price = trade.Price,
                FirstTradeId = trade.TradeId,
                TradeTime = trade.TradeTime,
                BuyerIsMaker = trade.BuyerIsMaker,
            };
        }

        open.Quantity += trade.Quantity;
        open.LastTradeId = trade.TradeId;
        aggregate = open;
        isOpen = continues;
        return !continues;
    }
}
