using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>How a compacted block's records were made smaller before they were compressed with Brotli.</summary>
internal enum BlockCodec : ushort
{
    /// <summary>Record lengths (4 bytes each, little-endian) and the records end to end.</summary>
    Records = 1,

    /// <summary>Columns (<see cref="BlockPacker"/>).</summary>
    Columns = 2,
}

/// <summary>
/// The head of a compacted block, 48 bytes, little-endian: 0 magic "MMZ1" (4), 4 codec (2), 6 zero (2), 8 first sequence (8),
/// 16 number of records (4), 20 bytes of all records (4), 24 bytes before compression (4), 28 bytes stored behind the head (4),
/// 32 CRC-32C of the stored bytes (4), 36 CRC-32C of all records end to end (4), 40 zero (4), 44 CRC-32C of the head's first 44 bytes (4).
/// A block holds the records of one block of the content hash that lie in its segment.
/// </summary>
internal readonly record struct CompactedBlock(BlockCodec Codec, long FirstSequence, int Count, int BodyLength, int PackedLength, int StoredLength, uint StoredCrc, uint BodyCrc)
{
    public const int HeadLength = 48;
    public const uint Magic = 0x315A_4D4D;

    public long LastSequence => FirstSequence + Count - 1;

    public void Write(Span<byte> destination)
    {
        destination[..HeadLength].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)Codec);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], FirstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], BodyLength);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], PackedLength);
        BinaryPrimitives.WriteInt32LittleEndian(destination[28..], StoredLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], StoredCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], BodyCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[44..], Crc32C.Of(destination[..44]));
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out CompactedBlock block)
    {
        block = default;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]) != Crc32C.Of(bytes[..44]))
        {
            return false;
        }

        block = new CompactedBlock(
            (BlockCodec)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]));
        return block.Count is > 0 and <= ContentHash.BlockRecords
            && block.FirstSequence > 0
            && block.BodyLength is > 0 and <= BatchFrame.MaxLength
            && block.PackedLength is > 0 and <= 2 * BatchFrame.MaxLength
            && block.StoredLength is > 0 and <= 2 * BatchFrame.MaxLength;
    }
}
