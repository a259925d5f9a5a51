namespace EventSourcedMM.Stores.Parquet;

/// <summary>Decodes the mix of runs and packed groups that levels, dictionary indices and some booleans are stored in (Encodings.md, "RLE").</summary>
internal static class RleHybridDecoder
{
    /// <summary>Decodes numbers of up to 32 bits until <paramref name="destination"/> is full.</summary>
    /// <returns>The bytes read.</returns>
    public static int Decode(ReadOnlySpan<byte> data, int width, Span<int> destination, ParquetPlace place)
    {
        int position = 0;
        int done = 0;
        while (done < destination.Length)
        {
            Run run = Run.Read(data, ref position, width, destination.Length - done, place);
            Span<int> target = destination.Slice(done, run.Count);
            if (run.IsPacked)
            {
                BitUnpack.Unpack(data[run.Start..], width, target);
            }
            else
            {
                target.Fill(unchecked((int)run.Value));
            }

            done += run.Count;
        }

        return position;
    }

    /// <summary>Decodes numbers of up to 8 bits until <paramref name="destination"/> is full.</summary>
    /// <returns>The bytes read.</returns>
    public static int Decode(ReadOnlySpan<byte> data, int width, Span<byte> destination, ParquetPlace place)
    {
        int position = 0;
        int done = 0;
        while (done < destination.Length)
        {
            Run run = Run.Read(data, ref position, width, destination.Length - done, place);
            Span<byte> target = destination.Slice(done, run.Count);
            if (run.IsPacked)
            {
                BitUnpack.Unpack(data[run.Start..], width, target);
            }
            else
            {
                target.Fill((byte)run.Value);
            }

            done += run.Count;
        }

        return position;
    }

    /// <summary>One run: a repeated value, or packed values beginning at a byte.</summary>
    private readonly struct Run(bool isPacked, int count, int start, uint value)
    {
        public bool IsPacked => isPacked;

        /// <summary>Values to take; the last packed group may hold padding beyond them.</summary>
        public int Count => count;

        public int Start => start;

        public uint Value => value;

        public static Run Read(ReadOnlySpan<byte> data, ref int position, int width, int wanted, ParquetPlace place)
        {
            ulong header = Varint.Read(data, ref position, place);
            ulong length = header >> 1;
            if (length == 0 || length > int.MaxValue)
            {
                throw place.Corrupt($"the page has a run of {length} values");
            }

            return (header & 1) == 1
                ? Packed(data, ref position, width, wanted, (long)length, place)
                : Repeated(data, ref position, width, wanted, (int)length, place);
        }

        private static Run Packed(ReadOnlySpan<byte> data, ref int position, int width, int wanted, long groups, ParquetPlace place)
        {
            int start = position;
            int count = (int)Math.Min(groups * 8, wanted);
            if (BitUnpack.PackedBytes(count, width) > data.Length - position)
            {
                throw place.Corrupt("the page ends inside a packed run");
            }

            // Some writers cut the padding of the last group off.
            position = (int)Math.Min(data.Length, position + (groups * width));
            return new Run(true, count, start, 0);
        }

        private static Run Repeated(ReadOnlySpan<byte> data, ref int position, int width, int wanted, int length, ParquetPlace place)
        {
            int bytes = (width + 7) / 8;
            if (bytes > data.Length - position)
            {
                throw place.Corrupt("the page ends inside a run");
            }

            uint value = 0;
            for (int i = 0; i < bytes; i++)
            {
                value |= (uint)data[position++] << (8 * i);
            }

            if (width < 32 && value >> width != 0)
            {
                throw place.Corrupt($"the page repeats {value}, which is not a number of {width} bits");
            }

            return new Run(false, Math.Min(length, wanted), 0, value);
        }
    }
}
