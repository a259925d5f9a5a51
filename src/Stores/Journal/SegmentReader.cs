using System.Buffers.Binary;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal.Compaction;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>What a reader found where a frame should begin.</summary>
internal enum FrameStatus
{
    /// <summary>A whole frame.</summary>
    Whole,

    /// <summary>The file ends here.</summary>
    End,

    /// <summary>The file ends inside a frame.</summary>
    Cut,

    /// <summary>The bytes are no frame, or one that is not whole.</summary>
    Damaged,
}

/// <summary>
/// Reads the frames of one segment. A frame is handed out whole: as a table of record lengths and the records end to end,
/// both in <see cref="Buffer"/>, so that the caller walks the records without a call per record.
/// </summary>
internal abstract class SegmentReader(SafeFileHandle handle, string path, in SegmentHeader header) : IDisposable
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>The header.</summary>
    public SegmentHeader Header { get; } = header;

    /// <summary>Where the next frame begins.</summary>
    public long Offset { get; protected set; } = header.Length;

    /// <summary>Where the frame that was read last begins.</summary>
    public long FrameOffset { get; protected set; }

    /// <summary>First sequence of the frame that was read last.</summary>
    public long FirstSequence { get; protected set; }

    /// <summary>Records in the frame that was read last.</summary>
    public int Count { get; protected set; }

    /// <summary>Holds the frame that was read last.</summary>
    public byte[] Buffer { get; protected set; } = [];

    /// <summary>Where its table begins in <see cref="Buffer"/>: <see cref="BatchFrame.EntryLength"/> bytes a record, the length first.</summary>
    public int TableAt { get; protected set; }

    /// <summary>Where its records begin in <see cref="Buffer"/>.</summary>
    public int BodyAt { get; protected set; }

    /// <summary>What is wrong, after <see cref="FrameStatus.Damaged"/> or <see cref="FrameStatus.Cut"/>.</summary>
    public string Problem { get; protected set; } = "";

    /// <summary>The sequence the damage begins with, when the frame's head tells; 0 otherwise.</summary>
    public long DamagedSequence { get; protected set; }

    /// <summary>Every damaged record of a frame whose head and table are whole; empty otherwise.</summary>
    public IReadOnlyList<long> DamagedRecords { get; protected set; } = [];

    /// <summary>Where the frame after the damage begins, when the frame's head tells; 0 otherwise.</summary>
    public long ResumeAt { get; protected set; }

    /// <summary>Length of the file now.</summary>
    public long FileLength => RandomAccess.GetLength(Handle);

    /// <summary>What a frame begins with.</summary>
    protected abstract uint FrameMagic { get; }

    /// <summary>The open file.</summary>
    protected SafeFileHandle Handle { get; } = handle;

    /// <summary>Opens a segment of either kind.</summary>
    /// <exception cref="StreamDamagedException">The header is damaged or belongs to another stream.</exception>
    public static SegmentReader Open(StreamName stream, SegmentFile file) => Open(stream, file, OpenHandle(file.Path));

    /// <summary>Opens a segment's file; between seeing its name and opening it, a compaction may have put another file in its place.</summary>
    public static SafeFileHandle OpenHandle(StreamFolder folder, SegmentFile file)
    {
        try
        {
            return OpenHandle(file.Path);
        }
        catch (FileNotFoundException)
        {
            return OpenHandle(folder.Compacted(file.FirstSequence));
        }
    }

    /// <summary>The same with the file open already; it is closed with the reader, or when this fails.</summary>
    public static SegmentReader Open(StreamName stream, SegmentFile file, SafeFileHandle handle)
    {
        try
        {
            Span<byte> start = stackalloc byte[SegmentHeader.MaxLength];
            var read = RandomAccess.Read(handle, start, 0);
            SegmentHeader header;
            try
            {
                header = SegmentHeader.Read(start[..read]);
            }
            catch (Exception e) when (e is InvalidDataException or FormatException)
            {
                throw new StreamDamagedException(stream, file.FirstSequence, $"Segment {file.Path} cannot be read: {e.Message}");
            }

            if (header.Stream != stream || header.FirstSequence != file.FirstSequence)
            {
                throw new StreamDamagedException(stream, file.FirstSequence, $"Segment {file.Path} says it is stream {header.Stream} from event {header.FirstSequence}: it was renamed or moved.");
            }

            return header.Kind == SegmentKind.Appended
                ? new AppendedSegmentReader(handle, file.Path, header)
                : new CompactedSegmentReader(handle, file.Path, header);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads the frame at <see cref="Offset"/> and, when it is whole, moves past it. Nothing of the file is remembered when it is not.</summary>
    public abstract FrameStatus ReadFrame();

    /// <summary>Reads the head at <see cref="Offset"/> and moves past the frame without reading or checking it; false when no whole head or not all of the frame is there.</summary>
    public abstract bool SkipFrame(out long firstSequence, out int count);

    /// <summary>Continues at an offset where a frame begins.</summary>
    public abstract void Seek(long offset);

    /// <summary>Where the next whole frame begins at or after an offset; −1 when there is none. The reader stays where it is.</summary>
    public long FindFrame(long from)
    {
        Span<byte> magic = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, FrameMagic);
        using var frames = Open(Header.Stream, new SegmentFile(Header.FirstSequence, Path));
        var window = new byte[1 << 20];
        while (true)
        {
            var read = RandomAccess.Read(Handle, window, from);
            if (read < BatchFrame.HeadLength)
            {
                return -1;
            }

            var at = 0;
            while (at < read)
            {
                var found = window.AsSpan(at, read - at).IndexOf(magic);
                if (found < 0)
                {
                    break;
                }

                at += found;
                frames.Seek(from + at);
                if (frames.ReadFrame() == FrameStatus.Whole)
                {
                    return from + at;
                }

                at++;
            }

            // The magic may lie across two windows.
            from += read - 3;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private static SafeFileHandle OpenHandle(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
}
