using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Portfolio;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// Executes the portfolio of a live run again: its facts as they are stored, its verdicts made anew and compared byte for byte.
/// Then both ways between the portfolio and a symbol: each verdict in the symbol's run must be the portfolio's, and each fact
/// that the portfolio was told of the symbol must follow from the symbol's run, executed again.
/// </summary>
internal sealed class PortfolioVerifier : IEventHandler
{
    private readonly StreamName stream;
    private readonly string symbol;
    private readonly PortfolioState state = new();
    private readonly Outbox outbox = new();
    private readonly LevelArena arena = new();
    private readonly SortedDictionary<long, PortfolioVerdict> verdicts = [];
    private readonly List<(EventHeader Header, SymbolReported Fact)> facts = [];
    private readonly List<string> problems = [];
    private RunDifference? difference;
    private long compared;
    private int next;
    private long found;
    private long through = long.MaxValue;

    private PortfolioVerifier(StreamName stream, string symbol)
    {
        this.stream = stream;
        this.symbol = symbol;
    }

    /// <summary>Executes the portfolio of a symbol's run; null when the run has none.</summary>
    /// <param name="stores">Where it is.</param>
    /// <param name="run">The run of one symbol.</param>
    public static PortfolioVerifier? Of(StoreSet stores, StoredRun run)
    {
        var stream = StreamName.Portfolio(run.Started.Run);
        var verifier = new PortfolioVerifier(stream, run.Started.Symbol);
        if (!LiveScript.IsLive(run.Started.Kind))
        {
            return null;
        }

        if (stores.Find(stream) is not { } at)
        {
            verifier.HoldVerdicts(run);
            return verifier.found == 0 && verifier.problems.Count == 0 ? null : verifier;
        }

        verifier.problems.AddRange(RunVerifier.Damage(at.Store, stream));
        if (verifier.problems.Count == 0)
        {
            verifier.Execute(at.Store);
            verifier.HoldVerdicts(run);
        }

        return verifier;
    }

    /// <summary>Last event of the symbol's run that is executed: facts behind it are not looked at.</summary>
    public void UpTo(long? sequence) => through = sequence ?? long.MaxValue;

    /// <summary>Between two turns of the symbol's execution: the facts that were taken here are taken again.</summary>
    public void Between(RunDriver run)
    {
        while (next < facts.Count && facts[next].Fact is var told && told.Sequence == run.Position.Sequence
            && new Cause((int)told.MarketStream, told.MarketSequence) == run.Position.Last)
        {
            if (!SymbolFacts.TryTake(run.State, run.Position.Sequence, run.Position.Last, out var again) || !Equals(again, told))
            {
                problems.Add(FormattableString.Invariant($"event {facts[next].Header.Sequence} of {stream} is no fact of {symbol}: its run executed again up to event {told.Sequence} gives another"));
            }

            next++;
        }
    }

    /// <summary>What was found, when the symbol's run has been executed.</summary>
    public PortfolioVerification Result()
    {
        // Of a run that goes on only what is stored of both can be held together.
        if (next < facts.Count && facts[next].Fact.Sequence <= through && problems.Count == 0)
        {
            problems.Add(FormattableString.Invariant($"event {facts[next].Header.Sequence} of {stream} was taken behind event {facts[next].Fact.Sequence} of {symbol}'s run and event {facts[next].Fact.MarketSequence} of its recording, where no turn ends"));
        }

        return new PortfolioVerification(stream, compared, next, found, difference, problems);
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (payload is SymbolReported fact && fact.Symbol == symbol)
        {
            facts.Add((header, fact));
        }

        PortfolioEngine.Step(state, header, payload, outbox);
    }

    private void Execute(IEventStore store)
    {
        using var source = new UpcastSource(store.OpenSource(stream));
        var (executed, expected) = (new ByteBuffer(), new ByteBuffer());
        var written = 0;
        while (difference is null && source.Read(out var header, out var payload))
        {
            if (written == outbox.Count && header.Type == EventType.PortfolioEnded)
            {
                outbox.Clear();
                written = 0;
                PortfolioEngine.End(state, new Cause(0, header.Sequence - 1), PayloadBytes.Read<PortfolioEnded>(payload, arena).Reason, outbox);
            }

            if (written < outbox.Count)
            {
                ref readonly var entry = ref outbox[written];
                var own = new EventHeader(header.Sequence, entry.Type, entry.Version, 0, entry.Time, entry.Cause);
                executed.Clear();
                EventRecord.Write(executed, own, outbox.Payload(written));
                expected.Clear();
                EventRecord.Write(expected, header, payload);
                if (!executed.Span.SequenceEqual(expected.Span))
                {
                    difference = new RunDifference(header.Sequence, RunEvent.Of(header, payload), RunEvent.Of(own, outbox.Payload(written)));
                    return;
                }

                if (header.Type == EventType.PortfolioVerdict && PayloadBytes.Read<PortfolioVerdict>(payload, arena) is var verdict && verdict.Symbol == symbol)
                {
                    verdicts.Add(verdict.Verdict, verdict);
                }

                written++;
            }
            else if (header.Type is EventType.PortfolioStarted or EventType.SymbolReported or EventType.BudgetReported && (state.Rules is null || state.Running))
            {
                outbox.Clear();
                written = 0;
                var self = this;
                try
                {
                    EventCatalog.Decode(header, payload, arena, ref self);
                }
                catch (InvariantBrokenException e)
                {
                    problems.Add($"{stream}: {e.Message}");
                    return;
                }
            }
            else
            {
                difference = new RunDifference(header.Sequence, RunEvent.Of(header, payload), null);
                return;
            }

            compared++;
        }

        // A process that died may have left its last verdicts unwritten; a stream that ended has all.
        if (difference is null && written < outbox.Count && !state.Running)
        {
            problems.Add($"{stream} ends before its last verdicts");
        }
    }

    private void HoldVerdicts(StoredRun run)
    {
        using var source = new UpcastSource(run.Store.OpenSource(run.Name));
        while (source.Read(out var header, out var payload))
        {
            if (header.Type != EventType.PortfolioVerdict)
            {
                continue;
            }

            var told = PayloadBytes.Read<PortfolioVerdict>(payload, arena);
            if (!verdicts.TryGetValue(told.Verdict, out var given))
            {
                problems.Add(FormattableString.Invariant($"event {header.Sequence} of {run.Name} tells verdict {told.Verdict}, which {stream} did not give, or which is not stored here"));
                return;
            }

            if (!Equals(told, given))
            {
                problems.Add(FormattableString.Invariant($"event {header.Sequence} of {run.Name} tells verdict {told.Verdict} otherwise than {stream} gave it"));
                return;
            }

            found++;
        }
    }
}
