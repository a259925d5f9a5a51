using System.Buffers.Binary;
using System.Numerics;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Compresses to Snappy's raw format: within blocks of 64 KiB, four bytes that were seen before become a copy; where
/// nothing repeats, the search takes growing steps. Written from the format description of google/snappy.
/// </summary>
internal static class SnappyEncoder
{
    private const int Block = 1 << 16;
    private const int TableBits = 14;
    private const int MinimumForSearch = 16;

    /// <summary>Appends the compressed bytes.</summary>
    public static void Encode(ReadOnlySpan<byte> source, ByteSink sink)
    {
        sink.WriteVarint((ulong)source.Length);
        Span<ushort> table = new ushort[1 << TableBits];
        for (int start = 0; start < source.Length; start += Block)
        {
            ReadOnlySpan<byte> block = source.Slice(start, Math.Min(Block, source.Length - start));
            if (block.Length < MinimumForSearch)
            {
                WriteLiteral(block, sink);
            }
            else
            {
                table.Clear();
                EncodeBlock(block, table, sink);
            }
        }
    }

    private static void EncodeBlock(ReadOnlySpan<byte> block, Span<ushort> table, ByteSink sink)
    {
        int lastSearch = block.Length - MinimumForSearch;
        int literalStart = 0;
        int position = 1;
        int misses = 0;
        while (position <= lastSearch)
        {
            uint bytes = Load(block, position);
            int slot = Slot(bytes);
            int candidate = table[slot];
            table[slot] = (ushort)position;

            // A slot never written reads as position 0, whose bytes are compared like any other's.
            if (candidate >= position || Load(block, candidate) != bytes)
            {
                position += 1 + (misses++ >> 5);
                continue;
            }

            WriteLiteral(block[literalStart..position], sink);
            int length = 4 + CommonLength(block, candidate + 4, position + 4);
            WriteCopy(position - candidate, length, sink);
            position += length;
            literalStart = position;
            misses = 0;
            if (position <= lastSearch)
            {
                table[Slot(Load(block, position - 1))] = (ushort)(position - 1);
            }
        }

        WriteLiteral(block[literalStart..], sink);
    }

    private static uint Load(ReadOnlySpan<byte> block, int position) => BinaryPrimitives.ReadUInt32LittleEndian(block[position..]);

    private static int Slot(uint bytes) => (int)(unchecked(bytes * 0x1E35A7BDu) >> (32 - TableBits));

    private static int CommonLength(ReadOnlySpan<byte> block, int first, int second)
    {
        int start = second;
        while (second <= block.Length - 8)
        {
            ulong difference = BinaryPrimitives.ReadUInt64LittleEndian(block[first..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(block[second..]);
            if (difference != 0)
            {
                return second - start + (BitOperations.TrailingZeroCount(difference) >> 3);
            }

            first += 8;
            second += 8;
        }

        while (second < block.Length && block[first] == block[second])
        {
            first++;
            second++;
        }

        return second - start;
    }

    private static void WriteLiteral(ReadOnlySpan<byte> literal, ByteSink sink)
    {
        if (literal.IsEmpty)
        {
            return;
        }

        int code = literal.Length - 1;
        if (code < 60)
        {
            sink.WriteByte((byte)(code << 2));
        }
        else if (code < 1 << 8)
        {
            sink.WriteByte(60 << 2);
            sink.WriteByte((byte)code);
        }
        else
        {
            // A block has at most 64 KiB, so two bytes always do.
            sink.WriteByte(61 << 2);
            sink.WriteByte((byte)(code & 0xFF));
            sink.WriteByte((byte)(code >> 8));
        }

        sink.Write(literal);
    }

    private static void WriteCopy(int offset, int length, ByteSink sink)
    {
        // A copy takes at most 64 bytes; 68 are split into 60 and 8, not 64 and 4, to stay with the shortest forms.
        while (length >= 68)
        {
            WriteCopyTwoBytes(offset, 64, sink);
            length -= 64;
        }

        if (length > 64)
        {
            WriteCopyTwoBytes(offset, 60, sink);
            length -= 60;
        }

        if (length < 12 && offset < 2048)
        {
            sink.WriteByte((byte)(1 | ((length - 4) << 2) | ((offset >> 8) << 5)));
            sink.WriteByte((byte)(offset & 0xFF));
        }
        else
        {
            WriteCopyTwoBytes(offset, length, sink);
        }
    }

    private static void WriteCopyTwoBytes(int offset, int length, ByteSink sink)
    {
        sink.WriteByte((byte)(2 | ((length - 1) << 2)));
        sink.WriteByte((byte)(offset & 0xFF));
        sink.WriteByte((byte)(offset >> 8));
    }
}
