using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Domain.Quoting;

/// <summary>
/// Hears the integer steps of <see cref="QuotePrices.TryCompute{TTrace}"/> in their order, so that an explanation shows the
/// steps that were taken instead of repeating them. A struct: the engine's own, which hears nothing, costs nothing.
/// </summary>
public interface IQuoteTrace
{
    /// <summary>The model's prices became multiples of the tick, in price units: the bid down, the ask up.</summary>
    void Rounded(long bid, long ask);

    /// <summary>A clamp that the configuration asks for is about to be applied; it moves the price when the bound is on its other side.</summary>
    /// <param name="clamp">Which.</param>
    /// <param name="side">Whose price.</param>
    /// <param name="bound">The highest or lowest price it allows, in price units.</param>
    /// <param name="before">The price before it, in price units.</param>
    void Bound(QuoteClamp clamp, Side side, long bound, long before);
}

/// <summary>Nobody listens.</summary>
public readonly struct Untraced : IQuoteTrace
{
    /// <inheritdoc/>
    public void Rounded(long bid, long ask)
    {
    }

    /// <inheritdoc/>
    public void Bound(QuoteClamp clamp, Side side, long bound, long before)
    {
    }
}
