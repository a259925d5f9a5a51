using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>Reads varints that <see cref="PlaneWriter"/> collected.</summary>
internal struct PlaneReader
{
    /// <summary>Longest varint: 128 bits.</summary>
    public const int MaxPlanes = 19;

    private readonly byte[] data;
    private Positions next;

    /// <summary>Finds the planes of a column of so many varints and moves behind them.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside the column.</exception>
    public PlaneReader(byte[] data, int end, int count, ref int at)
    {
        this.data = data;
        for (var plane = 0; count > 0; plane++)
        {
            if (plane == MaxPlanes || count > end - at)
            {
                throw new InvalidDataException("a column is longer than the block");
            }

            next[plane] = at;
            var bytes = data.AsSpan(at, count);
            at += count;
            count = CountLong(bytes);
        }
    }

    /// <summary>The next varint as an unsigned 64-bit integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next()
    {
        var b = data[next[0]++];
        return b < 0x80 ? b : Rest(b);
    }

    /// <summary>Copies the next varint's bytes and returns how many they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CopyTo(Span<byte> destination)
    {
        var length = 0;
        byte b;
        do
        {
            b = data[next[length]++];
            destination[length++] = b;
        }
        while (b >= 0x80);
        return length;
    }

    private ulong Rest(byte first)
    {
        ulong value = (uint)(first & 0x7F);
        for (var plane = 1; plane < 10; plane++)
        {
            var b = data[next[plane]++];
            value |= (ulong)(b & 0x7F) << (7 * plane);
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("an integer is longer than 64 bits");
    }

    private static int CountLong(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            count += BitOperations.PopCount(word & 0x8080_8080_8080_8080);
        }

        foreach (var b in bytes[(words.Length * 8)..])
        {
            count += b >> 7;
        }

        return count;
    }

    [InlineArray(MaxPlanes)]
    private struct Positions
    {
        private int first;
    }
}
