using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>The engine asks for a limit order: post-only to quote, immediate-or-cancel to close the position after the kill switch.</summary>
public struct OrderSubmitted : IPayload<OrderSubmitted>
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

    /// <summary>Ordinal of the quote decision that wanted it; 0 for an order that closes the position.</summary>
    public long Decision;

    /// <summary>Whether it may take.</summary>
    public OrderExecution Execution;

    /// <inheritdoc/>
    public static EventType Type => EventType.OrderSubmitted;

    /// <inheritdoc/>
    public static int Version => 2;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref OrderSubmitted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Code("side", ref payload.Side);
        visit.Count("level", ref payload.Level);
        visit.Price("price", ref payload.Price);
        visit.Quantity("quantity", ref payload.Quantity);
        visit.Id("decision", ref payload.Decision);
        visit.Code("execution", ref payload.Execution);
    }
}
