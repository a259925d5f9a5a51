using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>The events around a cursor in the order in which the engine saw them, each in words, with what caused it.</summary>
internal sealed class LogAnswer(ViewTimeline timeline)
{
    // Best quotes are most of a busy recording; as many events are looked through for the others, not more.
    private const int MostSteps = 3_000;

    private readonly Instrument instrument = timeline.Instrument ?? throw new BadQuestionException("The recording has not said yet which instrument it is of.");

    /// <summary>Writes the members.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="cursor">The moment.</param>
    /// <param name="show">run: the run's own events but timers; all: everything; otherwise everything but timers and what moves no book.</param>
    /// <param name="before">Events up to the cursor.</param>
    /// <param name="after">Events after it.</param>
    public void Write(Utf8JsonWriter json, ViewCursor cursor, string show, int before, int after)
    {
        var events = new EventReader(timeline);
        List<(ViewCursor At, RunEvent Event)> lines = [.. Gather(cursor, forward: false, show, before, events).Reverse()];
        var current = lines.Count - 1;
        if (timeline.Next(cursor) is { } next)
        {
            lines.AddRange(Gather(next, forward: true, show, after, events));
        }

        json.WriteNumber("current", current);
        json.WriteStartArray("lines");
        foreach (var (at, said) in lines)
        {
            Line(json, at, said);
        }

        json.WriteEndArray();
    }

    /// <summary>The event that a cursor stands on: the run's last one when it belongs to the turn, otherwise the market's.</summary>
    public static bool StandsOnRun(ViewTimeline timeline, ViewCursor cursor) =>
        cursor.Run > 0 && (cursor.Market.Sequence == 0 || !ViewTimeline.IsAfter(cursor.Market, timeline.AtRun(cursor.Run).Market));

    private IEnumerable<(ViewCursor At, RunEvent Event)> Gather(ViewCursor from, bool forward, string show, int count, EventReader events)
    {
        ViewCursor? at = from;
        var found = 0;
        for (var steps = 0; at is { } cursor && found < count && steps < MostSteps; steps++)
        {
            var own = StandsOnRun(timeline, cursor);
            if (show == "run" && !own && timeline.Run is not null)
            {
                // Everything between two events of the run is passed over at once.
                at = forward ? Forth(cursor) : Back(cursor);
                continue;
            }

            if (events.At(cursor, own) is { } said && (show == "all" || !IsNoise(cursor, said.Header.Type)))
            {
                found++;
                yield return (cursor, said);
            }

            at = forward ? timeline.Next(cursor) : timeline.Previous(cursor);
        }
    }

    // What moves nothing: best quotes are recorded and checked only, as partial books are where diffs come beside them.
    private bool IsNoise(ViewCursor cursor, EventType type) => type is EventType.BestQuote or EventType.TimerFired
        || (type == EventType.PartialBook && !timeline.Markets[cursor.Market.Stream - 1].IsPartialAt(cursor.Market.Sequence));

    private ViewCursor? Back(ViewCursor cursor) => cursor.Run > 0 ? timeline.AtRun(cursor.Run) : null;

    private ViewCursor? Forth(ViewCursor cursor) => cursor.Run < timeline.Run!.Indexed ? timeline.AtRun(cursor.Run + 1) : null;

    private void Line(Utf8JsonWriter json, ViewCursor at, RunEvent said)
    {
        var own = StandsOnRun(timeline, at);
        json.WriteStartObject();
        json.WriteString("at", at.ToString());
        json.WriteBoolean("own", own);
        json.WriteNumber("sequence", said.Header.Sequence);
        json.WriteString("time", Texts.Time(said.Header.ReceiveTime));
        json.WriteString("type", Texts.Code(said.Header.Type));
        json.WriteString("text", EventWords.Say(said, instrument));
        var cause = said.Header.Cause;
        json.WriteString("cause", cause.Sequence == 0 ? null : cause.Stream == 0
            ? FormattableString.Invariant($"r{cause.Sequence}")
            : FormattableString.Invariant($"m{cause.Stream}.{cause.Sequence}"));
        json.WriteEndObject();
    }

    // Reads around the first event asked for: the next ones are near.
    private sealed class EventReader(ViewTimeline timeline)
    {
        private const int Around = 512;

        private readonly Dictionary<(int Stream, long Sequence), RunEvent> read = [];

        public RunEvent? At(ViewCursor cursor, bool own)
        {
            var key = own ? (0, cursor.Run) : (cursor.Market.Stream, cursor.Market.Sequence);
            if (key.Item2 == 0 || key.Item1 > timeline.Markets.Count)
            {
                return null;
            }

            if (!read.TryGetValue(key, out var found))
            {
                Read(key.Item1, key.Item2);
                found = read.GetValueOrDefault(key);
            }

            return found;
        }

        private void Read(int stream, long sequence)
        {
            var (store, name) = stream == 0 ? (timeline.Run!.Run.Store, timeline.Run.Run.Name) : (timeline.Markets[stream - 1].Day.Store, timeline.Markets[stream - 1].Name);
            using var source = new UpcastSource(store.OpenToLook(name, Math.Max(1, sequence - Around)));
            try
            {
                while (source.Read(out var header, out var payload) && header.Sequence <= sequence + Around)
                {
                    read.TryAdd((stream, header.Sequence), RunEvent.Of(header, payload));
                }
            }
            catch (Exception e) when (MarketIndex.IsDamage(e) && read.ContainsKey((stream, sequence)))
            {
                // What lies before the damage is shown; the page says where reading stopped.
            }
        }
    }
}
