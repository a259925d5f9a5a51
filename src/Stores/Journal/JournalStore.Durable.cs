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
    /// not do that by itself, or is dead; nothing is acknowledged by it.
    /// </summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void FlushWritten(StreamName stream)
    {
        var folder = Folder(stream);
        if (File.Exists(folder.Manifest) || !Directory.Exists(folder.Path))
        {
            // Sealed: it is on disk. Or gone into the archive, which is written there at once.
            return;
        }

        var from = CommitMark.Read(folder.Mark)?.SegmentFirst ?? 1;
        foreach (var segment in folder.Segments().Where(s => s.FirstSequence >= from))
        {
            // Windows flushes only through a handle that may write.
            using var handle = File.OpenHandle(segment.Path, FileMode.Open, OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            DiskFlush.File(handle, segment.Path, FlushPoint.WrittenSegment);
        }

        DiskFlush.Names(folder.Path, FlushPoint.WrittenNames);
    }
}
