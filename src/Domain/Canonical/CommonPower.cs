using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>
/// The largest power of ten up to 10^8 that divides every price, and every quantity, of a message. Venues print at
/// eight decimals but trade on coarser ticks and lots; dividing the zeros out makes a level about half as long.
/// </summary>
internal static class CommonPower
{
    private const int MaxExponent = 8;

    /// <summary>10^exponent.</summary>
    public static long Factor(int exponent) => Scale.PowerOfTen(exponent);

    /// <summary>The exponents for prices and for quantities.</summary>
    public static (int Price, int Quantity) Of(ReadOnlySpan<Level> levels)
    {
        var price = MaxExponent;
        var quantity = MaxExponent;
        foreach (ref readonly var level in levels)
        {
            while (!Divides(price, level.Price))
            {
                price--;
            }

            while (!Divides(quantity, level.Quantity))
            {
                quantity--;
            }
        }

        return (price, quantity);
    }

    // Divisors known at compile time become multiplications; a division by a variable costs ten times as much.
    private static bool Divides(int exponent, long value) => exponent switch
    {
        8 => value % 100_000_000 == 0,
        7 => value % 10_000_000 == 0,
        6 => value % 1_000_000 == 0,
        5 => value % 100_000 == 0,
        4 => value % 10_000 == 0,
        3 => value % 1_000 == 0,
        2 => value % 100 == 0,
        1 => value % 10 == 0,
        _ => true,
    };
}
