using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Receives the records of a stream that is walked through in spite of damage.</summary>
internal interface IRecordVisitor
{
    /// <summary>One record whose checksum is right, at the sequence its frame says.</summary>
    void On(long sequence, ReadOnlySpan<byte> record);
}

/// <summary>Walks every segment of a stream from the first byte to the last and goes on behind damage, noting it.</summary>
internal sealed class StreamWalk(StreamFolder folder, IRecordVisitor visitor, List<JournalFinding> findings)
{
    private long next = 1;

    /// <summary>Whole events found.</summary>
    public long Events { get; private set; }

    /// <summary>Whole batches or blocks found.</summary>
    public long Batches { get; private set; }

    /// <summary>Segment files.</summary>
    public int Segments { get; private set; }

    /// <summary>Bytes in them.</summary>
    public long Bytes { get; private set; }

    /// <summary>One more than the last sequence found.</summary>
    public long Next => next;

    /// <summary>Where the bytes begin that are no whole batch, at the end of the last segment; null when there are none.</summary>
    public TornTail? Tail { get; private set; }

    /// <summary>Where the last whole batch is.</summary>
    public CommitPoint End { get; private set; } = CommitPoint.Start;

    /// <summary>Walks.</summary>
    public void Run()
    {
        var segments = folder.Segments();
        for (var i = 0; i < segments.Count; i++)
        {
            Segments++;
            SegmentReader reader;
            try
            {
                var handle = SegmentReader.OpenHandle(folder, segments[i]);
                Bytes += RandomAccess.GetLength(handle);
                reader = SegmentReader.Open(folder.Stream, segments[i], handle);
            }
            catch (StreamDamagedException e)
            {
                Note(FindingKind.DamagedSegment, segments[i].Path, 0, next, e.Message);
                continue;
            }

            using (reader)
            {
                if (segments[i].FirstSequence > next)
                {
                    Note(FindingKind.MissingEvents, segments[i].Path, -1, next, $"Events {next} to {segments[i].FirstSequence - 1} are missing before this segment.");
                    next = segments[i].FirstSequence;
                }

                Walk(reader, isLast: i == segments.Count - 1);
            }
        }
    }

    private void Walk(SegmentReader reader, bool isLast)
    {
        var looked = -1L;
        while (true)
        {
            var at = reader.Offset;
            var status = reader.ReadFrame();
            switch (status)
            {
                case FrameStatus.End:
                    return;
                case FrameStatus.Whole:
                    Visit(reader);
                    break;
                default:
                    var resume = reader.ResumeAt;
                    var problem = reader.Problem;
                    var damaged = reader.DamagedRecords;
                    var later = resume > 0 && resume < reader.FileLength ? resume : reader.FindFrame(at + 1);
                    if (later >= 0 && isLast && looked != at)
                    {
                        // A writer may have been at work here when it was read first. Before a whole batch that follows everything is written.
                        looked = at;
                        reader.Seek(at);
                        break;
                    }

                    if (later < 0 && isLast && resume == 0)
                    {
                        Tail = new TornTail(Path.GetFileName(reader.Path), at, reader.FileLength - at, next - 1, problem);
                        return;
                    }

                    foreach (var sequence in damaged)
                    {
                        Note(FindingKind.DamagedRecord, reader.Path, at, sequence, $"The checksum of event {sequence} is wrong.");
                    }

                    if (damaged.Count == 0)
                    {
                        Note(FindingKind.DamagedFrame, reader.Path, at, Math.Max(reader.DamagedSequence, next), char.ToUpperInvariant(problem[0]) + problem[1..]);
                    }

                    if (later < 0)
                    {
                        return;
                    }

                    reader.Seek(later);
                    break;
            }
        }
    }

    private void Visit(SegmentReader reader)
    {
        if (reader.FirstSequence != next)
        {
            Note(
                FindingKind.MissingEvents,
                reader.Path,
                reader.FrameOffset,
                Math.Min(next, reader.FirstSequence),
                reader.FirstSequence > next ? $"Events {next} to {reader.FirstSequence - 1} cannot be read." : $"Event {reader.FirstSequence} follows event {next - 1}.");
        }

        var body = reader.BodyAt;
        for (var i = 0; i < reader.Count; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(reader.Buffer.AsSpan(reader.TableAt + (i * BatchFrame.EntryLength)));
            visitor.On(reader.FirstSequence + i, reader.Buffer.AsSpan(body, length));
            body += length;
        }

        Batches++;
        Events += reader.Count;
        next = reader.FirstSequence + reader.Count;
        End = new CommitPoint(next - 1, reader.Header.FirstSequence, reader.FrameOffset, reader.Offset);
    }

    private void Note(FindingKind kind, string path, long offset, long sequence, string message) =>
        findings.Add(new JournalFinding(kind, Path.GetFileName(path), offset, sequence, sequence > 0 ? ContentHash.BlockOf(sequence) : 0, message));
}
