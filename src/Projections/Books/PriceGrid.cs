using System.Numerics;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// A grid of prices at multiples of a power of ten, numbered from 0. Going from a price to its slot is an exact division:
/// a multiplication by the inverse of 5^e modulo 2^64 and a rotation by e. What is no multiple comes out as a number far
/// beyond every slot, so that one comparison tells both (Granlund and Montgomery, "Division by invariant integers using
/// multiplication", 1994, section 9).
/// </summary>
internal readonly struct PriceGrid
{
    /// <summary>Slots of a grid; a price at or beyond has none.</summary>
    public const ulong Slots = 1 << 26;

    private const int LargestPower = 8;

    private readonly long step;
    private readonly ulong inverse;
    private readonly int power;

    private PriceGrid(int power)
    {
        this.power = power;
        step = 1;
        var odd = 1UL;
        for (var i = 0; i < power; i++)
        {
            step *= 10;
            odd *= 5;
        }

        // Newton's iteration doubles the correct bits: 3, 6, 12, 24, 48, 96.
        inverse = odd;
        for (var i = 0; i < 5; i++)
        {
            inverse = unchecked(inverse * (2 - (odd * inverse)));
        }
    }

    /// <summary>True for a grid that has slots.</summary>
    public bool Exists => step > 0;

    /// <summary>Slot of a price; at least <see cref="Slots"/> when it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong SlotOf(long price) => BitOperations.RotateRight(unchecked((ulong)price * inverse), power);

    /// <summary>Price of a slot.</summary>
    public long PriceOf(int slot) => slot * step;

    /// <summary>
    /// The coarsest grid that all but a sixteenth of the prices are on: a single odd price must not make it finer.
    /// </summary>
    public static PriceGrid For(ReadOnlySpan<Level> levels)
    {
        var best = new PriceGrid(0);
        for (var power = 1; power <= LargestPower; power++)
        {
            var grid = new PriceGrid(power);
            var on = 0;
            foreach (ref readonly var level in levels)
            {
                on += level.Price % grid.step == 0 ? 1 : 0;
            }

            if (on * 16 < levels.Length * 15)
            {
                break;
            }

            best = grid;
        }

        return best;
    }
}
