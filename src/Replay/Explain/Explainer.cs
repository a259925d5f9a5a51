using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Explain;

/// <summary>Explains any event of a stored run from the log and the recording it was made from.</summary>
public sealed class Explainer
{
    private readonly StoredRun run;
    private readonly RunLineage lineage;
    private readonly IReadOnlyList<InputStream> inputs;
    private readonly Instrument instrument;

    /// <summary>An explainer of a run.</summary>
    /// <exception cref="NoSuchDayException">An input of the run is not stored here.</exception>
    /// <exception cref="NoSuchRunException">The run was forked from one that is not stored here.</exception>
    public Explainer(StoreSet stores, StoredRun run)
    {
        this.run = run;
        lineage = RunLineage.Of(stores, run.Started);
        inputs = RunInputs.Of(stores, run);
        instrument = MarketWalk.InstrumentOf(inputs);
    }

    /// <summary>Name of the run.</summary>
    public string Run => run.Name.Parts[1];

    /// <summary>Explains an event.</summary>
    /// <exception cref="NothingToExplainException">The run has no such event.</exception>
    public Explanation Sequence(long sequence)
    {
        var trail = RunTrail.Read(run, sequence);
        if (trail.Subject is not { } subject)
        {
            throw new NothingToExplainException($"{run.Name.Parts[1]} has no event {sequence}; it has events 1 to {Last()}.");
        }

        var explained = new SubjectOf();
        var levels = new Domain.Canonical.LevelArena();
        EventCatalog.Decode(subject.Header, subject.Payload, levels, ref explained);
        var phase = lineage.At(trail.TurnBefore);
        phase = trail.Configuration is { } changed ? phase with { Started = changed.ApplyTo(phase.Started) } : phase;
        var setup = phase.Setup(instrument);
        return explained.Kind switch
        {
            EventType.QuoteDecided => Decision(trail, phase, setup, trail.Decision!.Value.Decided),
            EventType.QuotingStopped => Stop(trail, phase, setup, trail.Stop!.Value.Stopped),
            EventType.OrderFilled => Fill(trail, phase, setup, explained.Fill),
            EventType.Halted => Halt(trail, setup, trail.Halt!.Value.Halted),
            _ => Plain(trail, setup, ChainBuilder.Say(subject, instrument)),
        };
    }

    /// <summary>Explains the fill of a trade id.</summary>
    /// <exception cref="NothingToExplainException">The run has no such fill.</exception>
    public Explanation Fill(long tradeId)
    {
        var index = RunIndex.Read(run);
        return index.Fills.TryGetValue(tradeId, out var sequence)
            ? Sequence(sequence)
            : throw new NothingToExplainException($"{run.Name.Parts[1]} has no fill {tradeId}; {(index.Fills.Count == 0 ? "nothing filled" : $"it has fills {index.Fills.Keys.Min()} to {index.Fills.Keys.Max()}")}.");
    }

    /// <summary>Explains what was in force at a time: the last decision or stop up to it.</summary>
    /// <exception cref="NothingToExplainException">Nothing was decided by then, or the run was over.</exception>
    public Explanation At(long time)
    {
        var index = RunIndex.Read(run);
        CheckEnd(index, time, null);
        var last = index.Stretches.LastOrDefault(s => s.Time <= time);
        return last is not null
            ? Sequence(last.Sequence)
            : throw new NothingToExplainException($"Nothing was decided by {Words.Time(time)}: the run starts at {Words.Time(run.Started.WindowStart)}.");
    }

    /// <summary>The stretches in which nothing, or one side only, was quoted.</summary>
    public IReadOnlyList<QuotingStretch> Refusals() => [.. RunIndex.Read(run).Stretches.Where(s => !s.QuotesBoth)];

    /// <summary>Explains the refusal in force at a time, or at an event.</summary>
    /// <exception cref="NothingToExplainException">Both sides were quoted then, or the run was over.</exception>
    public Explanation Refusal(long? time, long? sequence)
    {
        var index = RunIndex.Read(run);
        CheckEnd(index, time, sequence);
        var last = index.Stretches.LastOrDefault(s => time is { } t ? s.Time <= t : s.Sequence <= sequence)
            ?? throw new NothingToExplainException($"Nothing was decided by then: the run starts at {Words.Time(run.Started.WindowStart)}.");
        return last.QuotesBoth
            ? throw new NothingToExplainException($"Both sides were quoted then, since event {last.Sequence} at {Words.Time(last.Time)}; mm explain {run.Name.Parts[1]} --why-not-quoting lists when not.")
            : Sequence(last.Sequence);
    }

    // After its last event nothing of a run is in force: what it decided last would be no answer.
    private void CheckEnd(RunIndex index, long? time, long? sequence)
    {
        var last = index.Last;
        var known = last.Type == EventType.RunEnded ? "ends" : $"is stored up to event {last.Sequence},";
        if (time > last.ReceiveTime)
        {
            throw new NothingToExplainException($"Nothing is known of {Words.Time(time.Value)}: {Run} {known} at {Words.Time(last.ReceiveTime)}. Ask for a time up to then.");
        }

        if (sequence > last.Sequence)
        {
            throw new NothingToExplainException($"{Run} has no event {sequence}; it has events 1 to {last.Sequence}.");
        }
    }

    private Explanation Decision(RunTrail trail, RunPhase phase, QuoteSetup setup, in QuoteDecided decided)
    {
        var walk = MarketWalk.To(inputs, trail, setup, phase.Started with { WindowStart = run.Started.WindowStart });
        var explainer = new DecisionExplainer(phase, setup, trail, decided);
        List<ExplainedSection> sections = [.. explainer.Sections(walk)];
        sections.Add(Requests(trail));
        return Build(trail, walk, explainer.Headline(), sections);
    }

    private Explanation Stop(RunTrail trail, RunPhase phase, QuoteSetup setup, in QuotingStopped stopped)
    {
        var walk = MarketWalk.To(inputs, trail, setup, phase.Started with { WindowStart = run.Started.WindowStart });
        List<ExplainedSection> sections = [.. StopExplainer.Sections(phase, setup, trail, walk, stopped)];
        sections.Add(Requests(trail));
        return Build(trail, walk, StopExplainer.Headline(stopped, trail), sections);
    }

    private Explanation Fill(RunTrail trail, RunPhase phase, QuoteSetup setup, in OrderFilled fill)
    {
        var order = trail.Orders[fill.OrderId];
        var walk = MarketWalk.To(inputs, trail, setup, phase.Started with { WindowStart = run.Started.WindowStart }, order);
        return Build(trail, walk, FillExplainer.Headline(instrument, fill), [.. FillExplainer.Sections(phase, instrument, trail, walk, order, fill)], order);
    }

    private Explanation Halt(RunTrail trail, QuoteSetup setup, in Halted halted)
    {
        // Within the run's first UTC day the day's loss is the run's; later its start is a state that all before it made.
        var walk = MarketWalk.To(inputs, trail, setup, run.Started);
        var first = Nanoseconds.DayOf(run.Started.WindowStart) == Nanoseconds.DayOf(trail.Header.ReceiveTime);
        Int128? loss = first && walk.HasMarket ? -trail.Ledger.Equity(walk.MidTwice) : null;
        Int128? fall = walk.HasMarket && walk.Peak is { } peak ? peak - trail.Ledger.Equity(walk.MidTwice) : null;
        return Build(trail, walk, "a loss limit was broken: nothing is quoted until it is lifted", [StopExplainer.Halt(setup, trail.Header, halted, loss, fall)]);
    }

    private Explanation Plain(RunTrail trail, QuoteSetup setup, string headline)
    {
        var walk = trail.Root == Cause.None ? null : MarketWalk.To(inputs, trail, setup, run.Started);
        return Build(trail, walk, headline, []);
    }

    private static ExplainedSection Requests(RunTrail trail)
    {
        var terms = new TermList("requests", "Asked for");
        if (trail.Requests.Count == 0)
        {
            terms.Show("none", "nothing", "", "", "what rests is what is wanted, or there was nothing to pull");
        }

        for (var i = 0; i < trail.Requests.Count; i++)
        {
            var (header, text) = trail.Requests[i];
            terms.Show($"request{i + 1}", $"event {header.Sequence}", text, "");
        }

        return terms.Section;
    }

    private Explanation Build(RunTrail trail, MarketWalk? walk, string headline, IReadOnlyList<ExplainedSection> sections, OrderTrail? order = null)
    {
        var chain = new ChainBuilder(run, inputs, instrument).Build(trail, walk?.Root, order);
        return new Explanation(run.Name, trail.Header.Sequence, trail.Header.Type, trail.Header.ReceiveTime, headline, chain, sections);
    }

    private long Last()
    {
        var last = 0L;
        using var source = new UpcastSource(run.Store.OpenSource(run.Name));
        while (source.Read(out var header, out _))
        {
            last = header.Sequence;
        }

        return last;
    }

    private struct SubjectOf : IEventHandler
    {
        public EventType Kind { get; private set; }

        public OrderFilled Fill { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            Kind = header.Type;
            if (payload is OrderFilled fill)
            {
                Fill = fill;
            }
        }
    }
}
