namespace EventSourcedMM.Stores.Parquet;

/// <summary>Decodes DELTA_BINARY_PACKED integers (Encodings.md, "Delta Encoding").</summary>
internal static class DeltaBinaryPackedDecoder
{
    // Far above any writer (128 to 2,048 is usual); keeps a damaged header from being believed.
    private const int MaxBlock = 1 << 20;

    private const int Slice = 256; // values a step on the way to 32 bits; miniblocks split at byte boundaries

    /// <summary>Decodes exactly as many values as <paramref name="destination"/> holds.</summary>
    /// <returns>The encoded bytes.</returns>
    public static int Decode(ReadOnlySpan<byte> data, Span<long> destination, ParquetPlace place)
    {
        if (destination.IsEmpty && data.IsEmpty)
        {
            return 0;
        }

        var layout = Layout.Read(data, destination.Length, place, out int position, out long last);
        if (destination.IsEmpty)
        {
            return position;
        }

        destination[0] = last;
        int done = 1;
        while (done < destination.Length)
        {
            long minDelta = Varint.ReadZigZag(data, ref position, place);
            ReadOnlySpan<byte> widths = layout.Widths(data, ref position, place);
            for (int m = 0; m < widths.Length && done < destination.Length; m++)
            {
                int count = Math.Min(layout.Miniblock, destination.Length - done);
                int next = layout.End(data, position, widths[m], count, place);
                last = DeltaUnpack.Sum(data[position..], widths[m], minDelta, last, destination.Slice(done, count));
                position = next;
                done += count;
            }
        }

        return position;
    }

    /// <summary>Decodes 32-bit values; their sums wrap at 32 bits.</summary>
    /// <returns>The encoded bytes.</returns>
    public static int Decode(ReadOnlySpan<byte> data, Span<int> destination, ParquetPlace place)
    {
        if (destination.IsEmpty && data.IsEmpty)
        {
            return 0;
        }

        var layout = Layout.Read(data, destination.Length, place, out int position, out long last);
        if (destination.IsEmpty)
        {
            return position;
        }

        // The low 32 bits of 64-bit sums are the 32-bit sums.
        destination[0] = unchecked((int)last);
        Span<long> wide = stackalloc long[Slice];
        int done = 1;
        while (done < destination.Length)
        {
            long minDelta = Varint.ReadZigZag(data, ref position, place);
            ReadOnlySpan<byte> widths = layout.Widths(data, ref position, place);
            for (int m = 0; m < widths.Length && done < destination.Length; m++)
            {
                int count = Math.Min(layout.Miniblock, destination.Length - done);
                int next = layout.End(data, position, widths[m], count, place);
                for (int from = 0; from < count; from += Slice)
                {
                    Span<long> part = wide[..Math.Min(Slice, count - from)];
                    last = DeltaUnpack.Sum(data[(position + (from / 8 * widths[m]))..], widths[m], minDelta, last, part);
                    Narrow(part, destination.Slice(done + from, part.Length));
                }

                position = next;
                done += count;
            }
        }

        return position;
    }

    private static void Narrow(ReadOnlySpan<long> from, Span<int> to)
    {
        unchecked
        {
            for (int i = 0; i < from.Length; i++)
            {
                to[i] = (int)from[i];
            }
        }
    }

    /// <summary>The header's block layout.</summary>
    internal readonly struct Layout(int miniblock, int miniblocks)
    {
        /// <summary>Values of a miniblock.</summary>
        public int Miniblock => miniblock;

        /// <summary>Miniblocks of a block.</summary>
        public int Miniblocks => miniblocks;

        public static Layout Read(ReadOnlySpan<byte> data, int expected, ParquetPlace place, out int position, out long first)
        {
            position = 0;
            int block = Varint.ReadCount(data, ref position, MaxBlock, "a delta block size of", place);
            int miniblocks = Varint.ReadCount(data, ref position, MaxBlock, "a miniblock count of", place);
            int total = Varint.ReadCount(data, ref position, int.MaxValue, "a value count of", place);
            first = Varint.ReadZigZag(data, ref position, place);
            if (block == 0 || miniblocks == 0 || block % miniblocks != 0 || block / miniblocks % 32 != 0)
            {
                throw place.Corrupt($"delta blocks of {block} values in {miniblocks} miniblocks are not possible");
            }

            return total == expected
                ? new Layout(block / miniblocks, miniblocks)
                : throw place.Corrupt($"the page holds {total} delta-encoded values where {expected} belong");
        }

        public ReadOnlySpan<byte> Widths(ReadOnlySpan<byte> data, ref int position, ParquetPlace place)
        {
            if (data.Length - position < miniblocks)
            {
                throw place.Corrupt("the page ends inside a delta block's header");
            }

            ReadOnlySpan<byte> widths = data.Slice(position, miniblocks);
            position += miniblocks;
            return widths;
        }

        /// <summary>
        /// Where the miniblock of <paramref name="width"/> bits ends, after checking that the bytes of its
        /// <paramref name="count"/> values are there. The last miniblock should be padded to its full size; some
        /// writers cut the padding off at the end of the page.
        /// </summary>
        public int End(ReadOnlySpan<byte> data, int position, int width, int count, ParquetPlace place)
        {
            if (width > 64)
            {
                throw place.Corrupt($"deltas of {width} bits are not possible");
            }

            long needed = BitUnpack.PackedBytes(count, width);
            return needed <= data.Length - position
                ? (int)Math.Min(data.Length, position + BitUnpack.PackedBytes(miniblock, width))
                : throw place.Corrupt("the page ends inside a delta block");
        }
    }
}
