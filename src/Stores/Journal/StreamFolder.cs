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
        if (!Directory.Exists(Path))
        {
            return segments;
        }

        foreach (var path in Directory.EnumerateFiles(Path))
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

    private static string Name(long firstSequence) => firstSequence.ToString("D20", CultureInfo.InvariantCulture);
}

/// <summary>A segment file.</summary>
internal readonly record struct SegmentFile(long FirstSequence, string Path);
