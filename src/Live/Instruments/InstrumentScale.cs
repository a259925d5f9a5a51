using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Instruments;

/// <summary>Chooses a scale: 8 decimals unless 64 bits would not hold the instrument's range (DESIGN.md §4).</summary>
internal static class InstrumentScale
{
    // A level gathers the orders of many, and a book's side many levels: room for a thousand of the largest order.
    private const long LargestUnits = long.MaxValue / 1_000;

    /// <summary>The finest scale of at most 8 decimals that holds the largest value with room to spare, and the step.</summary>
    /// <param name="largest">Largest price or order quantity, whole part; 0 when unknown.</param>
    /// <param name="step">Smallest step in units of 10^−8.</param>
    public static Scale For(Int128 largest, long step)
    {
        var needed = 8;
        for (var rest = step; needed > 0 && rest % 10 == 0; rest /= 10)
        {
            needed--;
        }

        var decimals = 8;
        while (decimals > needed && largest * Scale.PowerOfTen(decimals) > LargestUnits)
        {
            decimals--;
        }

        return new Scale(decimals);
    }
}
