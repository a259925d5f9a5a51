using System.Buffers.Binary;
using System.IO.Compression;
using EventSourcedMM.Domain.Canonical;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>Collects records into blocks of the content hash and writes them compressed.</summary>
internal sealed class BlockWriter(SafeFileHandle file, long offset, int quality)
{
    // A window of 16 MB: a block lies in it whole, and a decoder needs no more.
    private const int Window = 24;

    private readonly ByteBuffer body = new(1 << 20);
    private readonly ByteBuffer columns = new(1 << 20);
    private readonly ByteBuffer records = new(1 << 20);
    private readonly List<int> lengths = [];
    private readonly BlockUnpacker unpacker = new();
    private long firstSequence;
    private byte[] compressed = [];

    /// <summary>Where the next block begins.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Blocks written.</summary>
    public int Blocks { get; private set; }

    /// <summary>Blocks whose records could be taken apart into columns.</summary>
    public int ColumnBlocks { get; private set; }

    /// <summary>Adds the next record.</summary>
    public void Add(long sequence, ReadOnlySpan<byte> record)
    {
        if (lengths.Count > 0 && ContentHash.BlockOf(sequence) != ContentHash.BlockOf(firstSequence))
        {
            Close();
        }

        if (lengths.Count == 0)
        {
            firstSequence = sequence;
        }

        body.Write(record);
        lengths.Add(record.Length);
    }

    /// <summary>Writes what was added since the last block.</summary>
    public void Close()
    {
        if (lengths.Count == 0)
        {
            return;
        }

        // Of the two forms the smaller one is kept, and columns only when they give back the same bytes.
        var codec = BlockCodec.Records;
        WriteRecords();
        var packed = records;
        var stored = Compress(records, []);
        columns.Clear();
        if (BlockPacker.TryPack(body.Span, lengths.ToArray(), columns) && ComesBack())
        {
            var other = Compress(columns, stored);
            if (other.Length < stored.Length)
            {
                codec = BlockCodec.Columns;
                packed = columns;
                stored = other;
                ColumnBlocks++;
            }
        }

        var block = new CompactedBlock(codec, firstSequence, lengths.Count, body.Length, packed.Length, stored.Length, Crc32C.Of(stored), Crc32C.Of(body.Span));
        Span<byte> head = stackalloc byte[CompactedBlock.HeadLength];
        block.Write(head);
        RandomAccess.Write(file, head, Offset);
        RandomAccess.Write(file, stored, Offset + head.Length);
        Offset += head.Length + stored.Length;
        Blocks++;
        body.Clear();
        lengths.Clear();
    }

    private void WriteRecords()
    {
        records.Clear();
        foreach (var length in lengths)
        {
            BinaryPrimitives.WriteInt32LittleEndian(records.Room(4), length);
            records.Advance(4);
        }

        records.Write(body.Span);
    }

    private bool ComesBack()
    {
        var table = new byte[lengths.Count * BatchFrame.EntryLength];
        var back = new byte[body.Length];
        try
        {
            unpacker.Unpack(columns.Span.ToArray(), columns.Length, firstSequence, table, back);
        }
        catch (Exception e) when (e is InvalidDataException or CanonicalFormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return false;
        }

        for (var i = 0; i < lengths.Count; i++)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(table.AsSpan(i * BatchFrame.EntryLength)) != lengths[i])
            {
                return false;
            }
        }

        return body.Span.SequenceEqual(back);
    }

    /// <summary>Compresses; the result stays valid until the next call but one.</summary>
    private ReadOnlySpan<byte> Compress(ByteBuffer input, ReadOnlySpan<byte> keep)
    {
        var room = BrotliEncoder.GetMaxCompressedLength(input.Length);
        var target = keep.IsEmpty && compressed.Length >= room ? compressed : new byte[room];
        compressed = target;
        if (!BrotliEncoder.TryCompress(input.Span, target, out var written, quality, Window))
        {
            throw new InvalidOperationException($"Brotli could not compress {input.Length} bytes into {room}.");
        }

        return target.AsSpan(0, written);
    }
}
