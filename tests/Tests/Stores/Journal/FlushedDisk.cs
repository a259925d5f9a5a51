using System.Runtime.InteropServices;
using EventSourcedMM.Stores.Journal;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Tests.Stores;

/// <summary>
/// What of a folder a power cut would leave: of each file the bytes of its last flush, of each directory the names of its last flush, by
/// the operating system's own numbers of files, so that a renamed file stays what it is. A real disk may have more than that, never less.
/// Linux only, and in memory, where numbers are not used twice.
/// </summary>
internal sealed class FlushedDisk : DiskFlush.IWatcher, IDisposable
{
    private static readonly DateTime Long = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TempFolder folder = TempFolder.InMemory();
    private readonly Dictionary<ulong, byte[]> contents = [];
    private readonly Dictionary<ulong, Dictionary<string, (ulong Number, bool IsFolder)>> names = [];
    private readonly Dictionary<string, (ulong Number, object What)> flushing = [];
    private readonly HashSet<ulong> given = [];
    private readonly FlushPoint? removed;

    /// <summary>Watches the flushes of this process in a folder of its own.</summary>
    /// <param name="removed">A flush that is not done, as if its line were not there; null for none.</param>
    public FlushedDisk(FlushPoint? removed)
    {
        this.removed = removed;
        DiskFlush.Watch(this);
    }

    /// <summary>What a power cut leaves of names that were changed since they were flushed.</summary>
    public enum Names
    {
        /// <summary>They are as they were.</summary>
        Flushed,

        /// <summary>All changes got to the disk by themselves.</summary>
        Current,

        /// <summary>Removals did, new names did not.</summary>
        Removed,
    }

    /// <summary>The folder.</summary>
    public string Root => folder;

    /// <summary>The next flush of this kind fails, as on a disk with a bad sector; what was to be flushed is taken for written afterwards.</summary>
    public FlushPoint? Failing { get; set; }

    /// <summary>Only which flushes there are is of interest: no power is cut.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Called after each flush, with the power about to be cut.</summary>
    public Action? Flushed { get; set; }

    /// <summary>The first thing that was wrong after a flush.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Flushes that were seen.</summary>
    public HashSet<FlushPoint> Seen { get; } = [];

    /// <summary>The operating system has written everything by itself.</summary>
    public void Settle() => Settle(Root);

    /// <summary>A copy of the folder as a power cut leaves it now.</summary>
    public TempFolder Cut(Names which)
    {
        var copy = TempFolder.InMemory();
        Build(Root, NumberOf(Root), copy, which, which == Names.Removed ? Present(Root, []) : []);
        return copy;
    }

    public void Before(FlushPoint point, string path)
    {
        if (!IsHere(path))
        {
            return;
        }

        Seen.Add(point);
        if (Failing == point)
        {
            Failing = null;
            if (File.Exists(path))
            {
                // Linux takes the pages for clean: only what is written again is flushed by a later call.
                given.Add(NumberOf(path));
                File.SetLastWriteTimeUtc(path, Long);
            }

            throw new IOException($"made up: {point} cannot be flushed");
        }

        flushing[path] = Directory.Exists(path) ? (NumberOf(path), List(path)) : (NumberOf(path), Read(path));
    }

    public void After(FlushPoint point, string path)
    {
        // Others flush their own folders on their own threads meanwhile.
        if (!IsHere(path) || !flushing.Remove(path, out var flushed))
        {
            return;
        }

        if (point != removed && flushed.What is Dictionary<string, (ulong, bool)> list)
        {
            names[flushed.Number] = list;
        }
        else if (point != removed && !(given.Contains(flushed.Number) && File.GetLastWriteTimeUtc(path) == Long))
        {
            given.Remove(flushed.Number);
            contents[flushed.Number] = (byte[])flushed.What;
        }

        try
        {
            if (!IsQuiet)
            {
                Flushed?.Invoke();
            }
        }
        catch (Xunit.Sdk.XunitException e)
        {
            // Not into the code under test, which would take it for its disk's.
            Failure ??= e;
        }
    }

    public void Dispose()
    {
        DiskFlush.Watch(null);
        folder.Dispose();
    }

    private bool IsHere(string path) => path == Root || path.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private void Settle(string path)
    {
        var list = List(path);
        names[NumberOf(path)] = list;
        foreach (var (name, (number, isFolder)) in list)
        {
            var below = Path.Combine(path, name);
            if (isFolder)
            {
                Settle(below);
            }
            else
            {
                contents[number] = Read(below);
            }
        }
    }

    private void Build(string? path, ulong number, string copy, Names which, HashSet<ulong> present)
    {
        // A folder has its place in the copy; where it stands now matters only for the names it has now.
        var now = path is not null && Directory.Exists(path) ? List(path) : [];
        var kept = which == Names.Current ? now : names.GetValueOrDefault(number) ?? [];
        foreach (var (name, (below, isFolder)) in kept)
        {
            if (which == Names.Removed && !now.ContainsKey(name) && !present.Contains(below))
            {
                continue;
            }

            var target = Path.Combine(copy, name);
            if (isFolder)
            {
                Directory.CreateDirectory(target);
                var stands = path is not null && now.TryGetValue(name, out var same) && same.Number == below ? Path.Combine(path, name) : Find(Root, below);
                Build(stands, below, target, which, present);
            }
            else
            {
                File.WriteAllBytes(target, contents.GetValueOrDefault(below) ?? []);
            }
        }
    }

    private static string? Find(string path, ulong number)
    {
        foreach (var (name, (found, isFolder)) in List(path))
        {
            if (isFolder && (found == number ? Path.Combine(path, name) : Find(Path.Combine(path, name), number)) is { } place)
            {
                return place;
            }
        }

        return null;
    }

    private static HashSet<ulong> Present(string path, HashSet<ulong> present)
    {
        foreach (var (name, (number, isFolder)) in List(path))
        {
            present.Add(number);
            if (isFolder)
            {
                Present(Path.Combine(path, name), present);
            }
        }

        return present;
    }

    private static Dictionary<string, (ulong Number, bool IsFolder)> List(string path)
    {
        var list = new Dictionary<string, (ulong, bool)>();
        foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos())
        {
            list.Add(entry.Name, (NumberOf(entry.FullName), entry is DirectoryInfo));
        }

        return list;
    }

    // Past .NET's locks: the writer has some of these files for itself.
    private static byte[] Read(string path)
    {
        using var handle = new SafeFileHandle(Open(path, 0), ownsHandle: true);
        Assert.False(handle.IsInvalid, path);
        var bytes = new byte[RandomAccess.GetLength(handle)];
        Assert.Equal(bytes.Length, RandomAccess.Read(handle, bytes, 0));
        return bytes;
    }

    private static ulong NumberOf(string path)
    {
        var status = new byte[512];
        Assert.Equal(0, Stat(path, status));
        return BitConverter.ToUInt64(status, 8);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "stat", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] status);
}
