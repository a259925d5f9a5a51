using System.Runtime.CompilerServices;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>LEB128 variable-length integers: seven bits a byte, least significant first, high bit set on all but the last.</summary>
public static class Varint
{
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

        return ReadLong(source, ref at);
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
