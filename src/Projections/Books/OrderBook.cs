using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Projections.Books;

/// <summary>An L2 book: displayed quantity by price on two sides.</summary>
public sealed class OrderBook
{
    /// <summary>Bids, best first by rank.</summary>
    public BookSide Bids { get; } = new(Side.Bid);

    /// <summary>Asks, best first by rank.</summary>
    public BookSide Asks { get; } = new(Side.Ask);

    /// <summary>The side named.</summary>
    public BookSide this[Side side] => side == Side.Bid ? Bids : Asks;

    /// <summary>True when both sides have a level.</summary>
    public bool HasBothSides => Bids.Count > 0 && Asks.Count > 0;

    /// <summary>Best bid plus best ask: twice the mid, exact in price units. Ask only when <see cref="HasBothSides"/>.</summary>
    public long MidTwice => Bids.BestPrice + Asks.BestPrice;

    /// <summary>Applies changed levels: absolute quantities, 0 removes, removing what is not there is no error.</summary>
    public void Apply(ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks)
    {
        Bids.Apply(bids);
        Asks.Apply(asks);
    }

    /// <summary>Replaces the whole book.</summary>
    public void Reset(ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks)
    {
        Bids.Reset(bids);
        Asks.Reset(asks);
    }
}
