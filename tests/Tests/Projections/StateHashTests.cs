using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Projections;

/// <summary>
/// Every field of everything that the engine or the simulated venue keeps is changed, one at a time, in a run in the
/// middle of its work: the hash notices it, or the field stands here with the reason why no later event depends on it.
/// </summary>
public sealed class StateHashTests
{
    private static readonly SortedDictionary<string, string> Unhashed = new(StringComparer.Ordinal)
    {
        ["MarketState.LevelUpdates"] = "a measure of work for the report; a run that began at a day's checkpoint has done less",
        ["EngineState.BidTargets"] = "scratch room: filled and read within one evaluation",
        ["EngineState.AskTargets"] = "scratch room: filled and read within one evaluation",
        ["EngineState.Account"] = "only a run at a venue is told balances, and its replay is told the same; the strategy's hash stays that of the backtest",
        ["StopVerdict.Observed"] = "told in the event that stops quoting; only the reason is looked at again",
        ["StopVerdict.Limit"] = "told in the event that stops quoting; only the reason is looked at again",
        ["BookTracker.DiffsIgnored"] = "a count for the import's report",
        ["BookTracker.Gaps"] = "a count for the import's report",
        ["BookTracker.Changed"] = "what the last call did; the engine keeps it as TransitionDue",
        ["VolatilityEstimator.warmup"] = "a constant of the parameters, which are hashed",
        ["VolatilityEstimator.stepSeconds"] = "a constant of the parameters, which are hashed",
        ["VolatilityEstimator.unitsSquared"] = "a constant of the instrument, which is hashed",
        ["VolatilityEstimator.floor"] = "a constant of the parameters, which are hashed",
        ["ZeroLatencyVenue.fills"] = "fills of the event being matched: all are told within its turn",
        ["ZeroLatencyVenue.Own"] = "the strategy's own, hashed with it",
        ["RiskState.CarriedDayPnl"] = "what the portfolio is told beside the day's PnL: the run's first event holds it, and no decision looks at it",
        ["RestingOrders.side"] = "fixed where the venue makes its two sides",
    };

    [Fact]
    public void Hash_EveryFieldOfTheStrategysState_IsNoticedOrHasAReason()
    {
        var seen = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var state in new[] { Quoting().State, Waiting().State, Shown().State })
        {
            var fields = new StateFields(() => StateHash.Of(state).ToString(), Unhashed.Keys);
            fields.Walk(state);
            Merge(seen, fields.Seen);
        }

        AssertAllAccountedFor(typeof(EngineState), seen);
    }

    /// <summary>What a snapshot leaves out has a reason, too: everything else is in it, hashed or not, and comes back.</summary>
    [Fact]
    public void Snapshot_EveryFieldOfStateAndVenue_IsInItAndComesBack()
    {
        string[] inIt = ["MarketState.LevelUpdates", "StopVerdict.Observed", "StopVerdict.Limit", "BookTracker.DiffsIgnored", "BookTracker.Gaps"];
        var left = Unhashed.Keys.Except(inIt).ToArray();
        var seen = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var make in (Func<RunText, ZeroLatencySession>[])[log => Quoting(log), log => Waiting(log), log => Shown(log)])
        {
            var log = new RunText();
            var session = make(log);
            var started = PayloadBytes.Read<RunStarted>(log.Events[0].Payload, new LevelArena());
            var image = Image(session.State, session.Venue);
            var restored = EngineSnapshot.Read(Convert.FromHexString(image), _ => started);
            Assert.Equal(image, Image(restored.State, restored.Venue));
            Assert.Equal((7, new Cause(1, 5), 8, 0), (restored.Position.Sequence, restored.Position.Last, restored.Position.NextTimer, restored.Position.Phase));
            foreach (var part in new object[] { session.State, session.Venue! })
            {
                var fields = new StateFields(() => Image(session.State, session.Venue), left);
                fields.Walk(part);
                Merge(seen, fields.Seen);
            }
        }

        // The configuration is read from the run's first event; that it is the same is what the hash in the snapshot tells.
        Assert.Empty(seen.Where(f => !f.Value && !left.Contains(f.Key)).Select(f => f.Key));
        Assert.Contains("WorkingOrder.RequestedAt", seen.Keys);
        Assert.Contains("RestingOrder.QueueAhead", seen.Keys);
    }

    [Fact]
    public void Hash_EveryFieldOfTheVenue_IsNoticedOrHasAReason()
    {
        var venue = Quoting().Venue!;
        Assert.True(venue.Bids.Length > 0 && venue.Asks.Length > 0, "nothing rests, nothing is tested");
        var fields = new StateFields(() => StateHash.Of(venue).ToString(), Unhashed.Keys);
        fields.Walk(venue);
        AssertAllAccountedFor(typeof(ZeroLatencyVenue), fields.Seen);
    }

    /// <summary>Metrics are read from a run and never read back: nothing that decides, answers or fills can reach them.</summary>
    [Fact]
    public void Metrics_NoStateThatDecidesOrFills_ReachesThem()
    {
        var reachable = StateFields.ReachableFrom(typeof(EngineState), []).Concat(StateFields.ReachableFrom(typeof(ZeroLatencyVenue), [])).ToArray();
        Assert.DoesNotContain(reachable, type => type.Namespace == typeof(RunMetrics).Namespace);
        Assert.Contains(typeof(BookSide), reachable);
    }

    /// <summary>Beside every hash of the strategy stands one of the venue, and a run ends with both.</summary>
    [Fact]
    public void Run_ThatEnds_HashesTheVenueBesideTheStrategy()
    {
        var log = new RunText();
        var session = Quoting(log);
        var venue = StateHash.Of(session.Venue!);
        session.End(new Cause(1, 99), "test");
        var types = log.Events.Select(e => e.Type).ToList();
        Assert.Equal([EventType.VenueHashed, EventType.Marked, EventType.RunEnded], types[^3..]);
        Span<byte> bytes = stackalloc byte[32];
        venue.CopyTo(bytes);
        Assert.EndsWith(Convert.ToHexString(bytes), Convert.ToHexString(log.Events[^3].Payload), StringComparison.Ordinal);
    }

    /// <summary>A clock that steps back does not make the market's last word older than it is.</summary>
    [Fact]
    public void Step_StampBeforeTheOneBefore_LastMarketTimeIsEngineTime()
    {
        var session = Quoting();
        var now = session.State.Now;
        session.Market(new Cause(1, 90), new EventHeader(90, EventType.Trade, 1, 0, now - 5_000_000_000, Cause.None), new Trade { TradeId = 9, Price = 1, Quantity = 1 });
        Assert.Equal((now, now), (session.State.Now, session.State.LastMarketTime));
    }

    private static string Image(EngineState state, ZeroLatencyVenue? venue)
    {
        var buffer = new ByteBuffer();
        EngineSnapshot.Write(buffer, state, venue, new RunPosition(7, new Cause(1, 5), 8, 0));
        return Convert.ToHexString(buffer.Span);
    }

    private static void AssertAllAccountedFor(Type root, SortedDictionary<string, bool> seen)
    {
        var declared = StateFields.ReachableFrom(root, Unhashed.Keys).SelectMany(StateFields.FieldsOf).Select(StateFields.NameOf).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(declared.Except(seen.Keys));
        Assert.Empty(seen.Where(f => !f.Value && !Unhashed.ContainsKey(f.Key)).Select(f => f.Key));
        Assert.Empty(seen.Where(f => f.Value && Unhashed.ContainsKey(f.Key)).Select(f => $"{f.Key} is hashed: its reason is not needed"));
        Assert.All(Unhashed.Where(r => declared.Contains(r.Key)), r => Assert.True(r.Value.Length > 20, r.Key));
    }

    private static void Merge(SortedDictionary<string, bool> into, SortedDictionary<string, bool> from)
    {
        foreach (var (field, noticed) in from)
        {
            into[field] = noticed || into.GetValueOrDefault(field);
        }
    }

    // Both sides rest, one bid has filled in part, and a snapshot ahead of the book is set aside.
    private static ZeroLatencySession Quoting(RunText? log = null, string more = "")
    {
        var at = new Feed(log ?? new RunText(), more);
        at.Market(new BookSnapshot { LastUpdateId = 10, Bids = Levels((100_00, 5), (99_99, 4)), Asks = Levels((100_04, 3), (100_05, 6)) });
        at.Transition(BookState.Buffering, BookState.Synced, BookReason.SnapshotApplied, 0, 0, 10);
        for (var i = 0; i < 6; i++)
        {
            at.Market(new DepthDiff { FirstUpdateId = 11 + i, FinalUpdateId = 11 + i, Bids = Levels((100_00, 5 + i)), Asks = Levels((100_04 + (i % 2), 3)) });
            at.Timer();
        }

        Assert.True(at.Session.Venue!.Bids.Length > 0, "no bid rests");
        at.Market(new Trade { TradeId = 1, Price = at.Session.Venue.Bids[0].Price - 1_000_000, Quantity = 3_000_000, BuyerIsMaker = true });
        at.Timer();
        at.Market(new BookSnapshot { LastUpdateId = 40, Bids = Levels((100_01, 1)), Asks = Levels((100_06, 1)) });
        Assert.True(at.Session.State.Ledger.Fills > 0, "nothing filled");
        return at.Session;
    }

    // The same where the book shows our orders.
    private static ZeroLatencySession Shown(RunText? log = null) => Quoting(log, " own_orders_in_book=true");

    // The book waits for a snapshot with a diff kept, and the recording has not said so yet.
    private static ZeroLatencySession Waiting(RunText? log = null)
    {
        var at = new Feed(log ?? new RunText());
        at.Market(new BookSnapshot { LastUpdateId = 10, Bids = Levels((100_00, 5)), Asks = Levels((100_04, 3)) });
        at.Transition(BookState.Buffering, BookState.Synced, BookReason.SnapshotApplied, 0, 0, 10);
        at.Timer();
        at.Market(new DepthDiff { FirstUpdateId = 15, FinalUpdateId = 16, Bids = Levels((99_00, 1)), Asks = Levels((101_00, 1)) });
        Assert.Equal((BookState.Gap, 1), (at.Session.State.Tracker.State, at.Session.State.Tracker.BufferedCount));
        return at.Session;
    }

    private static LevelList Levels(params (long Cents, long Quantity)[] levels) =>
        new([.. levels.Select(l => new Level(l.Cents * 1_000_000, l.Quantity * 100_000_000))]);

    // A recording by hand through engine and venue.
    private sealed class Feed
    {
        private const long Start = 1_721_800_000_000_000_000;

        private long sequence = 2;
        private long now = Start;

        public Feed(RunText log, string more = "")
        {
            Session = new ZeroLatencySession(new EngineState(), log, new RunMetrics());
            var defined = new InstrumentDefined
            {
                Symbol = "TESTUSDT", BaseAsset = "TEST", QuoteAsset = "USDT", PriceDecimals = 8, QuantityDecimals = 8,
                Tick = 1_000_000, Lot = 1_000_000, MinQuantity = 2_000_000, CommissionDecimals = 8,
            };
            Session.Fold(new Cause(1, 1), Header(1, EventType.RecordingStarted), new RecordingStarted { Recording = "hand" });
            Session.Fold(new Cause(1, 2), Header(2, EventType.InstrumentDefined), defined);
            var request = new BacktestRequest
            {
                Symbol = "TESTUSDT",
                Configuration = SampleRuns.Configure("gamma=0.1 k=100 a=0.7 horizon_mode=session order_size=0.1 max_inventory=1 inventory_threshold=0.4 volatility_window=4 volatility_warmup=1 volatility_lag=1 mark_seconds=1 max_notional=1000 stop_loss=900 max_drawdown=900 max_orders_10s=900" + more),
            };
            Session.Start(RunHeader.Create(request, Session.State.Instrument!, [], Start, Start + 3_600_000_000_000), new Cause(1, 2));
        }

        public ZeroLatencySession Session { get; }

        public void Market<T>(in T payload)
            where T : struct, IPayload<T>
        {
            now += 100_000_000;
            sequence++;
            Session.Market(new Cause(1, sequence), Header(sequence, T.Type), payload);
        }

        public void Transition(BookState from, BookState to, BookReason reason, long expected, long first, long final) =>
            Market(new BookStateChanged { From = from, To = to, Reason = reason, ExpectedUpdateId = expected, FirstUpdateId = first, FinalUpdateId = final });

        public void Timer()
        {
            now = ((now / 1_000_000_000) + 1) * 1_000_000_000;
            Session.Timer(now, new Cause(1, sequence));
        }

        private EventHeader Header(long number, EventType type) => new(number, type, 1, 0, now, Cause.None);
    }
}
