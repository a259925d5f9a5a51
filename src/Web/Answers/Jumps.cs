using EventSourcedMM.Domain.Events;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>Finds the next or previous event of a kind from a cursor.</summary>
internal static class Jumps
{
    /// <summary>Where to go; null when there is none.</summary>
    /// <param name="timeline">Run or day.</param>
    /// <param name="from">The cursor.</param>
    /// <param name="kind">event, fill, decision, stop, halt or gap; halt also finds the kill switch and where a halt was lifted, gap where the book could be trusted again.</param>
    /// <param name="forward">True for the next one.</param>
    /// <exception cref="BadQuestionException">There is no such kind.</exception>
    public static ViewCursor? Find(ViewTimeline timeline, ViewCursor from, string kind, bool forward)
    {
        switch (kind)
        {
            case "event":
                return forward ? timeline.Next(from) : timeline.Previous(from);
            case "gap":
                return Gap(timeline, from, forward);
            case "fill" or "decision" or "stop" or "halt":
                return timeline.Run is { } run && Sequence(run, from.Run, kind, forward) is { } sequence ? timeline.AtRun(sequence) : null;
            default:
                throw new BadQuestionException($"'{kind}' is no kind of event to jump to: event, fill, decision, stop, halt or gap.");
        }
    }

    private static long? Sequence(RunTimeline run, long from, string kind, bool forward)
    {
        run.Await(run.Events);
        lock (run.Gate)
        {
            return kind switch
            {
                "fill" => Near(run.Fills, from, f => f.Sequence, _ => true, forward),
                "decision" => Near(run.Decisions, from, d => d.Sequence, _ => true, forward),
                "stop" => Near(run.Stops, from, s => s.Sequence, _ => true, forward),
                _ => Near(run.Stops, from, s => s.Sequence, s => s.Type != EventType.QuotingStopped, forward),
            };
        }
    }

    private static long? Near<T>(Column<T> column, long from, Func<T, long> sequenceOf, Func<T, bool> wanted, bool forward)
        where T : struct
    {
        var at = forward ? column.LastAtOrBefore(from, sequenceOf) + 1 : column.LastAtOrBefore(from - 1, sequenceOf);
        for (; at >= 0 && at < column.Count; at += forward ? 1 : -1)
        {
            if (wanted(column[at]))
            {
                return sequenceOf(column[at]);
            }
        }

        return null;
    }

    private static ViewCursor? Gap(ViewTimeline timeline, ViewCursor from, bool forward)
    {
        Cause? best = null;
        for (var i = 0; i < timeline.Markets.Count; i++)
        {
            var stream = i + 1;
            timeline.Markets[i].Read((_, gaps) =>
            {
                foreach (var (number, gap) in gaps.Index())
                {
                    // What the recording begins with is no gap's end.
                    if (gap.Ends && (number == 0 || gaps[number - 1].Ends))
                    {
                        continue;
                    }

                    var at = new Cause(stream, gap.Sequence);
                    var beyond = forward ? ViewTimeline.IsAfter(at, from.Market) : ViewTimeline.IsAfter(from.Market, at);
                    if (beyond && (best is not { } b || (forward ? ViewTimeline.IsAfter(b, at) : ViewTimeline.IsAfter(at, b))))
                    {
                        best = at;
                    }
                }

                return 0;
            });
        }

        return best is { } found ? timeline.AfterTurn(found) : null;
    }
}
