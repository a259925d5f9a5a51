using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Appends frames to one segment through a buffer. Not safe for several threads.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly byte[] none = [];
    private byte[] buffer;
    private int filled;

    private SegmentWriter(SafeFileHandle handle, string path, long firstSequence, long end, byte[] buffer)
    {
        this.handle = handle;
        Path = path;
        this.buffer = buffer;
        FirstSequence = firstSequence;
        WrittenEnd = end;
        LastFrame = end;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>First sequence of the segment.</summary>
    public long FirstSequence { get; }

    /// <summary>Length of the file: everything that was handed to the operating system.</summary>
    public long WrittenEnd { get; private set; }

    /// <summary>Length of the file when the buffer will have been written.</summary>
    public long End => WrittenEnd + filled;

    /// <summary>Where the last frame begins.</summary>
    public long LastFrame { get; private set; }

    /// <summary>The open file.</summary>
    public SafeFileHandle Handle => handle;

    /// <summary>Bytes that wait in the buffer.</summary>
    public int Waiting => filled;

    /// <summary>Creates a segment: its header is whole and durable before it has its name.</summary>
    public static SegmentWriter Create(StreamFolder folder, long firstSequence, byte[] buffer)
    {
        var path = folder.Segment(firstSequence);
        var header = SegmentHeader.Write(SegmentKind.Appended, folder.Stream, firstSequence);
        AtomicFile.Write(path, header);
        return Continue(folder, firstSequence, header.Length, buffer);
    }

    /// <summary>Continues a segment that ends at an offset.</summary>
    public static SegmentWriter Continue(StreamFolder folder, long firstSequence, long end, byte[] buffer)
    {
        var path = folder.Segment(firstSequence);
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return new SegmentWriter(handle, path, firstSequence, end, buffer);
    }

    /// <summary>Encodes a batch into the buffer, which must have been written out when it has no room for it.</summary>
    /// <returns>Where the frame begins in the file.</returns>
    public long Encode(EventBatch batch, int length)
    {
        if (length > buffer.Length - filled)
        {
            Array.Resize(ref buffer, checked(filled + length));
        }

        var offset = End;
        BatchFrame.Write(buffer.AsSpan(filled, length), batch);
        filled += length;
        LastFrame = offset;
        return offset;
    }

    /// <summary>True when a frame of this length fits behind what waits in the buffer.</summary>
    public bool HasRoom(int length) => filled == 0 || length <= buffer.Length - filled;

    /// <summary>Hands the buffer to the operating system.</summary>
    /// <exception cref="IOException">The disk is full or failing. The file is cut back to what was whole before, if that works.</exception>
    public void WriteOut()
    {
        if (filled == 0)
        {
            return;
        }

        try
        {
            RandomAccess.Write(handle, buffer.AsSpan(0, filled), WrittenEnd);
        }
        catch
        {
            // Part of the buffer may be in the file: bytes that nobody was told about, and that the next append must not follow.
            try
            {
                RandomAccess.SetLength(handle, WrittenEnd);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Then it is a torn tail, and found as one.
            }

            throw;
        }

        WrittenEnd += filled;
        filled = 0;
    }

    /// <summary>Takes the buffer for the next segment; this one must have been written out.</summary>
    public byte[] ReleaseBuffer()
    {
        var released = buffer;
        buffer = none;
        return released;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
