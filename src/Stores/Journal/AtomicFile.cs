using System.Globalization;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a temporary file beside the target, flushes it to disk, renames it over the target and flushes the directory.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        // The process in its name, and opened for one alone: two that write the same file do not write into each other's, not even from
        // two containers in which they have the same ids.
        var temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}-{Environment.CurrentManagedThreadId}.new");
        var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        try
        {
            using (handle)
            {
                RandomAccess.Write(handle, content, 0);
                DiskFlush.File(handle, temporary, FlushPoint.FileContent);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            // A full disk gets its room back.
            File.Delete(temporary);
            throw;
        }

        DiskFlush.Names(Path.GetDirectoryName(path)!, FlushPoint.FileName);
    }
}
