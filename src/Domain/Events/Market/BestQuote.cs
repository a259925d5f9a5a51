using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>Best bid and ask (stream bookTicker). Recorded and checked against the book; never moves book, mid, volatility or fills.</summary>
public struct BestQuote : IPayload<BestQuote>
{
    /// <summary>u: book update id.</summary>
    public long UpdateId;

    /// <summary>Best bid price.</summary>
    public long BidPrice;

    /// <summary>Quantity there.</summary>
    public long BidQuantity;

    /// <summary>Best ask price.</summary>
    public long AskPrice;

    /// <summary>Quantity there.</summary>
    public long AskQuantity;

    /// <inheritdoc/>
    public static EventType Type => EventType.BestQuote;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref BestQuote payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("updateId", ref payload.UpdateId);
        visit.Price("bidPrice", ref payload.BidPrice);
        visit.Quantity("bidQuantity", ref payload.BidQuantity);
        visit.Price("askPrice", ref payload.AskPrice);
        visit.Quantity("askQuantity", ref payload.AskQuantity);
    }
}
