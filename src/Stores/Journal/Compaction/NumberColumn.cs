using System.Numerics;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>
/// A column of signed integers, stored as differences from a reference that is chosen for every block: nothing, a value of
/// the record before (of the same plan), or a value that stands earlier in the same record. So an id that counts up, an id
/// that continues another one, and a stamp that follows the envelope's each become small numbers, whatever the type.
/// Stored: reference (varint), exponent e (one byte), zigzag varints of the differences divided by 10^e, by planes.
/// </summary>
internal static class NumberColumn
{
    /// <summary>No reference.</summary>
    public const int NoReference = 0;

    private const int MaxExponent = 18;

    /// <summary>The reference to a slot of the record before.</summary>
    public static int Previous(int slot) => 1 + slot;

    /// <summary>The reference to a slot of the same record.</summary>
    public static int Current(int slot, int slots) => 1 + slots + slot;

    /// <summary>Writes the column of one slot with the reference that costs least.</summary>
    /// <param name="output">Receives the column.</param>
    /// <param name="rows">Values of all slots, record after record.</param>
    /// <param name="slots">Slots in a record.</param>
    /// <param name="slot">The slot to write.</param>
    public static void Write(ByteBuffer output, ReadOnlySpan<long> rows, int slots, int slot)
    {
        var count = rows.Length / slots;
        var differences = new long[count];
        var best = new long[count];
        var bestReference = 0;
        var bestCost = long.MaxValue;
        for (var reference = 0; reference < Current(slot, slots); reference++)
        {
            Subtract(rows, slots, slot, reference, differences);
            var cost = Cost(differences, Exponent(differences));
            if (cost < bestCost)
            {
                bestCost = cost;
                bestReference = reference;
                (best, differences) = (differences, best);
            }
        }

        WriteDifferences(output, bestReference, best);
    }

    /// <summary>Writes differences that were taken already.</summary>
    public static void WriteDifferences(ByteBuffer output, int reference, ReadOnlySpan<long> differences)
    {
        var exponent = Exponent(differences);
        var unit = Scale.PowerOfTen(exponent);
        var room = output.Room(11);
        var length = Varint.Write(room, (ulong)reference);
        room[length] = (byte)exponent;
        output.Advance(length + 1);
        var planes = new PlaneWriter();
        foreach (var difference in differences)
        {
            planes.Add(Varint.ZigZag(difference / unit));
        }

        planes.WriteTo(output);
    }

    private static void Subtract(ReadOnlySpan<long> rows, int slots, int slot, int reference, Span<long> differences)
    {
        for (var i = 0; i < differences.Length; i++)
        {
            var row = i * slots;
            long from;
            if (reference == NoReference)
            {
                from = 0;
            }
            else if (reference <= slots)
            {
                from = i == 0 ? 0 : rows[row - slots + (reference - 1)];
            }
            else
            {
                from = rows[row + (reference - 1 - slots)];
            }

            differences[i] = unchecked(rows[row + slot] - from);
        }
    }

    /// <summary>Largest power of ten that divides all of them.</summary>
    private static int Exponent(ReadOnlySpan<long> differences)
    {
        var exponent = MaxExponent;
        foreach (var difference in differences)
        {
            while (exponent > 0 && difference % Scale.PowerOfTen(exponent) != 0)
            {
                exponent--;
            }

            if (exponent == 0)
            {
                break;
            }
        }

        return exponent;
    }

    /// <summary>An estimate in half bits: the size of every number, and that it is not zero.</summary>
    private static long Cost(ReadOnlySpan<long> differences, int exponent)
    {
        var unit = Scale.PowerOfTen(exponent);
        long cost = 0;
        foreach (var difference in differences)
        {
            var zigzag = Varint.ZigZag(difference / unit);
            cost += zigzag == 0 ? 0 : 1 + (2 * (64 - BitOperations.LeadingZeroCount(zigzag)));
        }

        return cost;
    }
}

/// <summary>Reads a <see cref="NumberColumn"/>.</summary>
internal struct NumberReader
{
    private readonly int reference;
    private readonly long unit;
    private PlaneReader planes;

    /// <summary>Finds a column of so many numbers and moves behind it.</summary>
    public NumberReader(byte[] data, int end, int count, ref int at)
    {
        reference = (int)Varint.Read(data.AsSpan(0, end), ref at);
        if (at >= end || data[at] > 18)
        {
            throw new InvalidDataException("a column's exponent is out of range");
        }

        unit = Scale.PowerOfTen(data[at++]);
        planes = new PlaneReader(data, end, count, ref at);
    }

    /// <summary>The next difference, for a column whose reference the layout fixes.</summary>
    public long Next() => unchecked(Varint.UnZigZag(planes.Next()) * unit);

    /// <summary>The next value.</summary>
    /// <param name="previous">Slots of the record before.</param>
    /// <param name="current">Slots of this record.</param>
    public long Next(ReadOnlySpan<long> previous, ReadOnlySpan<long> current)
    {
        var from = reference == 0 ? 0
            : reference <= previous.Length ? previous[reference - 1]
            : current[reference - 1 - previous.Length];
        return unchecked(from + (Varint.UnZigZag(planes.Next()) * unit));
    }
}
