using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Stores.Upcasting;

/// <summary>An order as it was asked for before an engine could close its position: always post-only (LIMIT_MAKER).</summary>
public struct OrderSubmittedVersion1 : IPayload<OrderSubmittedVersion1>
{
    /// <summary>Our ordinal of the order within the run and symbol, from 1.</summary>
    public long OrderId;

    /// <summary>Side.</summary>
    public Side Side;

    /// <summary>Level of the ladder, 0 is nearest the mid.</summary>
    public long Level;

    /// <summary>Limit price.</summary>
    public long Price;

    /// <summary>Quantity.</summary>
    public long Quantity;

    /// <summary>Ordinal of the quote decision that wanted it.</summary>
    public long Decision;

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderSubmitted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderSubmittedVersion1 payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Code("side", ref payload.Side);
        visit.Count("level", ref payload.Level);
        visit.Price("price", ref payload.Price);
        visit.Quantity("quantity", ref payload.Quantity);
        visit.Id("decision", ref payload.Decision);
    }

    /// <summary>The same order in version 2.</summary>
    public readonly OrderSubmitted Next() => new()
    {
        OrderId = OrderId,
        Side = Side,
        Level = Level,
        Price = Price,
        Quantity = Quantity,
        Decision = Decision,
        Execution = OrderExecution.PostOnly,
    };
}
