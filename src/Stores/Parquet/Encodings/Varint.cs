namespace EventSourcedMM.Stores.Parquet;

/// <summary>ULEB-128 numbers inside pages.</summary>
internal static class Varint
{
    /// <summary>Reads an unsigned number of up to 64 bits at <paramref name="position"/> and moves past it.</summary>
    public static ulong Read(ReadOnlySpan<byte> data, ref int position, ParquetPlace place)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if ((uint)position >= (uint)data.Length)
            {
                throw place.Corrupt("the page ends inside a number");
            }

            byte b = data[position++];
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

        throw place.Corrupt("the page has a number longer than 64 bits");
    }

    /// <summary>Reads a count that must not pass <paramref name="limit"/>.</summary>
    public static int ReadCount(ReadOnlySpan<byte> data, ref int position, int limit, string what, ParquetPlace place)
    {
        ulong value = Read(data, ref position, place);
        return value <= (ulong)limit ? (int)value : throw place.Corrupt($"the page declares {what} {value}; at most {limit} is possible");
    }

    /// <summary>Reads a signed number whose sign stands in the lowest bit.</summary>
    public static long ReadZigZag(ReadOnlySpan<byte> data, ref int position, ParquetPlace place)
    {
        ulong raw = Read(data, ref position, place);
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }
}
