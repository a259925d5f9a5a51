using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Replay.Explain;

/// <summary>Something that happened to one of the run's orders.</summary>
/// <param name="After">The market event that it came after.</param>
/// <param name="OrderId">The order.</param>
/// <param name="Placed">The order as it was asked for; null for one that was already.</param>
/// <param name="Remaining">What is left of it; 0 when it is over.</param>
/// <param name="Refused">True when it never rested.</param>
internal sealed record OrderMove(Cause After, long OrderId, OrderSubmitted? Placed, long Remaining, bool Refused)
{
    /// <summary>What an event says of an order; null when it says nothing.</summary>
    public static OrderMove? Of<T>(Cause after, in T payload)
        where T : struct, IPayload<T> => payload switch
        {
            OrderSubmitted submitted => new OrderMove(after, submitted.OrderId, submitted, submitted.Quantity, Refused: false),
            OrderRejected rejected => new OrderMove(after, rejected.OrderId, null, 0, Refused: true),
            OrderCancelled cancelled => new OrderMove(after, cancelled.OrderId, null, 0, Refused: false),
            OrderExpired expired => new OrderMove(after, expired.OrderId, null, 0, Refused: false),
            OrderFilled fill => new OrderMove(after, fill.OrderId, null, fill.Remaining, Refused: false),
            _ => null,
        };
}
