using System.Globalization;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>What a repair may do.</summary>
public enum RepairScope
{
    /// <summary>Set a torn tail aside, write a missing commit mark anew, remove a damaged index. Nothing that was acknowledged is given up.</summary>
    TornTail = 0,

    /// <summary>Also cut the stream before the first damaged event. Acknowledged events are given up; their bytes are kept aside.</summary>
    CutAtDamage = 1,
}

/// <summary>Makes an unsealed stream writable again after a crash or damage, and says what was done. Nothing is deleted: what is taken out is kept in files beside.</summary>
public static class JournalRepair
{
    /// <summary>Repairs a stream; what was done is returned line by line, nothing when nothing had to be done.</summary>
    /// <param name="root">The store's directory.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="scope">What may be done.</param>
    /// <param name="program">Name of the program, for whoever finds the stream locked meanwhile.</param>
    /// <exception cref="StreamSealedException">The stream is sealed: restore it from a copy with the same content hash.</exception>
    /// <exception cref="StreamDamagedException">There is damage that this scope does not cover.</exception>
    public static IReadOnlyList<string> Run(string root, StreamName stream, RepairScope scope, string program = "repair")
    {
        var folder = StreamFolder.In(root, stream);
        if (!Directory.Exists(folder.Path))
        {
            throw new StreamNotFoundException(stream, Path.GetFullPath(root));
        }

        using var held = WriterLock.Take(folder, program);
        if (File.Exists(folder.Manifest))
        {
            throw new StreamSealedException(stream, StreamManifest.Parse(File.ReadAllBytes(folder.Manifest), folder.Manifest).Events);
        }

        var done = new List<string>();
        var scan = PrefixScan.Run(folder);
        var mark = CommitMark.Read(folder.Mark, out var markWhole);
        var lost = mark is { } promise && promise.Version > scan.End.Version;
        if (scan.Rest.Count > 0)
        {
            // Only a whole mark says that nothing behind the last whole event was acknowledged: of two slots, the one that is lost may be the later.
            var isTail = !lost && scan.Rest.Count == 1 && scan.Tail is not null;
            if ((!isTail || !markWhole) && scope != RepairScope.CutAtDamage)
            {
                throw new StreamDamagedException(
                    stream,
                    scan.End.Version + 1,
                    isTail
                        ? $"{scan.Problem} The commit mark, which would tell whether it was acknowledged, is missing or damaged: repairing it may give up acknowledged events, which has to be asked for."
                        : $"{scan.Problem} Repairing it gives up acknowledged events, which has to be asked for.");
            }

            done.AddRange(isTail ? [Describe(TailRepair.SetAside(folder, scan.Tail!))] : Cut(folder, scan));
        }
        else if (lost && scope != RepairScope.CutAtDamage)
        {
            throw new StreamDamagedException(stream, scan.End.Version + 1, $"Events up to {mark!.Value.Version} were acknowledged and are missing. Going on without them has to be asked for.");
        }

        if (mark is null || !markWhole || lost)
        {
            CommitMark.Create(folder.Mark);
            using var written = CommitMark.Open(folder.Mark);
            written.Move(scan.End);
            written.Move(scan.End);
            written.Flush();
            done.Add(lost
                ? $"The commit mark stands at event {scan.End.Version} now; events {scan.End.Version + 1} to {mark!.Value.Version} are given up."
                : $"A new commit mark stands at event {scan.End.Version}.");
        }

        SparseIndex.Load(folder, out var indexWhole);
        if (!indexWhole || (done.Count > 0 && File.Exists(folder.Index)))
        {
            File.Delete(folder.Index);
            done.Add("The sparse index was removed; the next writer makes it anew.");
        }

        return done;
    }

    private static string Describe(TailSetAside aside) =>
        $"A torn tail of {aside.Tail.Length} bytes after event {aside.Tail.Version} was moved from {aside.Tail.Segment} to {Path.GetFileName(aside.KeptIn)}.";

    /// <summary>Keeps everything from the first bad byte on in files beside: the rest of one segment and the segments behind it.</summary>
    private static List<string> Cut(StreamFolder folder, PrefixScan scan)
    {
        var done = new List<string>();

        // Backwards, so that a crash in between leaves a shorter stream with the same whole beginning.
        for (var i = scan.Rest.Count - 1; i >= 0; i--)
        {
            var (path, offset) = scan.Rest[i];
            var kept = FreeName(folder, scan.End.Version, Path.GetFileNameWithoutExtension(path));
            if (offset == 0)
            {
                File.Move(path, kept);
                DiskFlush.Names(folder.Path, FlushPoint.CutNames);
            }
            else
            {
                AtomicFile.Write(kept, File.ReadAllBytes(path).AsSpan((int)offset));
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                RandomAccess.SetLength(handle, offset);
                DiskFlush.File(handle, path, FlushPoint.CutSegment);
            }

            done.Add($"{Path.GetFileName(path)} from offset {offset} on was moved to {Path.GetFileName(kept)}.");
        }

        done.Reverse();
        return done;
    }

    private static string FreeName(StreamFolder folder, long version, string segment)
    {
        for (var number = 1; ; number++)
        {
            var path = folder.File(string.Create(CultureInfo.InvariantCulture, $"cut-after-{version}-{segment}-{number}.bin"));
            if (!File.Exists(path))
            {
                return path;
            }
        }
    }
}
