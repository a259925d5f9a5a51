using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Cli.Book;

/// <summary>Scales and steps to print a folded book with; before the stream's instrument the usual ones.</summary>
internal static class BookScales
{
    public static Scale Price(BookFold fold) => IsKnown(fold) ? new Scale((int)fold.Instrument.PriceDecimals) : Scale.Eight;

    public static Scale Quantity(BookFold fold) => IsKnown(fold) ? new Scale((int)fold.Instrument.QuantityDecimals) : Scale.Eight;

    /// <summary>Decimals that a step needs.</summary>
    public static int Places(long step, Scale scale)
    {
        var places = scale.Decimals;
        for (; places > 0 && step > 0 && step % 10 == 0; step /= 10)
        {
            places--;
        }

        return places;
    }

    private static bool IsKnown(BookFold fold) => fold.Instrument.Symbol.Length > 0;
}
