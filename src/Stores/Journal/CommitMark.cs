using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Up to where a stream was on disk when that was last acknowledged.</summary>
/// <param name="Version">Last sequence; 0 before the first flush.</param>
/// <param name="SegmentFirst">First sequence of the segment it is in.</param>
/// <param name="FrameOffset">Where the last frame begins in that segment.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct CommitPoint(long Version, long SegmentFirst, long FrameOffset, long End)
{
    public static readonly CommitPoint Start = new(0, 1, 0, 0);
}

/// <summary>
/// The commit mark, a file of two slots of 48 bytes that are written in turn: a torn write spoils one of them.
/// Slot, little-endian: 0 magic "MMCK" (4), 4 turn (8), 12 version (8), 20 segment's first sequence (8), 28 offset of the
/// last frame (8), 36 end of the last frame (8), 44 CRC-32C of the slot's first 44 bytes (4). The slot with the later turn counts.
/// It is written after a flush has ended, so it never promises what is not on disk; with it a reader knows a torn tail that
/// nobody was told about from acknowledged events that are missing, even when a file was cut exactly between two batches.
/// </summary>
internal sealed class CommitMark : IDisposable
{
    private const int SlotLength = 48;
    private const uint Magic = 0x4B43_4D4D;

    private readonly SafeFileHandle handle;
    private readonly string path;
    private readonly byte[] slot = new byte[SlotLength];
    private long turn;

    private CommitMark(SafeFileHandle handle, string path, long turn)
    {
        this.path = path;
        this.handle = handle;
        this.turn = turn;
    }

    /// <summary>Creates the mark of a stream that has nothing yet, durably.</summary>
    public static void Create(string path)
    {
        var bytes = new byte[2 * SlotLength];
        Encode(bytes, 1, CommitPoint.Start);
        Encode(bytes.AsSpan(SlotLength), 2, CommitPoint.Start);
        AtomicFile.Write(path, bytes);
    }

    /// <summary>Opens an existing mark to move it.</summary>
    public static CommitMark Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Span<byte> bytes = stackalloc byte[2 * SlotLength];
            var read = RandomAccess.Read(handle, bytes, 0);
            var last = Math.Max(Decode(bytes[..read], 0, out _), Decode(bytes[..read], 1, out _));
            return new CommitMark(handle, path, last);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads the mark; null when it is missing or neither slot is whole.</summary>
    public static CommitPoint? Read(string path) => Read(path, out _);

    /// <summary>Reads the mark and says whether both slots were whole.</summary>
    public static CommitPoint? Read(string path, out bool bothWhole)
    {
        bothWhole = false;
        if (!File.Exists(path))
        {
            return null;
        }

        // Two attempts: a reader in another process may meet a slot while it is being written.
        Span<byte> bytes = stackalloc byte[2 * SlotLength];
        for (var attempt = 0; ; attempt++)
        {
            int read;
            try
            {
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                read = RandomAccess.Read(handle, bytes, 0);
            }
            catch (FileNotFoundException)
            {
                return null;
            }

            var first = Decode(bytes[..read], 0, out var a);
            var second = Decode(bytes[..read], 1, out var b);
            bothWhole = first > 0 && second > 0;
            if (bothWhole || attempt == 1)
            {
                return (first, second) switch
                {
                    (0, 0) => null,
                    _ => first > second ? a : b,
                };
            }
        }
    }

    /// <summary>Moves the mark. It is not flushed: a mark that is older than the data is still true.</summary>
    public void Move(in CommitPoint point)
    {
        turn++;
        Encode(slot, turn, point);
        RandomAccess.Write(handle, slot, turn % 2 == 1 ? 0 : SlotLength);
    }

    /// <summary>Flushes the mark to disk.</summary>
    public void Flush() => DiskFlush.File(handle, path, FlushPoint.Mark);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private static void Encode(Span<byte> slot, long turn, in CommitPoint point)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(slot[4..], turn);
        BinaryPrimitives.WriteInt64LittleEndian(slot[12..], point.Version);
        BinaryPrimitives.WriteInt64LittleEndian(slot[20..], point.SegmentFirst);
        BinaryPrimitives.WriteInt64LittleEndian(slot[28..], point.FrameOffset);
        BinaryPrimitives.WriteInt64LittleEndian(slot[36..], point.End);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[44..], Crc32C.Of(slot[..44]));
    }

    private static long Decode(ReadOnlySpan<byte> bytes, int index, out CommitPoint point)
    {
        point = default;
        if (bytes.Length < (index + 1) * SlotLength)
        {
            return 0;
        }

        var slot = bytes.Slice(index * SlotLength, SlotLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(slot) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(slot[44..SlotLength]) != Crc32C.Of(slot[..44]))
        {
            return 0;
        }

        point = new CommitPoint(
            BinaryPrimitives.ReadInt64LittleEndian(slot[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[20..]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[28..]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[36..]));
        return BinaryPrimitives.ReadInt64LittleEndian(slot[4..]);
    }
}
