using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Decompresses Snappy's raw format (no framing): a length, then literals and copies of bytes already written. Written
/// from the format description of google/snappy; every length and offset is checked, since the bytes may be damaged.
/// </summary>
internal static class SnappyDecoder
{
    // Loads and stores of 16 bytes run past the bytes asked for; within this distance of an end the plain loops take over.
    private const int Slack = 16;

    /// <summary>Fills <paramref name="target"/> exactly.</summary>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target, ParquetPlace place)
    {
        int position = 0;
        ulong declared = Varint.Read(source, ref position, place);
        if (declared != (ulong)target.Length)
        {
            throw place.Corrupt($"Snappy data declares {declared} bytes where the page has {target.Length}");
        }

        int written = 0;
        while (position < source.Length)
        {
            byte tag = source[position++];
            if ((tag & 3) == 0)
            {
                int length = LiteralLength(source, tag, ref position, place);
                if (length > source.Length - position || length > target.Length - written)
                {
                    throw place.Corrupt("a Snappy literal passes the end of the page");
                }

                CopyLiteral(source, position, target, written, length);
                position += length;
                written += length;
            }
            else
            {
                (int length, int offset) = ReadCopy(source, tag, ref position, place);
                if (offset == 0 || offset > written || length > target.Length - written)
                {
                    throw place.Corrupt($"a Snappy copy of {length} bytes from {offset} back at byte {written} passes the page's bounds");
                }

                CopyBack(target, written, offset, length);
                written += length;
            }
        }

        if (written != target.Length)
        {
            throw place.Corrupt($"Snappy data gives {written} bytes where the page has {target.Length}");
        }
    }

    private static int LiteralLength(ReadOnlySpan<byte> source, byte tag, ref int position, ParquetPlace place)
    {
        int code = tag >> 2;
        if (code < 60)
        {
            return code + 1;
        }

        int bytes = code - 59;
        if (bytes > source.Length - position)
        {
            throw place.Corrupt("Snappy data ends inside a literal's length");
        }

        uint length = 0;
        for (int i = 0; i < bytes; i++)
        {
            length |= (uint)source[position++] << (8 * i);
        }

        return length < int.MaxValue ? (int)length + 1 : throw place.Corrupt($"Snappy data has a literal of {length} bytes");
    }

    private static (int Length, int Offset) ReadCopy(ReadOnlySpan<byte> source, byte tag, ref int position, ParquetPlace place)
    {
        int bytes = (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
        if (bytes > source.Length - position)
        {
            throw place.Corrupt("Snappy data ends inside a copy");
        }

        int at = position;
        position += bytes;
        switch (tag & 3)
        {
            case 1:
                return (((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | source[at]);
            case 2:
                return ((tag >> 2) + 1, BinaryPrimitives.ReadUInt16LittleEndian(source[at..]));
            default:
                uint offset = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
                return ((tag >> 2) + 1, offset <= int.MaxValue ? (int)offset : 0);
        }
    }

    private static void CopyLiteral(ReadOnlySpan<byte> source, int from, Span<byte> target, int to, int length)
    {
        if (length <= Slack && from <= source.Length - Slack && to <= target.Length - Slack)
        {
            ref byte read = ref MemoryMarshal.GetReference(source);
            ref byte write = ref MemoryMarshal.GetReference(target);
            Vector128.LoadUnsafe(ref read, (nuint)from).StoreUnsafe(ref write, (nuint)to);
            return;
        }

        source.Slice(from, length).CopyTo(target[to..]);
    }

    // A copy may overlap itself (offset < length): then the last `offset` bytes repeat.
    private static void CopyBack(Span<byte> target, int to, int offset, int length)
    {
        ref byte start = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), to);
        if (offset >= Slack && length <= 64 && to <= target.Length - (64 + Slack))
        {
            for (int i = 0; i < length; i += Slack)
            {
                Vector128.LoadUnsafe(ref Unsafe.Subtract(ref start, offset - i)).StoreUnsafe(ref Unsafe.Add(ref start, i));
            }
        }
        else if (offset >= length)
        {
            target.Slice(to - offset, length).CopyTo(target[to..]);
        }
        else
        {
            for (int i = 0; i < length; i++)
            {
                target[to + i] = target[to + i - offset];
            }
        }
    }
}
