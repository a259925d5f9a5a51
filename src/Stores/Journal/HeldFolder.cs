using System.Globalization;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// A directory that is filled out of sight and then moved to its place. For as long as its maker lives it is held by a locked file
/// beside it, which is there before the directory is: whoever sweeps takes away what nobody holds and nothing else. Process ids would
/// not do: containers that share a store have the same ones.
/// </summary>
public sealed class HeldFolder : IDisposable
{
    private const string LockSuffix = ".lock";
    private const int MaxTries = 100;
    private const int MaxFailures = 10;

    private static int count;

    private readonly FileStream held;

    private HeldFolder(string path, FileStream held)
    {
        Path = path;
        this.held = held;
    }

    /// <summary>The directory, empty when it was made.</summary>
    public string Path { get; }

    /// <summary>Makes a directory that nobody else has.</summary>
    /// <param name="parent">Where it is made; made too, durably, where it is missing.</param>
    /// <param name="prefix">What its name begins with; the rest makes it a new one.</param>
    /// <exception cref="IOException">The disk takes none.</exception>
    public static HeldFolder Make(string parent, string prefix)
    {
        DirectorySync.Create(parent);
        var failures = 0;
        for (var tries = 1; ; tries++)
        {
            var path = System.IO.Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{prefix}{Environment.ProcessId}-{Interlocked.Increment(ref count)}"));
            FileStream? held = null;
            try
            {
                held = Hold(path + LockSuffix, FileMode.OpenOrCreate);
                if (IsNamed(path + LockSuffix) && !Directory.Exists(path) && !File.Exists(path))
                {
                    Directory.CreateDirectory(path);
                    return new HeldFolder(path, held);
                }

                // Somebody's with the same process id in another container, or left by a killed one: the next name is as good.
                held.Dispose();
            }
            catch (IOException) when (++failures < MaxFailures)
            {
                // A sweeper has the new file open for an instant.
                held?.Dispose();
            }
            catch
            {
                held?.Dispose();
                throw;
            }

            if (tries == MaxTries)
            {
                throw new IOException($"No directory could be made in {parent}: {MaxTries} names are taken.");
            }
        }
    }

    /// <summary>Removes directories whose makers are gone, and says how many.</summary>
    /// <param name="parent">Where they are made.</param>
    /// <param name="prefix">What their names begin with.</param>
    public static int Sweep(string parent, string prefix)
    {
        var removed = 0;
        foreach (var entry in Entries(parent, prefix))
        {
            try
            {
                // A locked file that is listed is opened, never made: it may have been given up since, and its name taken anew.
                var isLock = entry.EndsWith(LockSuffix, StringComparison.Ordinal);
                var path = isLock ? entry[..^LockSuffix.Length] : entry;
                if (!isLock && !Directory.Exists(path))
                {
                    continue;
                }

                using (Hold(path + LockSuffix, isLock ? FileMode.Open : FileMode.OpenOrCreate))
                {
                    if (Directory.Exists(path))
                    {
                        Directory.Delete(path, recursive: true);
                        removed++;
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody is at work in it, or swept it just now, or it is somebody else's: it is in nobody's way.
            }
        }

        return removed;
    }

    /// <summary>Removes the directory, unless it was moved to its place, and lets go of it.</summary>
    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Open elsewhere, or the disk fails: the next sweep takes it.
        }
        finally
        {
            held.Dispose();
        }
    }

    private static FileStream Hold(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

    // Between the making of the file and its locking a sweeper may have locked it, deleted it and let go: then the lock is on a file
    // without a name, which keeps nobody away. The name of a locked file cannot be opened by others.
    private static bool IsNamed(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException e) when (WriterLock.IsSharingViolation(e))
        {
            return true;
        }
    }

    private static string[] Entries(string parent, string prefix)
    {
        try
        {
            return Directory.GetFileSystemEntries(parent, prefix + "*");
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
