using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Decompresses one LZ4 block (no framing): sequences of a literal and a copy of bytes already written. Written from the
/// LZ4 block format description; every length and offset is checked.
/// </summary>
internal static class Lz4RawDecoder
{
    private const int MinimumMatch = 4;

    /// <summary>Fills <paramref name="target"/> exactly.</summary>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target, ParquetPlace place)
    {
        int position = 0;
        int written = 0;
        while (position < source.Length)
        {
            byte token = source[position++];
            int literal = ReadLength(source, token >> 4, ref position, target.Length - written, place);
            if (literal > source.Length - position)
            {
                throw place.Corrupt("an LZ4 literal passes the end of the page");
            }

            source.Slice(position, literal).CopyTo(target[written..]);
            position += literal;
            written += literal;
            if (position == source.Length)
            {
                break; // the last sequence is a literal alone
            }

            if (source.Length - position < 2)
            {
                throw place.Corrupt("LZ4 data ends inside a copy");
            }

            int offset = BinaryPrimitives.ReadUInt16LittleEndian(source[position..]);
            position += 2;
            int length = ReadLength(source, token & 15, ref position, target.Length - written, place) + MinimumMatch;
            if (offset == 0 || offset > written || length > target.Length - written)
            {
                throw place.Corrupt($"an LZ4 copy of {length} bytes from {offset} back at byte {written} passes the page's bounds");
            }

            if (offset >= length)
            {
                target.Slice(written - offset, length).CopyTo(target[written..]);
            }
            else
            {
                for (int i = 0; i < length; i++)
                {
                    target[written + i] = target[written + i - offset];
                }
            }

            written += length;
        }

        if (written != target.Length)
        {
            throw place.Corrupt($"LZ4 data gives {written} bytes where the page has {target.Length}");
        }
    }

    private static int ReadLength(ReadOnlySpan<byte> source, int code, ref int position, int limit, ParquetPlace place)
    {
        int length = code;
        if (code == 15)
        {
            byte more;
            do
            {
                if (position >= source.Length)
                {
                    throw place.Corrupt("LZ4 data ends inside a length");
                }

                more = source[position++];
                length += more;
            }
            while (more == 255 && length <= limit);
        }

        return length <= limit ? length : throw place.Corrupt("an LZ4 length passes the end of the page");
    }
}
