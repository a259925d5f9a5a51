using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>One of our orders traded.</summary>
public struct OrderFilled : IPayload<OrderFilled>
{
    /// <summary>The order.</summary>
    public long OrderId;

    /// <summary>The venue's trade id; an ordinal from 1 at the simulated venue.</summary>
    public long TradeId;

    /// <summary>Side of our order.</summary>
    public Side Side;

    /// <summary>Price of the fill: our limit, since we are the maker.</summary>
    public long Price;

    /// <summary>Quantity filled.</summary>
    public long Quantity;

    /// <summary>Quantity still resting.</summary>
    public long Remaining;

    /// <summary>Commission charged, in units of 10^−(commission decimals) of its asset.</summary>
    public long Commission;

    /// <summary>What the commission is charged in.</summary>
    public FeeAsset CommissionAsset;

    /// <summary>The commission's value in money at the fill's price, or at the recorded rate for another asset.</summary>
    public Int128 CommissionValue;

    /// <summary>Which rule of docs/model.md filled it.</summary>
    public FillRule Rule;

    /// <summary>Quantity ahead of us at that price just before the event that filled us.</summary>
    public long QueueAhead;

    /// <summary>Quantity of the print, or newly displayed at the crossing level.</summary>
    public long EventQuantity;

    /// <summary>Price of the print, or of the crossing level.</summary>
    public long EventPrice;

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderFilled;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderFilled payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Id("tradeId", ref payload.TradeId);
        visit.Code("side", ref payload.Side);
        visit.Price("price", ref payload.Price);
        visit.Quantity("quantity", ref payload.Quantity);
        visit.Quantity("remaining", ref payload.Remaining);
        visit.Count("commission", ref payload.Commission);
        visit.Code("commissionAsset", ref payload.CommissionAsset);
        visit.Money("commissionValue", ref payload.CommissionValue);
        visit.Code("rule", ref payload.Rule);
        visit.Quantity("queueAhead", ref payload.QueueAhead);
        visit.Quantity("eventQuantity", ref payload.EventQuantity);
        visit.Price("eventPrice", ref payload.EventPrice);
    }
}
