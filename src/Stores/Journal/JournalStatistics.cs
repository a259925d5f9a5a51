using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Events of one type in a stream.</summary>
/// <param name="Type">The type.</param>
/// <param name="Events">How many.</param>
/// <param name="RecordBytes">Bytes of their canonical records, envelope included, before framing and compression.</param>
public sealed record TypeStatistics(EventType Type, long Events, long RecordBytes);

/// <summary>What a stream of the journal takes and consists of.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Events">Whole events.</param>
/// <param name="FirstTime">Receive stamp of the first event in nanoseconds since the epoch; 0 without events.</param>
/// <param name="LastTime">Receive stamp of the last event in nanoseconds since the epoch; 0 without events.</param>
/// <param name="RecordBytes">Bytes of all canonical records, before framing and compression.</param>
/// <param name="SegmentBytes">Bytes of the segments as they are on disk.</param>
/// <param name="OtherBytes">Bytes of everything else in the folder: manifest, digests, index, snapshots, what was set aside.</param>
/// <param name="Segments">Segments as they were appended.</param>
/// <param name="CompactedSegments">Segments of compressed blocks.</param>
/// <param name="Batches">Batches and blocks in them.</param>
/// <param name="DurableVersion">Last event known to be on disk: all of them once the stream is sealed; what comes after it the operating system holds.</param>
/// <param name="Sealed">True when nothing can be added.</param>
/// <param name="Snapshots">States kept beside the stream.</param>
/// <param name="Types">Events by type, in the order of the types' numbers.</param>
/// <param name="Damaged">True when something is wrong: the figures are those of what is whole.</param>
public sealed record StreamStatistics(
    StreamName Stream,
    long Events,
    long FirstTime,
    long LastTime,
    long RecordBytes,
    long SegmentBytes,
    long OtherBytes,
    int Segments,
    int CompactedSegments,
    long Batches,
    long DurableVersion,
    bool Sealed,
    int Snapshots,
    IReadOnlyList<TypeStatistics> Types,
    bool Damaged);

/// <summary>Counts a stream by reading it through, without judging it: that is <see cref="JournalVerifier"/>'s work.</summary>
public static class JournalStatistics
{
    /// <summary>Counts a stream of the store in a directory.</summary>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    public static StreamStatistics Of(string root, StreamName stream)
    {
        var folder = StreamFolder.In(root, stream);
        if (!Directory.Exists(folder.Path))
        {
            throw new StreamNotFoundException(stream, Path.GetFullPath(root));
        }

        // The mark first: it is then never ahead of what the walk sees.
        var isSealed = File.Exists(folder.Manifest);
        var durable = isSealed ? 0 : CommitMark.Read(folder.Mark)?.Version ?? 0;
        var counter = new Counter();
        var findings = new List<JournalFinding>();
        var walk = new StreamWalk(folder, counter, findings);
        walk.Run();
        var files = new DirectoryInfo(folder.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        var compacted = folder.Segments().Count(s => Path.GetExtension(s.Path) == StreamFolder.CompactedExtension);
        return new StreamStatistics(
            stream,
            walk.Events,
            counter.FirstTime,
            counter.LastTime,
            counter.RecordBytes,
            walk.Bytes,
            files - walk.Bytes,
            walk.Segments - compacted,
            compacted,
            walk.Batches,
            isSealed ? walk.Next - 1 : durable,
            isSealed,
            new SnapshotFolder(folder).Sequences().Count,
            counter.Types(),
            findings.Count > 0 || walk.Tail is not null);
    }

    private sealed class Counter : IRecordVisitor
    {
        private readonly SortedDictionary<int, (long Events, long Bytes)> types = [];
        private bool any;

        public long FirstTime { get; private set; }

        public long LastTime { get; private set; }

        public long RecordBytes { get; private set; }

        public void On(long sequence, ReadOnlySpan<byte> record)
        {
            var header = EventRecord.Read(record, out _);
            FirstTime = any ? FirstTime : header.ReceiveTime;
            LastTime = header.ReceiveTime;
            RecordBytes += record.Length;
            any = true;
            var (events, bytes) = types.GetValueOrDefault((int)header.Type);
            types[(int)header.Type] = (events + 1, bytes + record.Length);
        }

        public List<TypeStatistics> Types() => [.. types.Select(t => new TypeStatistics((EventType)t.Key, t.Value.Events, t.Value.Bytes))];
    }
}
