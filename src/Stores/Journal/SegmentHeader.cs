using System.Buffers.Binary;
using System.Text;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>What a segment holds after its header.</summary>
internal enum SegmentKind : ushort
{
    /// <summary>Batch frames as they were appended.</summary>
    Appended = 1,

    /// <summary>Compressed blocks of a sealed stream.</summary>
    Compacted = 2,
}

/// <summary>
/// A segment file's header, little-endian:
/// 0 magic "MMJOURNL" (8), 8 format version (2), 10 kind (2), 12 header length (4), 16 first sequence (8),
/// 24 length of the stream's name (4), 28 CRC-32C of the header with this field zero (4), 32 the stream's name in UTF-8,
/// zeros up to a multiple of 8.
/// </summary>
internal readonly record struct SegmentHeader(SegmentKind Kind, StreamName Stream, long FirstSequence, int Length)
{
    public const ushort FormatVersion = 1;
    public const int MaxLength = 1024;
    private const int FixedLength = 32;
    private const int CrcAt = 28;

    private static ReadOnlySpan<byte> Magic => "MMJOURNL"u8;

    public static byte[] Write(SegmentKind kind, StreamName stream, long firstSequence)
    {
        var name = Encoding.UTF8.GetBytes(stream.Value);
        var bytes = new byte[(FixedLength + name.Length + 7) / 8 * 8];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), bytes.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), firstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), name.Length);
        name.CopyTo(bytes.AsSpan(FixedLength));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcAt), Crc32C.Of(bytes));
        return bytes;
    }

    /// <summary>Reads a header from a file's first bytes.</summary>
    /// <exception cref="InvalidDataException">Says what is wrong.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < FixedLength || !start[..8].SequenceEqual(Magic))
        {
            throw new InvalidDataException("it does not begin as a journal segment.");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        if (version != FormatVersion)
        {
            throw new InvalidDataException($"it has format version {version}, this program reads {FormatVersion}.");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(start[12..]);
        var nameLength = BinaryPrimitives.ReadInt32LittleEndian(start[24..]);
        if (length < FixedLength || length > start.Length || nameLength < 0 || nameLength > length - FixedLength)
        {
            throw new InvalidDataException("its header is damaged: a length in it cannot be.");
        }

        Span<byte> copy = stackalloc byte[MaxLength];
        copy = copy[..length];
        start[..length].CopyTo(copy);
        copy.Slice(CrcAt, 4).Clear();
        if (Crc32C.Of(copy) != BinaryPrimitives.ReadUInt32LittleEndian(start[CrcAt..]))
        {
            throw new InvalidDataException("its header is damaged: the checksum does not match.");
        }

        var kind = (SegmentKind)BinaryPrimitives.ReadUInt16LittleEndian(start[10..]);
        if (kind is not (SegmentKind.Appended or SegmentKind.Compacted))
        {
            throw new InvalidDataException($"its kind is {(ushort)kind}, this program knows 1 and 2.");
        }

        var stream = StreamName.Parse(Encoding.UTF8.GetString(start.Slice(FixedLength, nameLength)));
        return new SegmentHeader(kind, stream, BinaryPrimitives.ReadInt64LittleEndian(start[16..]), length);
    }
}
