using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Trading;

/// <summary>How a run goes on after its process died: it is executed again, and held against what is stored.</summary>
public sealed partial class LiveSymbol
{
    private Queue<StoredControl> stored = new();
    private StoredEnd? ending;
    private long lastTimer;
    private bool isRecovering;
    private bool parted;
    private bool hasEnded;

    /// <summary>
    /// Goes on with a run whose process was killed: executes it again from what it had recorded, compares every event with what
    /// is stored, and appends what the dead process had no time to write.
    /// </summary>
    /// <exception cref="LiveRunException">What is stored does not follow from what was recorded.</exception>
    internal void Recover(JournalStore store, RecordedRun run, MarkedRun marked, IReadOnlyList<StreamName> inputs)
    {
        var restored = run.End is null && options.Portfolio.IsOff && run.Configuration == run.Started.Configuration && Restore(run);
        stored = new Queue<StoredControl>(run.Controls.Where(c => c.Header.Sequence > RestoredFrom));
        recorded = run.Started;

        // It begins again as it began; what changed since comes as it came.
        Use(StrategyConfiguration.FromJson(run.Started.Configuration));
        trades = run.Trades;
        settledTrade = run.SettledTrade;
        account = marked.Account;
        venueOrderIds = run.VenueOrderIds;
        balances = run.Balances;
        IsRecovered = true;
        ending = run.End;
        lastTimer = run.LastTimer;
        isRecovering = true;
        log.Open(RestoredFrom, run.Halts);
        try
        {
            if (restored)
            {
                current = inputs[streams - 1].Value;
                AfterRecorded();
            }

            Execute(store, inputs, run.LastTimer);
        }
        catch (Exception e) when (HasStarted && !IsBroken && InvariantBrokenException.Stopped(e))
        {
            // It had stopped itself there before its process died, or it would have, had it lived a moment longer.
            Break(e);
            Repeat();
            if (ending is { } end)
            {
                session.End(last, end.Reason);
                hasEnded = true;
            }
        }

        isRecovering = false;
        Use(StrategyConfiguration.FromJson(run.Configuration));
        sink?.Clear();

        log.EndComparison();
        Recovered = log.Events;
        if (hasEnded)
        {
            // Its process died between the run's last event and the seal.
            Seal();
        }
        else if (state.Killed && sink is null)
        {
            // It died while it was ending.
            EndRun("kill switch, before the process was killed", FlatWords.Length > 0 && state.Flattening ? "; " + FlatWords : "");
        }
    }

    private void Execute(JournalStore store, IReadOnlyList<StreamName> inputs, long lastFired)
    {
        var arena = new LevelArena();
        var feeder = new Feeder(this);
        for (var i = Math.Max(0, streams - 1); i < inputs.Count; i++)
        {
            feeder.Stream = inputs[i].Value;
            using var source = new UpcastSource(store.OpenSource(inputs[i], i == streams - 1 ? last.Sequence + 1 : 1));
            while (!hasEnded && source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref feeder);
            }
        }

        // The clock had fired these, and nothing was recorded after them.
        if (HasStarted && !hasEnded)
        {
            FireTimers(lastFired);
            Floor = Math.Max(Floor, Math.Max(lastFired, latest));
            Part();
            LoseMarket();
        }
    }

    // After a recorded event: what the run was told then, and whether its stored events end here.
    private void AfterRecorded()
    {
        Repeat();
        if (ending is { } end && end.After == last)
        {
            FireTimers(lastTimer);
            session.End(last, end.Reason);
            hasEnded = true;
            return;
        }

        Part();
    }

    // What the run was told after this event, before its process died.
    private void Repeat()
    {
        while (stored.TryPeek(out var next) && next.Header.Cause == last)
        {
            stored.Dequeue();
            var teller = new Teller(this);
            EventCatalog.Decode(next.Header, next.Payload, new LevelArena(), ref teller);
        }
    }

    // Where the stored run ends its process died: from there on nobody knows of its orders until the venue has been asked.
    private void Part()
    {
        if (sink is not null && HasStarted && log.IsExhausted && !parted)
        {
            parted = true;
            Control(state.Now, new ConnectionChanged { Connection = ConnectionChanged.Account, Up = false, Detail = "the process was restarted" });
        }
    }

    // The book is the dead process's, however old: nothing is quoted on it until the new recording's connection is up, and its mid is
    // no sample of the volatility. On paper, where nothing can leave, a run stays the backtest of its recordings.
    private void LoseMarket()
    {
        if (sink is not null)
        {
            Control(state.Now, new ConnectionChanged { Connection = ConnectionChanged.Market, Up = false, Detail = "the process was restarted" });
        }
    }

    private struct Feeder(LiveSymbol owner) : IEventHandler
    {
        public string Stream { get; set; } = "";

        public readonly void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.Take(Stream, header, payload);
    }
}
