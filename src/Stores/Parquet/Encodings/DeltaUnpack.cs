using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// The hot loop of DELTA_BINARY_PACKED: unpacks a miniblock's deltas and sums them up in one pass. All sums wrap at 64
/// bits, as the format asks (differences of 64-bit numbers may not fit 64 bits; the wrap undoes the writer's wrap).
/// </summary>
internal static class DeltaUnpack
{
    /// <summary>Widest deltas whose bits, at any offset in a byte, lie within eight bytes.</summary>
    public const int MaxVectorWidth = 57;

    private static readonly byte[] Shuffles = new byte[(MaxVectorWidth + 1) * 64];
    private static readonly ulong[] Shifts = new ulong[(MaxVectorWidth + 1) * 8];

    static DeltaUnpack()
    {
        for (int width = 1; width <= MaxVectorWidth; width++)
        {
            for (int i = 0; i < 8; i++)
            {
                int pairStart = ((i & ~1) * width) >> 3; // each pair of numbers has a 16-byte load of its own
                int firstByte = ((i * width) >> 3) - pairStart;
                for (int b = 0; b < 8; b++)
                {
                    Shuffles[(width * 64) + (i * 8) + b] = (byte)(firstByte + b);
                }

                Shifts[(width * 8) + i] = (ulong)((i * width) & 7);
            }
        }
    }

    /// <summary>Writes the running sums of a miniblock.</summary>
    /// <param name="packed">From the miniblock's first byte to the end of the page; the miniblock's own bytes must be there.</param>
    /// <param name="width">Bits a delta, 0 to 64.</param>
    /// <param name="minDelta">What is added to every delta.</param>
    /// <param name="last">The value before the first.</param>
    /// <param name="destination">One place for every value.</param>
    /// <returns>The last value written.</returns>
    public static long Sum(ReadOnlySpan<byte> packed, int width, long minDelta, long last, Span<long> destination)
    {
        if (width == 0)
        {
            return SumConstant(minDelta, last, destination);
        }

        int done = Avx2.IsSupported && width <= MaxVectorWidth ? SumVector(packed, width, minDelta, ref last, destination) : 0;
        return done == destination.Length ? last : SumScalar(packed, width, minDelta, last, destination, done);
    }

    /// <summary>The plain way, from value <paramref name="from"/> on; what every platform can do, and the vector code's twin.</summary>
    public static long SumScalar(ReadOnlySpan<byte> packed, int width, long minDelta, long last, Span<long> destination, int from)
    {
        unchecked
        {
            long bit = (long)from * width;
            for (int i = from; i < destination.Length; i++, bit += width)
            {
                last += minDelta + (long)BitUnpack.Value(packed, bit, width);
                destination[i] = last;
            }

            return last;
        }
    }

    private static long SumConstant(long delta, long last, Span<long> destination)
    {
        unchecked
        {
            for (int i = 0; i < destination.Length; i++)
            {
                last += delta;
                destination[i] = last;
            }

            return last;
        }
    }

    // Eight deltas a turn, in two vectors of four. Each pair of deltas is loaded where it begins; a shuffle brings every
    // delta's eight bytes into its lane, a shift and a mask cut it out. Sums within a vector take two shifted additions;
    // the running value is added last, so that one addition per eight values is all that waits for the turn before.
    private static int SumVector(ReadOnlySpan<byte> packed, int width, long minDelta, ref long last, Span<long> destination)
    {
        nuint pair1 = (nuint)((2 * width) >> 3);
        nuint pair2 = (nuint)((4 * width) >> 3);
        nuint pair3 = (nuint)((6 * width) >> 3);
        int lastLoad = (int)pair3 + 16;
        ref byte source = ref MemoryMarshal.GetReference(packed);
        ref long target = ref MemoryMarshal.GetReference(destination);
        Vector256<byte> shuffleA = Vector256.LoadUnsafe(ref Shuffles[width * 64]);
        Vector256<byte> shuffleB = Vector256.LoadUnsafe(ref Shuffles[(width * 64) + 32]);
        Vector256<ulong> shiftA = Vector256.LoadUnsafe(ref Shifts[width * 8]);
        Vector256<ulong> shiftB = Vector256.LoadUnsafe(ref Shifts[(width * 8) + 4]);
        Vector256<long> mask = Vector256.Create((1L << width) - 1);
        Vector256<long> minimum = Vector256.Create(minDelta);
        Vector256<long> upperHalf = Vector256.Create(0L, 0L, -1L, -1L);
        Vector256<long> running = Vector256.Create(last);
        int done = 0;
        int position = 0;
        for (; done <= destination.Length - 8 && position <= packed.Length - lastLoad; done += 8, position += width)
        {
            nuint at = (nuint)position;
            Vector256<byte> bytesA = Vector256.Create(Vector128.LoadUnsafe(ref source, at), Vector128.LoadUnsafe(ref source, at + pair1));
            Vector256<byte> bytesB = Vector256.Create(Vector128.LoadUnsafe(ref source, at + pair2), Vector128.LoadUnsafe(ref source, at + pair3));
            Vector256<long> a = (Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(bytesA, shuffleA).AsUInt64(), shiftA).AsInt64() & mask) + minimum;
            Vector256<long> b = (Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(bytesB, shuffleB).AsUInt64(), shiftB).AsInt64() & mask) + minimum;
            a += Avx2.ShiftLeftLogical128BitLane(a, 8);
            b += Avx2.ShiftLeftLogical128BitLane(b, 8);
            a += Avx2.Permute4x64(a, 0b01_01_00_00) & upperHalf;
            b += Avx2.Permute4x64(b, 0b01_01_00_00) & upperHalf;
            b += Avx2.Permute4x64(a, 0xFF);
            Vector256<long> total = Avx2.Permute4x64(b, 0xFF);
            (a + running).StoreUnsafe(ref Unsafe.Add(ref target, done));
            (b + running).StoreUnsafe(ref Unsafe.Add(ref target, done + 4));
            running += total;
        }

        last = running.GetElement(0);
        return done;
    }
}
