using System.Numerics;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Encodes integers as DELTA_BINARY_PACKED in blocks of 128 values and miniblocks of 32, the layout that every reader
/// has met.
/// </summary>
internal static class DeltaBinaryPackedEncoder
{
    private const int Block = 128;
    private const int Miniblocks = 4;
    private const int Miniblock = Block / Miniblocks;

    /// <summary>Appends 64-bit values.</summary>
    public static void Encode(ReadOnlySpan<long> values, ByteSink sink)
    {
        WriteHeader(sink, values.Length, values.IsEmpty ? 0 : values[0]);
        Span<long> deltas = stackalloc long[Block];
        for (int start = 1; start < values.Length; start += Block)
        {
            Span<long> part = deltas[..Math.Min(Block, values.Length - start)];
            for (int i = 0; i < part.Length; i++)
            {
                part[i] = unchecked(values[start + i] - values[start + i - 1]);
            }

            WriteBlock(sink, part);
        }
    }

    /// <summary>Appends 32-bit values. Differences wrap at 32 bits, so that no packed delta is wider than the type.</summary>
    public static void Encode(ReadOnlySpan<int> values, ByteSink sink)
    {
        WriteHeader(sink, values.Length, values.IsEmpty ? 0 : values[0]);
        Span<long> deltas = stackalloc long[Block];
        for (int start = 1; start < values.Length; start += Block)
        {
            Span<long> part = deltas[..Math.Min(Block, values.Length - start)];
            for (int i = 0; i < part.Length; i++)
            {
                part[i] = unchecked(values[start + i] - values[start + i - 1]);
            }

            WriteBlock(sink, part);
        }
    }

    private static void WriteHeader(ByteSink sink, int count, long first)
    {
        sink.WriteVarint(Block);
        sink.WriteVarint(Miniblocks);
        sink.WriteVarint((ulong)count);
        sink.WriteZigZag(first);
    }

    private static void WriteBlock(ByteSink sink, Span<long> deltas)
    {
        long minimum = long.MaxValue;
        foreach (long delta in deltas)
        {
            minimum = Math.Min(minimum, delta);
        }

        sink.WriteZigZag(minimum);
        Span<byte> widths = stackalloc byte[Miniblocks];
        widths.Clear();
        for (int m = 0; m * Miniblock < deltas.Length; m++)
        {
            ulong bits = 0;
            foreach (ref long delta in deltas[(m * Miniblock)..Math.Min((m + 1) * Miniblock, deltas.Length)])
            {
                delta = unchecked(delta - minimum);
                bits |= unchecked((ulong)delta);
            }

            widths[m] = (byte)(64 - BitOperations.LeadingZeroCount(bits));
        }

        sink.Write(widths);
        for (int m = 0; m * Miniblock < deltas.Length; m++)
        {
            BitPack.Write(deltas[(m * Miniblock)..Math.Min((m + 1) * Miniblock, deltas.Length)], widths[m], Miniblock, sink);
        }
    }
}
