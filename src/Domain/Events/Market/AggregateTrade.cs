using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>Fills of one taker order at one price (stream aggTrade).</summary>
public struct AggregateTrade : IPayload<AggregateTrade>
{
    /// <summary>a: aggregate trade id.</summary>
    public long AggregateId;

    /// <summary>Price of the trades.</summary>
    public long Price;

    /// <summary>Sum of quantities.</summary>
    public long Quantity;

    /// <summary>f: first trade id.</summary>
    public long FirstTradeId;

    /// <summary>l: last trade id.</summary>
    public long LastTradeId;

    /// <summary>T: venue trade time.</summary>
    public long TradeTime;

    /// <summary>m: true when the aggressor sold.</summary>
    public bool BuyerIsMaker;

    /// <inheritdoc/>
    public static EventType Type => EventType.AggregateTrade;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref AggregateTrade payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("aggregateId", ref payload.AggregateId);
        visit.Price("price", ref payload.Price);
        visit.Quantity("quantity", ref payload.Quantity);
        visit.Id("firstTradeId", ref payload.FirstTradeId);
        visit.Id("lastTradeId", ref payload.LastTradeId);
        visit.Time("tradeTime", ref payload.TradeTime);
        visit.Flag("buyerIsMaker", ref payload.BuyerIsMaker);
    }
}
