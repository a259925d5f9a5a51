using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Risk;

/// <summary>
/// Closing a position after the kill switch (docs/model.md, "Closing the position"): limit orders that take at once and never rest,
/// at most <see cref="CollarPartsPerMillion"/> away from the mid. What is less than a lot or the smallest order is left.
/// </summary>
public static class Flattening
{
    /// <summary>How far from the mid an order that closes the position may trade, in millionths of the mid.</summary>
    public const long CollarPartsPerMillion = 5_000;

    /// <summary>The order that would close the position at these prices; null when what is held is less than the venue takes.</summary>
    /// <param name="instrument">Tick, lot and minima.</param>
    /// <param name="position">Base held relative to the run's start, in quantity units; what is positive is sold.</param>
    /// <param name="midTwice">Best bid plus best ask, in price units, positive.</param>
    public static (Side Side, Level Order)? Next(Instrument instrument, long position, long midTwice)
    {
        const long million = 1_000_000;
        var side = position > 0 ? Side.Ask : Side.Bid;
        var price = side == Side.Ask
            ? Division.Divide((Int128)midTwice * (million - CollarPartsPerMillion), (Int128)2 * million * instrument.Tick, Rounding.Up) * instrument.Tick
            : Division.Divide((Int128)midTwice * (million + CollarPartsPerMillion), (Int128)2 * million * instrument.Tick, Rounding.Down) * instrument.Tick;
        var quantity = Division.FloorToMultiple(Math.Abs(position), instrument.Lot);
        return quantity == 0 || quantity < instrument.MinQuantity || price * quantity < instrument.MinNotional
            ? null
            : (side, new Level((long)price, quantity));
    }
}
