using System.Buffers.Binary;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Where a writer continues: found by reading from the commit mark, or the last index point before it, to the end.</summary>
internal sealed record WriterStart(long Version, SegmentWriter? Segment, CommitMark? Mark, SparseIndex Index, TailSetAside? SetAside)
{
    /// <summary>Finds the end of the stream; the writer's lock is held.</summary>
    /// <exception cref="StreamSealedException">The stream is sealed.</exception>
    /// <exception cref="StreamDamagedException">Acknowledged events are damaged or missing.</exception>
    /// <exception cref="TornTailException">There is a torn tail and the options refuse it.</exception>
    public static WriterStart Find(StreamFolder folder, JournalOptions options)
    {
        if (File.Exists(folder.Manifest))
        {
            throw new StreamSealedException(folder.Stream, StreamManifest.Parse(File.ReadAllBytes(folder.Manifest), folder.Manifest).Events);
        }

        var segments = folder.Segments();
        var mark = CommitMark.Read(folder.Mark, out var isMarkWhole);
        if (segments.Count == 0)
        {
            return mark is { Version: > 0 }
                ? throw new StreamDamagedException(folder.Stream, 1, $"Events up to {mark.Value.Version} were acknowledged as durable and there is no segment.")
                : new WriterStart(0, null, null, SparseIndex.Continue(folder, []), null);
        }

        if (mark is null)
        {
            throw new StreamDamagedException(folder.Stream, segments[0].FirstSequence, "Its commit mark is missing or damaged, so that nobody can tell whether acknowledged events are missing. 'mm store verify --repair' writes a new one.");
        }

        return Scan(folder, options, segments, mark.Value, isMarkWhole);
    }

    private static WriterStart Scan(StreamFolder folder, JournalOptions options, List<SegmentFile> segments, CommitPoint mark, bool isMarkWhole)
    {
        if (segments[0].FirstSequence != 1)
        {
            throw new StreamDamagedException(folder.Stream, 1, $"The first segment is missing: the first one there begins with event {segments[0].FirstSequence}.");
        }

        var points = SparseIndex.Load(folder);
        while (points.Count > 0 && !Holds(folder, segments, mark, points[^1]))
        {
            points.RemoveAt(points.Count - 1);
        }

        var current = points.Count == 0 ? 0 : segments.FindIndex(s => s.FirstSequence == points[^1].SegmentFirst);
        var next = points.Count == 0 ? 1 : points[^1].Sequence;
        var index = SparseIndex.Continue(folder, points);
        var reader = SegmentReader.Open(folder.Stream, segments[current]);
        try
        {
            if (points.Count > 0)
            {
                reader.Seek(points[^1].Offset);
            }

            TailSetAside? aside = null;
            while (true)
            {
                var status = reader.ReadFrame();
                if (status == FrameStatus.Whole && reader.FirstSequence == next)
                {
                    index.Note(next, reader.Count, LatestReceiveTime(reader), segments[current].FirstSequence, reader.FrameOffset);
                    next += reader.Count;
                    continue;
                }

                if (status == FrameStatus.Whole)
                {
                    throw new StreamDamagedException(folder.Stream, next, $"At offset {reader.FrameOffset} of {Path.GetFileName(reader.Path)} event {reader.FirstSequence} follows event {next - 1}.");
                }

                if (current < segments.Count - 1)
                {
                    if (status != FrameStatus.End || segments[current + 1].FirstSequence != next)
                    {
                        throw new StreamDamagedException(folder.Stream, next, $"{Path.GetFileName(reader.Path)} ends with event {next - 1}, the next segment begins with event {segments[current + 1].FirstSequence}.");
                    }

                    reader.Dispose();
                    reader = SegmentReader.Open(folder.Stream, segments[++current]);
                    continue;
                }

                if (status == FrameStatus.End && mark.Version >= next)
                {
                    throw new StreamDamagedException(folder.Stream, next, $"It ends with event {next - 1}, events up to {mark.Version} were acknowledged as durable.");
                }

                if (status != FrameStatus.End)
                {
                    var tail = TailJudge.Judge(folder, reader, next - 1, mark);
                    if (options.TornTail == TornTailPolicy.Refuse)
                    {
                        throw new TornTailException(folder.Stream, tail);
                    }

                    if (!isMarkWhole)
                    {
                        // Of two slots, the one that is lost may be the later.
                        throw new StreamDamagedException(folder.Stream, next, $"At offset {tail.Offset} of {tail.Segment} {tail.Problem} A half of the commit mark, which would tell whether that was acknowledged, is damaged: 'mm store verify --repair --cut-at-damage' gives it up and keeps the bytes.");
                    }

                    aside = TailRepair.SetAside(folder, tail);
                    options.Report?.Invoke(aside);
                }

                break;
            }

            index.WriteOut();
            var segment = SegmentWriter.Continue(folder, segments[current].FirstSequence, reader.Offset, new byte[options.BufferBytes + (64 * 1024)]);
            var moved = CommitMark.Open(folder.Mark);

            // The names, too: an earlier writer may have been killed between making a segment and flushing its name, and what is appended
            // to it would be acknowledged without one.
            DiskFlush.Names(folder.Path, FlushPoint.EarlierNames);

            // Whole batches behind the mark are kept, for readers may have seen them, and made durable before anything follows.
            if (next - 1 > mark.Version)
            {
                FlushFrom(segments, mark, FlushPoint.EarlierSegment);
                moved.Move(new CommitPoint(next - 1, segments[current].FirstSequence, reader.FrameOffset, reader.Offset));
            }

            return new WriterStart(next - 1, segment, moved, index, aside);
        }
        catch
        {
            index.Dispose();
            throw;
        }
        finally
        {
            reader.Dispose();
        }
    }

    private static bool Holds(StreamFolder folder, List<SegmentFile> segments, CommitPoint mark, IndexPoint point)
    {
        var at = segments.FindIndex(s => s.FirstSequence == point.SegmentFirst);
        if (at < 0 || point.Sequence > mark.Version)
        {
            return false;
        }

        using var reader = SegmentReader.Open(folder.Stream, segments[at]);
        reader.Seek(point.Offset);
        return reader.SkipFrame(out var first, out _) && first == point.Sequence;
    }

    /// <summary>
    /// Flushes what stands behind the mark, written once more before: where an earlier writer's flush failed, the operating system may hold
    /// bytes that it takes for written, and a second flush alone would say that they are on the disk. No writer is at work meanwhile.
    /// </summary>
    public static void FlushFrom(List<SegmentFile> segments, CommitPoint mark, FlushPoint point)
    {
        var bytes = new byte[1024 * 1024];
        foreach (var file in segments)
        {
            if (file.FirstSequence >= mark.SegmentFirst)
            {
                using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                var at = file.FirstSequence == mark.SegmentFirst ? mark.End : 0;
                for (int read; (read = RandomAccess.Read(handle, bytes, at)) > 0; at += read)
                {
                    RandomAccess.Write(handle, bytes.AsSpan(0, read), at);
                }

                DiskFlush.File(handle, file.Path, point);
            }
        }
    }

    /// <summary>The latest receive stamp in a frame.</summary>
    public static long LatestReceiveTime(SegmentReader frame)
    {
        var latest = long.MinValue;
        var at = frame.BodyAt;
        for (var i = 0; i < frame.Count; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(frame.Buffer.AsSpan(frame.TableAt + (i * BatchFrame.EntryLength)));
            latest = Math.Max(latest, EventRecord.Read(frame.Buffer.AsSpan(at, length), out _).ReceiveTime);
            at += length;
        }

        return latest;
    }
}
