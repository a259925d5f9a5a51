using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <content>What of a stream survives a power cut, for those who hand events on.</content>
public sealed partial class JournalStore
{
    /// <summary>
    /// True when a stream's events up to a sequence are known to be on disk: its writer, in whatever process, has acknowledged
    /// them, or the stream is sealed.
    /// </summary>
    public bool IsOnDisk(StreamName stream, long version) =>
        (CommitMark.Read(Folder(stream).Mark) is { } mark && mark.Version >= version)
        || (ReadManifest(stream) is { } manifest && manifest.Events >= version);

    /// <summary>
    /// Brings to disk what a stream's writer, in whatever process, has handed to the operating system. For a stream whose writer does
    /// not do that by itself, or is dead; nothing is acknowledged by it. After a flush that failed, a second one proves nothing: what a
    /// dead writer left is written once more, and while a writer whose disk failed is still there, this fails, too.
    /// </summary>
    /// <exception cref="IOException">The disk fails, or failed for the writer at work.</exception>
    public void FlushWritten(StreamName stream)
    {
        var folder = Folder(stream);
        if (File.Exists(folder.Manifest) || !Directory.Exists(folder.Path))
        {
            // Sealed: it is on disk. Or gone into the archive, which is written there at once.
            return;
        }

        var mark = CommitMark.Read(folder.Mark);
        using (var keptOut = WriterLock.KeepOut(folder))
        {
            if (keptOut is not null)
            {
                WriterStart.FlushFrom(folder.Segments(), mark ?? new CommitPoint(0, 1, 0, 0), FlushPoint.WrittenSegment);
                DiskFlush.Names(folder.Path, FlushPoint.WrittenNames);
                return;
            }
        }

        var from = mark?.SegmentFirst ?? 1;
        foreach (var segment in folder.Segments().Where(s => s.FirstSequence >= from))
        {
            // Windows flushes only through a handle that may write.
            using var handle = File.OpenHandle(segment.Path, FileMode.Open, OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            DiskFlush.File(handle, segment.Path, FlushPoint.WrittenSegment);
        }

        DiskFlush.Names(folder.Path, FlushPoint.WrittenNames);

        // Asked afterwards: a flush that failed before this one made this one say nothing.
        if (WriterLock.HasFailed(folder))
        {
            throw new IOException($"The writer of {stream} ({WriterLock.ReadHolder(folder)}) is still there: what it wrote last may be in memory only.");
        }
    }
}
