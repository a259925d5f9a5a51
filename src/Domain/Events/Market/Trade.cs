using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>One trade (stream trade).</summary>
public struct Trade : IPayload<Trade>
{
    /// <summary>t: venue trade id.</summary>
    public long TradeId;

    /// <summary>Price of the trade.</summary>
    public long Price;

    /// <summary>Quantity of the trade.</summary>
    public long Quantity;

    /// <summary>T: venue trade time.</summary>
    public long TradeTime;

    /// <summary>m: true when the buyer was resting, so that the aggressor sold.</summary>
    public bool BuyerIsMaker;

    /// <inheritdoc/>
    public static EventType Type => EventType.Trade;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref Trade payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("tradeId", ref payload.TradeId);
        visit.Price("price", ref payload.Price);
        visit.Quantity("quantity", ref payload.Quantity);
        visit.Time("tradeTime", ref payload.TradeTime);
        visit.Flag("buyerIsMaker", ref payload.BuyerIsMaker);
    }
}
