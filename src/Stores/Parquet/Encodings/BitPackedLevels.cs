namespace EventSourcedMM.Stores.Parquet;

/// <summary>Levels in the deprecated packing of very old files: back to back from the highest bit down, without runs.</summary>
internal static class BitPackedLevels
{
    /// <summary>Fills <paramref name="levels"/>.</summary>
    /// <returns>The bytes read.</returns>
    public static int Decode(ReadOnlySpan<byte> data, int width, Span<byte> levels, ParquetPlace place)
    {
        long bytes = BitUnpack.PackedBytes(levels.Length, width);
        if (bytes > data.Length)
        {
            throw place.Corrupt("the page ends inside its levels");
        }

        long bit = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            int value = 0;
            for (int b = 0; b < width; b++, bit++)
            {
                value = (value << 1) | ((data[(int)(bit >> 3)] >> (7 - (int)(bit & 7))) & 1);
            }

            levels[i] = (byte)value;
        }

        return (int)bytes;
    }
}
