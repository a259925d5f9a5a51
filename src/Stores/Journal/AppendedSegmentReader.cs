using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Reads batch frames with large reads into one buffer. It reads instead of mapping because a file may be cut while it is
/// read (a torn tail set aside by the next writer): a read then returns less, a mapping kills the process.
/// </summary>
internal sealed class AppendedSegmentReader : SegmentReader
{
    private const int ReadBytes = 256 * 1024;

    // The buffer holds the file's bytes from bufferStart to bufferStart + filled.
    private long bufferStart;
    private int filled;

    public AppendedSegmentReader(SafeFileHandle handle, string path, in SegmentHeader header)
        : base(handle, path, header)
    {
        Buffer = new byte[ReadBytes];
        bufferStart = Offset;
    }

    /// <inheritdoc/>
    protected override uint FrameMagic => BatchFrame.Magic;

    /// <inheritdoc/>
    public override FrameStatus ReadFrame()
    {
        DamagedSequence = 0;
        ResumeAt = 0;
        if (DamagedRecords.Count > 0)
        {
            DamagedRecords = [];
        }

        var available = Ensure(BatchFrame.HeadLength);
        if (available < BatchFrame.HeadLength)
        {
            Forget();
            Problem = $"the file ends {available} bytes into a batch's head.";
            return available == 0 ? FrameStatus.End : FrameStatus.Cut;
        }

        if (!BatchFrame.TryReadHead(Buffer.AsSpan((int)(Offset - bufferStart)), out var head))
        {
            Forget();
            Problem = "no batch begins here: the head's magic or checksum is wrong.";
            return FrameStatus.Damaged;
        }

        var length = (int)head.FrameLength;
        available = Ensure(length);
        if (available < length)
        {
            Forget();
            DamagedSequence = head.FirstSequence;
            Problem = $"the file ends {available} bytes into a batch of {length} bytes (events {head.FirstSequence} to {head.LastSequence}).";
            return FrameStatus.Cut;
        }

        var at = (int)(Offset - bufferStart);
        var table = Buffer.AsSpan(at + BatchFrame.HeadLength, head.TableLength);
        if (!BatchFrame.TableIsWhole(head, table))
        {
            Forget();
            DamagedSequence = head.FirstSequence;
            ResumeAt = Offset + length;
            Problem = $"the record table of the batch with events {head.FirstSequence} to {head.LastSequence} is damaged.";
            return FrameStatus.Damaged;
        }

        var body = Buffer.AsSpan(at + BatchFrame.HeadLength + head.TableLength, head.BodyLength);
        if (!BatchFrame.RecordsAreWhole(table, body))
        {
            DamagedRecords = BatchFrame.DamagedRecords(head, table, body);
            DamagedSequence = DamagedRecords[0];
            ResumeAt = Offset + length;
            Forget();
            Problem = $"the checksum of event {DamagedSequence} is wrong (batch with events {head.FirstSequence} to {head.LastSequence}).";
            return FrameStatus.Damaged;
        }

        FrameOffset = Offset;
        FirstSequence = head.FirstSequence;
        Count = head.Count;
        TableAt = at + BatchFrame.HeadLength;
        BodyAt = TableAt + head.TableLength;
        Offset += length;
        return FrameStatus.Whole;
    }

    /// <inheritdoc/>
    public override bool SkipFrame(out long firstSequence, out int count)
    {
        firstSequence = 0;
        count = 0;
        if (Ensure(BatchFrame.HeadLength) < BatchFrame.HeadLength
            || !BatchFrame.TryReadHead(Buffer.AsSpan((int)(Offset - bufferStart)), out var head)
            || Offset + head.FrameLength > FileLength)
        {
            Forget();
            return false;
        }

        firstSequence = head.FirstSequence;
        count = head.Count;
        FrameOffset = Offset;
        Offset += head.FrameLength;
        return true;
    }

    /// <inheritdoc/>
    public override void Seek(long offset)
    {
        Offset = offset;
        Forget();
    }

    /// <summary>Brings at least so many bytes from <see cref="SegmentReader.Offset"/> on into the buffer and returns how many there are.</summary>
    private int Ensure(int needed)
    {
        var at = Offset - bufferStart;
        if (at < 0 || at > filled)
        {
            Forget();
            at = 0;
        }

        var available = filled - (int)at;
        if (available >= needed)
        {
            return available;
        }

        // What is left moves to the front, and the rest of the buffer is read behind it.
        var old = Buffer;
        if (needed > old.Length)
        {
            Buffer = new byte[Math.Max(needed, (int)Math.Min((long)old.Length * 2, Array.MaxLength))];
        }

        old.AsSpan((int)at, available).CopyTo(Buffer);
        bufferStart = Offset;
        filled = available;
        while (filled < Buffer.Length)
        {
            var read = RandomAccess.Read(Handle, Buffer.AsSpan(filled), bufferStart + filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }

    // What lies after the last whole frame may be different the next time: it is read again then.
    private void Forget()
    {
        bufferStart = Offset;
        filled = 0;
    }
}
