using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Web.Timelines;

/// <summary>What a page shows: the days a run read and the run's own log, or one day alone.</summary>
/// <param name="Stream">The run's stream, or the day's.</param>
/// <param name="Markets">The days in order; day n is stream n of the run's causes.</param>
/// <param name="Run">The run; null for a day alone.</param>
internal sealed record ViewTimeline(StreamName Stream, IReadOnlyList<MarketIndex> Markets, RunTimeline? Run)
{
    private readonly Instrument? recorded = Run is null ? null : Replay.Backtest.RunInstrument.Of(Run.Run.Started);

    /// <summary>What could not be opened, in words; empty when everything could.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>A run whose beginning cannot be read, so that nothing behind it has a meaning: where it is, and why. Null for others.</summary>
    public (Stores.IEventStore Store, string Why)? Lost { get; init; }

    /// <summary>The instrument; null while nothing says which.</summary>
    public Instrument? Instrument => recorded ?? Markets.Select(m => m.Instrument).FirstOrDefault(i => i is not null);

    /// <summary>First engine time shown.</summary>
    public long Start => Run is { } run && run.Run.Started.WindowStart > 0
        ? run.Run.Started.WindowStart
        : Markets.Select(m => m.Day.Info.FirstTime).DefaultIfEmpty(0).First();

    /// <summary>Last engine time known.</summary>
    public long End
    {
        get
        {
            if (Run is not null)
            {
                return Run.LastTime is > 0 and var last ? last : Start;
            }

            return Markets.Count == 0 ? Start : Math.Max(Markets[^1].LastTime, Markets[^1].Day.Info.LastTime);
        }
    }

    /// <summary>True when every stream is read to its end and nothing can be added.</summary>
    public bool Complete => Markets.All(m => m.Complete) && (Run?.Complete ?? true);

    /// <summary>True while what is shown may still grow.</summary>
    public bool Grows => Run is { } run ? !run.Sealed && run.Damage is null : Markets.Any(m => !m.Sealed && m.Damage is null);

    /// <summary>Share of the events indexed, from 0 to 1.</summary>
    public double IndexedShare
    {
        get
        {
            // What grows is indexed when it is read as far as it went when it was opened: it stays some events ahead for ever.
            var (done, all) = (0L, 0L);
            foreach (var market in Markets)
            {
                Count(market.IsIndexed, market.Indexed, market.Sealed ? market.Events : market.Day.Info.Version);
            }

            if (Run is { } run)
            {
                Count(run.IsIndexed, run.Indexed, run.Sealed ? run.Events : run.AtFirst);
            }

            void Count(bool whole, long read, long wanted)
            {
                wanted = Math.Max(wanted, 1);
                done += whole ? wanted : Math.Min(read, wanted);
                all += wanted;
            }

            return all == 0 ? 1 : Math.Min(1, (double)done / all);
        }
    }

    /// <summary>The cursor that a text names: STREAM.SEQUENCE.RUN, rN for an event of the run, start, end, or a time in UTC; nothing for where a page begins: the end of what grows, the start of what does not.</summary>
    /// <exception cref="BadQuestionException">It is none of them, or lies outside.</exception>
    public ViewCursor Find(string text)
    {
        if (text == "start" || (text.Length == 0 && !Grows))
        {
            return AtTime(Start);
        }

        if (text is "" or "end")
        {
            Run?.Await(Run.Events);
            return Last();
        }

        if (ViewCursor.TryParse(text, out var cursor))
        {
            return Check(cursor, text);
        }

        if (text[0] == 'r' && Run is { } run && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            run.Await(sequence);
            return sequence >= 1 && sequence <= run.Indexed
                ? AtRun(sequence)
                : throw new BadQuestionException($"There is no event {sequence}: the run has events 1 to {run.Indexed}.");
        }

        // mS.N: after a market event, before what followed from it.
        if (text[0] == 'm' && ViewCursor.TryParse(text[1..] + ".0", out var market) && market.Market.Sequence > 0)
        {
            var before = new Cause(market.Market.Stream, market.Market.Sequence - 1);
            Run?.AwaitRoot(before);
            return Check(market with { Run = Run?.LastOf(before) ?? 0 }, text);
        }

        return InstantPattern.ExtendedIso.Parse(text) is { Success: true } parsed
            ? AtTime((parsed.Value - NodaConstants.UnixEpoch).ToInt64Nanoseconds())
            : throw new BadQuestionException($"'{text}' is no position: write STREAM.SEQUENCE.RUN, r and an event of the run, mSTREAM.SEQUENCE, start, end, or a time such as 2024-07-24T09:30:00Z.");
    }

    /// <summary>After an event of the run, before what follows from it.</summary>
    public ViewCursor AtRun(long sequence)
    {
        lock (Run!.Gate)
        {
            var root = Run.Points[(int)(sequence - 1)].Root;
            return new ViewCursor(root.Stream == 0 ? new Domain.Events.Cause(1, 0) : root, sequence);
        }
    }

    /// <summary>After a market event and everything that followed from it.</summary>
    public ViewCursor AfterTurn(Cause market)
    {
        Run?.AwaitRoot(market);
        return new ViewCursor(market, Run?.LastOf(market) ?? 0);
    }

    /// <summary>After everything with an engine time up to a moment.</summary>
    public ViewCursor AtTime(long time)
    {
        var market = new Cause(1, 0);
        for (var i = Markets.Count - 1; i >= 0; i--)
        {
            if (i == 0 || Markets[i].Day.Info.FirstTime <= time)
            {
                market = new Cause(i + 1, Markets[i].SequenceAt(time));
                if (market.Sequence > 0)
                {
                    break;
                }
            }
        }

        Run?.AwaitTime(time);
        return new ViewCursor(market, Run?.LastAt(time) ?? 0);
    }

    /// <summary>After everything that has been read.</summary>
    public ViewCursor Last()
    {
        if (Run is { Indexed: > 0 } run)
        {
            return AtRun(run.Indexed);
        }

        var last = Markets.Count;
        while (last > 1 && Markets[last - 1].Indexed == 0)
        {
            last--;
        }

        return new ViewCursor(new Cause(Math.Max(1, last), Markets.Count == 0 ? 0 : Markets[last - 1].Indexed), 0);
    }

    /// <summary>The next event after a cursor in the order in which the engine saw them; null at the end.</summary>
    public ViewCursor? Next(ViewCursor cursor)
    {
        Run?.Await(cursor.Run + 1);
        if (Run is { } run && cursor.Run < run.Indexed && !IsAfter(AtRun(cursor.Run + 1).Market, cursor.Market))
        {
            return cursor with { Run = cursor.Run + 1 };
        }

        var index = cursor.Market.Stream - 1;
        if (index < Markets.Count && cursor.Market.Sequence < Markets[index].Indexed)
        {
            return cursor with { Market = new Cause(index + 1, cursor.Market.Sequence + 1) };
        }

        return index + 1 < Markets.Count && Markets[index + 1].Indexed > 0 ? cursor with { Market = new Cause(index + 2, 1) } : null;
    }

    /// <summary>The event before a cursor; null at the start.</summary>
    public ViewCursor? Previous(ViewCursor cursor)
    {
        if (Run is not null && cursor.Run > 0)
        {
            var market = AtRun(cursor.Run).Market;
            if (!IsAfter(cursor.Market, market))
            {
                return cursor with { Run = cursor.Run - 1 };
            }
        }

        if (cursor.Market.Sequence > 1)
        {
            return cursor with { Market = new Cause(cursor.Market.Stream, cursor.Market.Sequence - 1) };
        }

        return cursor.Market.Stream > 1
            ? cursor with { Market = new Cause(cursor.Market.Stream - 1, Markets[cursor.Market.Stream - 2].Indexed) }
            : null;
    }

    /// <summary>True when a market event comes after another.</summary>
    public static bool IsAfter(Cause one, Cause other) => one.Stream > other.Stream || (one.Stream == other.Stream && one.Sequence > other.Sequence);

    private ViewCursor Check(ViewCursor cursor, string text)
    {
        var stream = cursor.Market.Stream;
        if (stream > Math.Max(1, Markets.Count) || (Markets.Count > 0 && cursor.Market.Sequence > Markets[stream - 1].Events))
        {
            throw new BadQuestionException($"{text} lies outside: there {(Markets.Count == 1 ? "is one stream" : $"are {Markets.Count} streams")}{(stream <= Markets.Count ? $", stream {stream} has events 1 to {Markets[stream - 1].Events}" : "")}.");
        }

        Run?.Await(cursor.Run);
        if (cursor.Run > (Run?.Indexed ?? 0))
        {
            throw new BadQuestionException($"{text} lies outside: the run has events 1 to {Run?.Indexed ?? 0}.");
        }

        return cursor;
    }
}

/// <summary>A question to the viewer that has no answer; the message says what can be asked.</summary>
internal sealed class BadQuestionException(string what) : Exception(what);
