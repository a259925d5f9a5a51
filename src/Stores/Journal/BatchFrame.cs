using System.Buffers.Binary;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// One batch on disk, little-endian: a head, a table with one entry per record, the records end to end.
/// Head: 0 magic "MMB1" (4), 4 bytes of all records (4), 8 first sequence (8), 16 number of records (4),
/// 20 CRC-32C of the table (4), 24 zero (4), 28 CRC-32C of the head's first 28 bytes (4).
/// Table entry: record length (4), CRC-32C of the record (4).
/// The head guards the table and the table guards every record, so a frame is whole only when all of it is, and one
/// damaged record is named without losing the others.
/// </summary>
internal static class BatchFrame
{
    public const int HeadLength = 32;
    public const int EntryLength = 8;
    public const uint Magic = 0x3142_4D4D;

    /// <summary>Most bytes of one frame: a batch is held in memory whole by every reader.</summary>
    public const int MaxLength = 512 * 1024 * 1024;

    /// <summary>Bytes a batch takes on disk.</summary>
    public static long LengthOf(EventBatch batch) => HeadLength + ((long)EntryLength * batch.Count) + batch.Bytes.Length;

    /// <summary>Encodes a batch at the start of the span.</summary>
    public static void Write(Span<byte> destination, EventBatch batch)
    {
        var table = destination.Slice(HeadLength, EntryLength * batch.Count);
        var records = batch.Bytes;
        records.CopyTo(destination[(HeadLength + table.Length)..]);
        var entry = 0;
        foreach (var record in batch)
        {
            BinaryPrimitives.WriteInt32LittleEndian(table[entry..], record.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(table[(entry + 4)..], Crc32C.Of(record));
            entry += EntryLength;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], records.Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], batch.FirstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], batch.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Crc32C.Of(table));
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Crc32C.Of(destination[..28]));
    }

    /// <summary>Reads a head; false when it is none.</summary>
    public static bool TryReadHead(ReadOnlySpan<byte> bytes, out BatchHead head)
    {
        head = default;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]) != Crc32C.Of(bytes[..28]))
        {
            return false;
        }

        head = new BatchHead(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]));
        return head.Count > 0 && head.BodyLength > 0 && head.FirstSequence > 0 && head.FrameLength <= MaxLength;
    }

    /// <summary>Checks the table; every length is plausible and their sum is the body's length.</summary>
    public static bool TableIsWhole(in BatchHead head, ReadOnlySpan<byte> table)
    {
        if (Crc32C.Of(table) != head.TableCrc)
        {
            return false;
        }

        long sum = 0;
        for (var at = 0; at < table.Length; at += EntryLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(table[at..]);
            if (length <= 0)
            {
                return false;
            }

            sum += length;
        }

        return sum == head.BodyLength;
    }

    /// <summary>True when every record has its checksum.</summary>
    public static bool RecordsAreWhole(ReadOnlySpan<byte> table, ReadOnlySpan<byte> body)
    {
        var at = 0;
        for (var entry = 0; entry < table.Length; entry += EntryLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(table[entry..]);
            if (Crc32C.Of(body.Slice(at, length)) != BinaryPrimitives.ReadUInt32LittleEndian(table[(entry + 4)..]))
            {
                return false;
            }

            at += length;
        }

        return true;
    }

    /// <summary>Sequences of the records whose checksum is wrong.</summary>
    public static List<long> DamagedRecords(in BatchHead head, ReadOnlySpan<byte> table, ReadOnlySpan<byte> body)
    {
        var damaged = new List<long>();
        var at = 0;
        for (var i = 0; i < head.Count; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(table[(i * EntryLength)..]);
            if (Crc32C.Of(body.Slice(at, length)) != BinaryPrimitives.ReadUInt32LittleEndian(table[((i * EntryLength) + 4)..]))
            {
                damaged.Add(head.FirstSequence + i);
            }

            at += length;
        }

        return damaged;
    }
}

/// <summary>A frame's head.</summary>
internal readonly record struct BatchHead(long FirstSequence, int Count, int BodyLength, uint TableCrc)
{
    public int TableLength => Count * BatchFrame.EntryLength;

    public long FrameLength => BatchFrame.HeadLength + ((long)Count * BatchFrame.EntryLength) + BodyLength;

    public long LastSequence => FirstSequence + Count - 1;
}
