using System.Buffers.Binary;
using System.IO.Compression;
using EventSourcedMM.Domain.Canonical;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>Reads compacted blocks; to whoever reads records they look like batches.</summary>
internal sealed class CompactedSegmentReader : SegmentReader
{
    private readonly BlockUnpacker unpacker = new();
    private byte[] stored = [];
    private byte[] packed = [];

    public CompactedSegmentReader(SafeFileHandle handle, string path, in SegmentHeader header)
        : base(handle, path, header)
    {
    }

    /// <inheritdoc/>
    protected override uint FrameMagic => CompactedBlock.Magic;

    /// <inheritdoc/>
    public override FrameStatus ReadFrame()
    {
        DamagedSequence = 0;
        ResumeAt = 0;
        Span<byte> head = stackalloc byte[CompactedBlock.HeadLength];
        var read = ReadFully(head, Offset);
        if (read < head.Length)
        {
            Problem = $"the file ends {read} bytes into a block's head.";
            return read == 0 ? FrameStatus.End : FrameStatus.Cut;
        }

        if (!CompactedBlock.TryRead(head, out var block))
        {
            Problem = "no block begins here: the head's magic or checksum is wrong.";
            return FrameStatus.Damaged;
        }

        DamagedSequence = block.FirstSequence;
        if (stored.Length < block.StoredLength)
        {
            stored = new byte[block.StoredLength];
        }

        read = ReadFully(stored.AsSpan(0, block.StoredLength), Offset + CompactedBlock.HeadLength);
        if (read < block.StoredLength)
        {
            Problem = $"the file ends {read} bytes into a block of {block.StoredLength} (events {block.FirstSequence} to {block.LastSequence}).";
            return FrameStatus.Cut;
        }

        var next = Offset + CompactedBlock.HeadLength + block.StoredLength;
        if (Crc32C.Of(stored.AsSpan(0, block.StoredLength)) != block.StoredCrc || !TryUnpack(block))
        {
            ResumeAt = next;
            Problem = $"the block with events {block.FirstSequence} to {block.LastSequence} is damaged.";
            return FrameStatus.Damaged;
        }

        DamagedSequence = 0;
        FrameOffset = Offset;
        FirstSequence = block.FirstSequence;
        Count = block.Count;
        TableAt = 0;
        BodyAt = block.Count * BatchFrame.EntryLength;
        Offset = next;
        return FrameStatus.Whole;
    }

    /// <inheritdoc/>
    public override bool SkipFrame(out long firstSequence, out int count)
    {
        firstSequence = 0;
        count = 0;
        Span<byte> head = stackalloc byte[CompactedBlock.HeadLength];
        if (ReadFully(head, Offset) < head.Length || !CompactedBlock.TryRead(head, out var block))
        {
            return false;
        }

        var next = Offset + CompactedBlock.HeadLength + block.StoredLength;
        if (next > FileLength)
        {
            return false;
        }

        firstSequence = block.FirstSequence;
        count = block.Count;
        FrameOffset = Offset;
        Offset = next;
        return true;
    }

    /// <inheritdoc/>
    public override void Seek(long offset) => Offset = offset;

    private bool TryUnpack(in CompactedBlock block)
    {
        if (packed.Length < block.PackedLength)
        {
            packed = new byte[block.PackedLength];
        }

        if (!BrotliDecoder.TryDecompress(stored.AsSpan(0, block.StoredLength), packed.AsSpan(0, block.PackedLength), out var written)
            || written != block.PackedLength)
        {
            return false;
        }

        var tableLength = block.Count * BatchFrame.EntryLength;
        if (Buffer.Length < tableLength + block.BodyLength)
        {
            Buffer = new byte[tableLength + block.BodyLength];
        }

        var table = Buffer.AsSpan(0, tableLength);
        var body = Buffer.AsSpan(tableLength, block.BodyLength);
        try
        {
            switch (block.Codec)
            {
                case BlockCodec.Records:
                    UnpackRecords(block, table, body);
                    break;
                case BlockCodec.Columns:
                    unpacker.Unpack(packed, block.PackedLength, block.FirstSequence, table, body);
                    break;
                default:
                    return false;
            }
        }
        catch (Exception e) when (e is InvalidDataException or CanonicalFormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return false;
        }

        return Crc32C.Of(body) == block.BodyCrc;
    }

    private void UnpackRecords(in CompactedBlock block, Span<byte> table, Span<byte> body)
    {
        var lengths = packed.AsSpan(0, block.Count * 4);
        var sum = 0L;
        for (var i = 0; i < block.Count; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(lengths[(i * 4)..]);
            BinaryPrimitives.WriteInt32LittleEndian(table[(i * BatchFrame.EntryLength)..], length);
            sum += length > 0 ? length : throw new InvalidDataException("a record has no bytes");
        }

        if (sum != body.Length || lengths.Length + sum != block.PackedLength)
        {
            throw new InvalidDataException("the lengths of the records do not fit the block");
        }

        packed.AsSpan(lengths.Length, body.Length).CopyTo(body);
    }

    private int ReadFully(Span<byte> destination, long offset)
    {
        var filled = 0;
        while (filled < destination.Length)
        {
            var read = RandomAccess.Read(Handle, destination[filled..], offset + filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }
}
