using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Where the stores ask for the disk, and what would be lost in a power cut without it.</summary>
internal enum FlushPoint
{
    /// <summary>What a writer appended, before it is acknowledged.</summary>
    Segment,

    /// <summary>A segment that is full, before the next one has a name.</summary>
    FullSegment,

    /// <summary>Content of a file that gets its name afterwards.</summary>
    FileContent,

    /// <summary>The name of such a file.</summary>
    FileName,

    /// <summary>The commit mark, when its writer is closed or it was repaired.</summary>
    Mark,

    /// <summary>What an earlier writer left unflushed.</summary>
    EarlierSegment,

    /// <summary>Names of files that an earlier writer made.</summary>
    EarlierNames,

    /// <summary>Names of a stream's folder and those above it.</summary>
    StreamNames,

    /// <summary>The name of a folder that was made.</summary>
    NewFolder,

    /// <summary>A segment whose torn tail was set aside.</summary>
    TornTail,

    /// <summary>A segment that was cut before damage.</summary>
    CutSegment,

    /// <summary>Names of segments that were moved aside.</summary>
    CutNames,

    /// <summary>A compacted segment, before it takes the other's place.</summary>
    CompactedSegment,

    /// <summary>Its name, before the other is removed.</summary>
    CompactedName,

    /// <summary>What another writer handed to the operating system, before it is handed on.</summary>
    WrittenSegment,

    /// <summary>Names of those segments.</summary>
    WrittenNames,

    /// <summary>A journal that left its place because its archive is there.</summary>
    RemovedJournal,

    /// <summary>A table of an archive.</summary>
    ArchiveTable,

    /// <summary>Names of an archive's files, before it gets its place.</summary>
    ArchiveFiles,

    /// <summary>The archive's place.</summary>
    ArchiveName,
}

/// <summary>
/// The one door to the disk. What goes through it survives a power cut; nothing else is believed to. A test watches it, keeps what was
/// flushed, and reads a copy cut back to that.
/// </summary>
internal static class DiskFlush
{
    private static IWatcher? watcher;

    /// <summary>Sees each flush before and after it is done; what it throws before is what a failing disk would.</summary>
    internal interface IWatcher
    {
        /// <summary>Something is about to be flushed.</summary>
        void Before(FlushPoint point, string path);

        /// <summary>It was flushed.</summary>
        void After(FlushPoint point, string path);
    }

    /// <summary>Flushes a file's content.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void File(SafeFileHandle handle, string path, FlushPoint point)
    {
        var watched = Volatile.Read(ref watcher);
        watched?.Before(point, path);
        RandomAccess.FlushToDisk(handle);
        watched?.After(point, path);
    }

    /// <summary>Flushes a directory's names.</summary>
    /// <exception cref="IOException">The directory could not be opened or flushed.</exception>
    public static void Names(string path, FlushPoint point)
    {
        var watched = Volatile.Read(ref watcher);
        watched?.Before(point, path);
        DirectorySync.Flush(path);
        watched?.After(point, path);
    }

    /// <summary>One watcher at a time; null ends it.</summary>
    public static void Watch(IWatcher? by) => Volatile.Write(ref watcher, by);
}
