using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>A frame to start reading from.</summary>
/// <param name="Sequence">First sequence of the frame.</param>
/// <param name="LatestBefore">Latest receive stamp of all events before the frame, nanoseconds since the epoch; the minimum when there are none.</param>
/// <param name="SegmentFirst">First sequence of the segment it is in.</param>
/// <param name="Offset">Where it begins in the segment.</param>
internal readonly record struct IndexPoint(long Sequence, long LatestBefore, long SegmentFirst, long Offset);

/// <summary>
/// The sparse index: about one point for every <see cref="Spacing"/> events, in the order of the stream, appended after the
/// frames it points to. It is a hint. Without it, or where it is damaged, reading starts further back and finds the same.
/// Entry, little-endian, 40 bytes: 0 sequence (8), 8 latest receive stamp before (8), 16 segment's first sequence (8),
/// 24 offset (8), 32 zero (4), 36 CRC-32C of the entry's first 36 bytes (4).
/// </summary>
internal sealed class SparseIndex : IDisposable
{
    /// <summary>Events between two points, at least.</summary>
    public const int Spacing = 4096;

    private const int EntryLength = 40;

    private readonly SafeFileHandle handle;
    private readonly byte[] entry = new byte[EntryLength];
    private readonly Queue<IndexPoint> waiting = new();
    private long length;
    private long lastSequence;
    private long latest = long.MinValue;

    private SparseIndex(SafeFileHandle handle) => this.handle = handle;

    /// <summary>The last point at or before a sequence in a segment; null when there is none.</summary>
    public static IndexPoint? Find(StreamFolder folder, long segmentFirst, long sequence)
    {
        IndexPoint? best = null;
        foreach (var point in Load(folder))
        {
            if (point.SegmentFirst == segmentFirst && point.Sequence <= sequence)
            {
                best = point;
            }
        }

        return best;
    }

    /// <summary>The last point before which every event is older than a moment; null when reading must start at the beginning.</summary>
    public static IndexPoint? FindTime(StreamFolder folder, long time)
    {
        IndexPoint? best = null;
        foreach (var point in Load(folder))
        {
            if (point.LatestBefore < time)
            {
                best = point;
            }
        }

        return best;
    }

    /// <summary>The points that are whole, in order; it stops at the first that is not.</summary>
    public static List<IndexPoint> Load(StreamFolder folder) => Load(folder, out _);

    /// <summary>The points that are whole, and whether all of them were.</summary>
    public static List<IndexPoint> Load(StreamFolder folder, out bool whole)
    {
        var points = new List<IndexPoint>();
        whole = true;
        byte[] bytes;
        try
        {
            using var handle = File.OpenHandle(folder.Index, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            bytes = new byte[RandomAccess.GetLength(handle)];
            var read = RandomAccess.Read(handle, bytes, 0);
            Array.Resize(ref bytes, read);
        }
        catch (FileNotFoundException)
        {
            return points;
        }

        for (var at = 0; at < bytes.Length; at += EntryLength)
        {
            if (!TryDecode(bytes.AsSpan(at), out var point) || (points.Count > 0 && point.Sequence <= points[^1].Sequence))
            {
                whole = false;
                break;
            }

            points.Add(point);
        }

        return points;
    }

    /// <summary>Opens the index to continue it behind the points given; whatever else is in the file is dropped.</summary>
    public static SparseIndex Continue(StreamFolder folder, IReadOnlyList<IndexPoint> points)
    {
        var handle = File.OpenHandle(folder.Index, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            var index = new SparseIndex(handle) { length = (long)points.Count * EntryLength };
            RandomAccess.SetLength(handle, index.length);
            if (points.Count > 0)
            {
                index.lastSequence = points[^1].Sequence;
                index.latest = points[^1].LatestBefore;
            }

            return index;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Notes a frame that was encoded; it becomes a point when the last one is far enough behind.</summary>
    public void Note(long firstSequence, int count, long latestReceiveTime, long segmentFirst, long offset)
    {
        if (firstSequence - lastSequence >= Spacing)
        {
            waiting.Enqueue(new IndexPoint(firstSequence, latest, segmentFirst, offset));
            lastSequence = firstSequence;
        }

        if (latestReceiveTime > latest)
        {
            latest = latestReceiveTime;
        }
    }

    /// <summary>Writes the points of frames that are in their file now.</summary>
    public void WriteOut()
    {
        while (waiting.TryDequeue(out var point))
        {
            BinaryPrimitives.WriteInt64LittleEndian(entry, point.Sequence);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(8), point.LatestBefore);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(16), point.SegmentFirst);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(24), point.Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(36), Crc32C.Of(entry.AsSpan(0, 36)));
            RandomAccess.Write(handle, entry, length);
            length += EntryLength;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out IndexPoint point)
    {
        point = default;
        if (bytes.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]) != Crc32C.Of(bytes[..36]))
        {
            return false;
        }

        point = new IndexPoint(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));
        return true;
    }
}
