using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>LEB128 variable-length integers: seven bits a byte, least significant first, high bit set on all but the last.</summary>
public static class Varint
{
    private const ulong HighBits = 0x8080_8080_8080_8080;
    private const ulong LowBits = 0x7F7F_7F7F_7F7F_7F7F;

    /// <summary>Sign into bit 0, so that small magnitudes stay short.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ZigZag(long value) => unchecked((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Undoes <see cref="ZigZag"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long UnZigZag(ulong value) => unchecked((long)(value >> 1) ^ -(long)(value & 1));

    /// <summary>Writes a varint and returns its length, 1 to 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write(Span<byte> destination, ulong value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            destination[at++] = unchecked((byte)(value | 0x80));
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    /// <summary>Reads a varint at <paramref name="at"/> and moves past it.</summary>
    /// <exception cref="CanonicalFormatException">The bytes end inside the varint, or it is longer than 64 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ReadOnlySpan<byte> source, ref int at)
    {
        if ((uint)at < (uint)source.Length && source[at] < 0x80)
        {
            return source[at++];
        }

        return ReadSeveral(source, ref at);
    }

    /// <summary>
    /// Reads two varints, as two calls of <see cref="Read"/> would. Where both lie within eight bytes, as the price and
    /// the quantity of a level nearly always do, one load and no guess serve both.
    /// </summary>
    /// <exception cref="CanonicalFormatException">The bytes end inside a varint, or one is longer than 64 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadPair(ReadOnlySpan<byte> source, ref int at, out ulong first, out ulong second)
    {
        var start = at;
        if ((uint)start <= (uint)source.Length && source.Length - start >= 8)
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(source[start..]);
            var ends = ~word & HighBits;
            var secondEnd = ends & unchecked(ends - 1);
            if (secondEnd != 0)
            {
                var length = BitOperations.TrailingZeroCount(ends) + 1;
                first = Gather(word & unchecked(ends ^ (ends - 1)));
                second = Gather((word & unchecked(secondEnd ^ (secondEnd - 1))) >> length);
                at = start + (BitOperations.TrailingZeroCount(secondEnd) >> 3) + 1;
                return;
            }
        }

        first = Read(source, ref at);
        second = Read(source, ref at);
    }

    /// <summary>
    /// Two to eight bytes at once, without a branch per byte: the first byte without its high bit ends the varint, and
    /// the seven-bit groups before it are pushed together in three steps. Lengths of varints in market data are not
    /// predictable, so a loop would pay for a wrong guess every time.
    /// </summary>
    private static ulong ReadSeveral(ReadOnlySpan<byte> source, ref int at)
    {
        var start = at;
        if ((uint)start > (uint)source.Length || source.Length - start < 8)
        {
            return ReadLong(source, ref at);
        }

        var word = BinaryPrimitives.ReadUInt64LittleEndian(source[start..]);
        var ends = ~word & HighBits;
        if (ends == 0)
        {
            return ReadLong(source, ref at);
        }

        // Everything up to and including the last byte's high bit.
        at = start + (BitOperations.TrailingZeroCount(ends) >> 3) + 1;
        return Gather(word & (ends ^ unchecked(ends - 1)));
    }

    // Pushes the low seven bits of every byte together: one instruction where the processor has it, three steps elsewhere.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Gather(ulong word)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitExtract(word, LowBits);
        }

        word &= LowBits;
        word = ((word & 0x7F00_7F00_7F00_7F00) >> 1) | (word & 0x007F_007F_007F_007F);
        word = ((word & 0x3FFF_0000_3FFF_0000) >> 2) | (word & 0x0000_3FFF_0000_3FFF);
        return ((word & 0x0FFF_FFFF_0000_0000) >> 4) | (word & 0x0000_0000_0FFF_FFFF);
    }

    private static ulong ReadLong(ReadOnlySpan<byte> source, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if ((uint)at >= (uint)source.Length)
            {
                throw new CanonicalFormatException("the bytes end inside an integer");
            }

            var b = source[at++];
            if (shift == 63 && b > 1)
            {
                break;
            }

            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new CanonicalFormatException("an integer is longer than 64 bits");
    }
}

/// <summary>Bytes that are not a canonical value: damaged, cut, or written by a newer version.</summary>
public sealed class CanonicalFormatException(string what) : Exception($"Not a canonical event: {what}.");
