namespace EventSourcedMM.Stores.Journal;

/// <summary>The longest whole beginning of a stream, and what comes after it.</summary>
/// <param name="End">Where it ends.</param>
/// <param name="Rest">Files with what follows: from an offset on, or all of it at 0.</param>
/// <param name="Tail">Set when what follows may be a torn tail: no whole batch in it, in the last segment.</param>
/// <param name="Problem">What is wrong behind the end; empty when nothing follows.</param>
internal sealed record PrefixScan(CommitPoint End, IReadOnlyList<(string Path, long Offset)> Rest, TornTail? Tail, string Problem)
{
    public static PrefixScan Run(StreamFolder folder)
    {
        var segments = folder.Segments();
        var end = CommitPoint.Start;
        for (var i = 0; i < segments.Count; i++)
        {
            var isLast = i == segments.Count - 1;
            if (segments[i].FirstSequence != end.Version + 1)
            {
                return Stop(end, segments, i, 0, null, $"Segment {Path.GetFileName(segments[i].Path)} does not follow event {end.Version}.");
            }

            SegmentReader reader;
            try
            {
                reader = SegmentReader.Open(folder.Stream, segments[i]);
            }
            catch (StreamDamagedException e)
            {
                return Stop(end, segments, i, 0, null, e.Message);
            }

            using (reader)
            {
                // A segment without a batch keeps its header: the next batch continues it.
                end = end with { SegmentFirst = segments[i].FirstSequence, FrameOffset = reader.Offset, End = reader.Offset };
                while (true)
                {
                    var at = reader.Offset;
                    var status = reader.ReadFrame();
                    if (status == FrameStatus.Whole && reader.FirstSequence == end.Version + 1)
                    {
                        end = new CommitPoint(end.Version + reader.Count, segments[i].FirstSequence, reader.FrameOffset, reader.Offset);
                        continue;
                    }

                    if (status == FrameStatus.End)
                    {
                        break;
                    }

                    var problem = status == FrameStatus.Whole ? $"event {reader.FirstSequence} follows event {end.Version}." : reader.Problem;
                    var tail = isLast && status != FrameStatus.Whole && reader.FindFrame(at + 1) < 0
                        ? new TornTail(Path.GetFileName(reader.Path), at, reader.FileLength - at, end.Version, problem)
                        : null;
                    return Stop(end, segments, i, at, tail, $"At offset {at} of {Path.GetFileName(reader.Path)} {problem}");
                }
            }
        }

        return new PrefixScan(end, [], null, "");
    }

    private static PrefixScan Stop(CommitPoint end, List<SegmentFile> segments, int from, long offset, TornTail? tail, string problem)
    {
        var rest = new List<(string, long)> { (segments[from].Path, offset) };
        for (var i = from + 1; i < segments.Count; i++)
        {
            rest.Add((segments[i].Path, 0));
        }

        return new PrefixScan(end, rest, tail, problem);
    }
}
