using System.Globalization;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Moves a torn tail out of its segment. Nothing is thrown away: the bytes are on disk in a file of their own before the segment is cut.</summary>
internal static class TailRepair
{
    /// <summary>Copies the tail into a file beside the segment, then cuts the segment. The writer's lock is held.</summary>
    public static TailSetAside SetAside(StreamFolder folder, TornTail tail)
    {
        var path = folder.File(tail.Segment);
        var bytes = new byte[tail.Length];
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var read = RandomAccess.Read(handle, bytes, tail.Offset);
        if (read != bytes.Length)
        {
            throw new IOException($"{path} changed while its torn tail was set aside.");
        }

        var kept = FreeName(folder, tail);
        AtomicFile.Write(kept, bytes);
        RandomAccess.SetLength(handle, tail.Offset);
        DiskFlush.File(handle, path, FlushPoint.TornTail);
        return new TailSetAside(folder.Stream, tail, kept);
    }

    private static string FreeName(StreamFolder folder, TornTail tail)
    {
        for (var number = 1; ; number++)
        {
            var path = folder.File(string.Create(CultureInfo.InvariantCulture, $"torn-after-{tail.Version}-at-{tail.Offset}-{number}.bin"));
            if (!File.Exists(path))
            {
                return path;
            }
        }
    }
}
