using System.Globalization;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>A stream's folder and the names of the files in it.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Stream">The stream.</param>
internal readonly record struct StreamFolder(string Path, StreamName Stream)
{
    /// <summary>Segments that are appended to.</summary>
    public const string SegmentExtension = ".mmj";

    /// <summary>Segments of compressed blocks.</summary>
    public const string CompactedExtension = ".mmz";

    public string Manifest => File("manifest.json");

    public string BlockDigests => File("blocks.sha256");

    public string Mark => File("commit.mark");

    public string Index => File("sparse.index");

    public string Lock => File("writer.lock");

    public string Holder => File("writer.holder");

    public string Snapshots => File("snapshots");

    /// <summary>The folder of a stream in a store.</summary>
    public static StreamFolder In(string root, StreamName stream) =>
        new(System.IO.Path.Combine(root, stream.Value.Replace('/', System.IO.Path.DirectorySeparatorChar)), stream);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The segment that begins with a sequence.</summary>
    public string Segment(long firstSequence) => File(Name(firstSequence) + SegmentExtension);

    /// <summary>The compacted segment that begins with a sequence.</summary>
    public string Compacted(long firstSequence) => File(Name(firstSequence) + CompactedExtension);

    /// <summary>
    /// First sequences and paths of the segments, in order. A compacted segment hides the appended one with the same first
    /// sequence, which is removed after it is in place: a crash in between leaves both.
    /// </summary>
    public List<SegmentFile> Segments()
    {
        var segments = new List<SegmentFile>();
        foreach (var path in Files())
        {
            var extension = System.IO.Path.GetExtension(path);
            if (extension is SegmentExtension or CompactedExtension
                && long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
            {
                segments.Add(new SegmentFile(first, path));
            }
        }

        // ".mmz" sorts behind ".mmj": of two with the same sequence the compacted one is second.
        segments.Sort((a, b) => a.FirstSequence != b.FirstSequence
            ? a.FirstSequence.CompareTo(b.FirstSequence)
            : string.CompareOrdinal(a.Path, b.Path));
        for (var i = segments.Count - 2; i >= 0; i--)
        {
            if (segments[i].FirstSequence == segments[i + 1].FirstSequence)
            {
                segments.RemoveAt(i);
            }
        }

        return segments;
    }

    /// <summary>True when a file of a stream is there. A folder without one is what was kept beside a journal that left its place.</summary>
    public bool HasFiles() => Files().Length > 0;

    /// <summary>Paths of the files in the folder; none where there is no folder, or not any more.</summary>
    public string[] Files()
    {
        try
        {
            return Directory.GetFiles(Path);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Makes room for a stream: what was kept beside a journal that left its place goes, a stream stays.</summary>
    /// <returns>False when a stream, or something of somebody else, is there.</returns>
    public bool RemoveRemains()
    {
        if (!Directory.Exists(Path))
        {
            return true;
        }

        if (HasFiles())
        {
            return false;
        }

        try
        {
            new SnapshotFolder(this).DeleteAll();

            // Not with what is in it: a writer may just have begun there.
            Directory.Delete(Path);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Makes the names of the folder and of those above it, up to the store's, durable: whoever made one may have been killed before it
    /// did that. Nothing for a folder that is not in its place.
    /// </summary>
    public void FlushNames()
    {
        var (parts, at) = (Stream.Parts, Path);
        for (var i = parts.Length - 1; i >= 0 && System.IO.Path.GetFileName(at) == parts[i]; i--)
        {
            at = System.IO.Path.GetDirectoryName(at)!;
            DiskFlush.Names(at, FlushPoint.StreamNames);
        }
    }

    private static string Name(long firstSequence) => firstSequence.ToString("D20", CultureInfo.InvariantCulture);
}

/// <summary>A segment file.</summary>
internal readonly record struct SegmentFile(long FirstSequence, string Path);
