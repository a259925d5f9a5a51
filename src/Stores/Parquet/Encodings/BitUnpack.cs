using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Unpacks numbers of a fixed width that stand back to back from the lowest bit up, as dictionary indices and levels do.
/// Spans of packed bytes run to the end of the page, so that wide loads may look past the numbers asked for.
/// </summary>
internal static class BitUnpack
{
    /// <summary>Widest numbers whose bits, at any offset in a byte, lie within four bytes.</summary>
    private const int MaxVectorWidth = 25;

    private static readonly byte[] Shuffles = new byte[(MaxVectorWidth + 1) * 32];
    private static readonly uint[] Shifts = new uint[(MaxVectorWidth + 1) * 8];

    static BitUnpack()
    {
        for (int width = 1; width <= MaxVectorWidth; width++)
        {
            for (int i = 0; i < 8; i++)
            {
                int laneStart = i < 4 ? 0 : (4 * width) >> 3;
                int firstByte = ((i * width) >> 3) - laneStart;
                for (int b = 0; b < 4; b++)
                {
                    Shuffles[(width * 32) + (i * 4) + b] = (byte)(firstByte + b);
                }

                Shifts[(width * 8) + i] = (uint)((i * width) & 7);
            }
        }
    }

    /// <summary>Bytes that <paramref name="count"/> numbers of <paramref name="width"/> bits take.</summary>
    public static long PackedBytes(long count, int width) => ((count * width) + 7) / 8;

    /// <summary>The number of 1 to 64 bits at a bit offset; bytes past the end read as zero.</summary>
    public static ulong Value(ReadOnlySpan<byte> packed, long bitOffset, int width)
    {
        int first = (int)(bitOffset >> 3);
        int shift = (int)(bitOffset & 7);
        if (first > packed.Length - 9)
        {
            return ValueNearEnd(packed, first, shift, width);
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(packed[first..]) >> shift;
        if (shift + width > 64)
        {
            value |= (ulong)packed[first + 8] << (64 - shift);
        }

        return value & Mask(width);
    }

    /// <summary>Unpacks numbers of up to 32 bits; the bytes they take must be there.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, int width, Span<int> destination)
    {
        if (width == 0)
        {
            destination.Clear();
            return;
        }

        int done = Avx2.IsSupported && width <= MaxVectorWidth ? UnpackVector(packed, width, destination) : 0;
        UnpackScalar(packed, width, destination, done);
    }

    /// <summary>Unpacks numbers of up to 8 bits into bytes; the bytes they take must be there.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, int width, Span<byte> destination)
    {
        if (width == 0)
        {
            destination.Clear();
            return;
        }

        int done = 0;
        if (Bmi2.X64.IsSupported)
        {
            // Eight numbers take exactly `width` bytes; the deposit spreads them to one a byte.
            ulong mask = ((1UL << width) - 1) * 0x0101_0101_0101_0101UL;
            int position = 0;
            for (; done <= destination.Length - 8 && position <= packed.Length - 8; done += 8, position += width)
            {
                ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(packed[position..]);
                BinaryPrimitives.WriteUInt64LittleEndian(destination[done..], Bmi2.X64.ParallelBitDeposit(bits, mask));
            }
        }

        UnpackScalar(packed, width, destination, done);
    }

    /// <summary>The plain way, from number <paramref name="from"/> on; what every platform can do, and the vector code's twin.</summary>
    public static void UnpackScalar(ReadOnlySpan<byte> packed, int width, Span<int> destination, int from)
    {
        long bit = (long)from * width;
        for (int i = from; i < destination.Length; i++, bit += width)
        {
            destination[i] = unchecked((int)(uint)Value(packed, bit, width));
        }
    }

    /// <summary>The plain way for bytes.</summary>
    public static void UnpackScalar(ReadOnlySpan<byte> packed, int width, Span<byte> destination, int from)
    {
        long bit = (long)from * width;
        for (int i = from; i < destination.Length; i++, bit += width)
        {
            destination[i] = unchecked((byte)Value(packed, bit, width));
        }
    }

    private static ulong Mask(int width) => ulong.MaxValue >> (64 - width);

    private static ulong ValueNearEnd(ReadOnlySpan<byte> packed, int first, int shift, int width)
    {
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        if (first < packed.Length)
        {
            packed[first..].CopyTo(padded);
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(padded) >> shift;
        if (shift + width > 64)
        {
            value |= (ulong)padded[8] << (64 - shift);
        }

        return value & Mask(width);
    }

    // Eight numbers a turn: two 16-byte loads, one at the byte where each half's first number begins; a shuffle brings
    // every number's four bytes into its own lane, a per-lane shift drops the bits before it, a mask those after it.
    private static int UnpackVector(ReadOnlySpan<byte> packed, int width, Span<int> destination)
    {
        nuint secondHalf = (nuint)((4 * width) >> 3);
        int lastLoad = (int)secondHalf + 16;
        ref byte source = ref MemoryMarshal.GetReference(packed);
        ref int target = ref MemoryMarshal.GetReference(destination);
        Vector256<byte> shuffle = Vector256.LoadUnsafe(ref Shuffles[width * 32]);
        Vector256<uint> shift = Vector256.LoadUnsafe(ref Shifts[width * 8]);
        Vector256<uint> mask = Vector256.Create((1u << width) - 1);
        int done = 0;
        int position = 0;
        for (; done <= destination.Length - 8 && position <= packed.Length - lastLoad; done += 8, position += width)
        {
            Vector256<byte> bytes = Vector256.Create(
                Vector128.LoadUnsafe(ref source, (nuint)position),
                Vector128.LoadUnsafe(ref source, (nuint)position + secondHalf));
            Vector256<uint> values = Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(bytes, shuffle).AsUInt32(), shift) & mask;
            values.AsInt32().StoreUnsafe(ref Unsafe.Add(ref target, done));
        }

        return done;
    }
}
