using EventSourcedMM.Cli.Live;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.VenueSim;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Market;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>
/// The whole way over sockets: market data, signed orders over the WebSocket API, answers and fills from user data. In lockstep it is the backtest of
/// what it recorded; with latency it is not, and the first event that differs is named.
/// </summary>
public sealed class LockstepParityTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("NEXOUSDT", 30, 5)]
    [InlineData("BTCUSDT", 4, 50)]
    public Task Lockstep_PartOfTheDay_IsTheBacktestOfWhatItRecorded(string symbol, int minutes, long leastFills) => ParityAsync(symbol, minutes, leastFills);

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData("NEXOUSDT", 1_500, 100)]
    [InlineData("BTCUSDT", 12, 100)]
    public Task Lockstep_WholeDay_IsTheBacktestOfWhatItRecorded(string symbol, int minutes, long leastFills) => ParityAsync(symbol, minutes, leastFills);

    // All symbols of the venue share one row of items; each run is compared with its own backtest. How soon a book is whole depends on when its
    // snapshot comes among the items, so a round may have few fills: every round must agree, and one must have some.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Lockstep_SeveralSymbols_EachIsTheBacktestOfWhatItRecorded()
    {
        var most = 0L;
        for (var round = 0; round < 6 && most < 10; round++)
        {
            await using var bench = await StartAsync("BTCUSDT,NEXOUSDT", 3, o => o with { Align = true });
            var (runs, stores) = await TradeAllAsync(bench, "BTCUSDT,NEXOUSDT");
            Assert.Equal(2, runs.Count);
            most = runs.Select(run => AssertParity(run, stores, run.Started.Symbol, 0, leastOrders: 0)).Max();
        }

        Assert.True(most >= 10, $"{most} fills were compared at most");
    }

    // What fills at the venue must be a print to whoever reads its streams.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Lockstep_RecordingOfAggregateTradesOnly_FillsTheSameOnBothSides()
    {
        await using var bench = await StartAsync("BTCUSDT", 3, o => o with
        {
            Symbols = [o.Symbols[0] with { Days = [.. o.Symbols[0].Days.Select(d => (Func<IEventSource>)(() => new AggregatesOnly(d())))] }],
        });
        var (run, stores) = await TradeAsync(bench, "BTCUSDT");
        AssertParity(run, stores, "BTCUSDT", 10);
    }

    // One decision of the run, changed by one tick on purpose: the comparison with the backtest names that very event.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Lockstep_OneDecisionChangedByATickOrAnotherTampering_IsNamed()
    {
        await using var bench = await StartAsync("BTCUSDT", 2, o => o);
        var (run, stores) = await TradeAsync(bench, "BTCUSDT");
        var (backtest, _) = LiveBench.Backtest(stores, run);
        Assert.Null(RunDiff.Diverge(run, backtest));
        var decision = AllOf(run, EventType.QuoteDecided).ElementAt(7);
        using var folder = new TempFolder();
        await using var other = new JournalStore(folder, TimeProvider.System);
        var tick = RunInstrument.Of(run.Started)!.Tick;
        var forged = LiveBench.Forge<QuoteDecided>(other, run, decision, d => d with { Asks = new LevelList([new Level(d.Asks.Span[0].Price + tick, d.Asks.Span[0].Quantity)], 0, 1) });
        var divergence = RunDiff.Diverge(forged, backtest);
        Assert.Equal((decision, EventType.QuoteDecided, EventType.QuoteDecided), (divergence!.Sequence, divergence.First!.Header.Type, divergence.Second!.Header.Type));
        Assert.Equal(decision, RunExecution.Execute(new StoreSet(other, bench.Store), forged).Difference!.Sequence);
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        LiveAudit.AssertTamperingIsFound(stores, run, key, LiveAudit.AssertCertified(stores, run, key));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Lockstep_WithLatency_PartsAtTheFirstAnswerAndStillVerifies()
    {
        await using var bench = await StartAsync("BTCUSDT", 4, o => o with { Latency = OrderLatency.Parse("200ms") });
        var (run, stores) = await TradeAsync(bench, "BTCUSDT");
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);

        var (backtest, _) = LiveBench.Backtest(stores, run);
        var divergence = RunDiff.Diverge(run, backtest);
        output.WriteLine($"{Around(run, divergence?.First)}\nagainst\n{Around(backtest, divergence?.Second)}");

        // The venue has the order 200 ms later: more of the market comes before its answer, or the run decides again meanwhile.
        var answer = FirstOf(backtest, EventType.OrderAccepted);
        Assert.Equal((answer, EventType.OrderAccepted), (divergence!.Second!.Header.Sequence, divergence.Second.Header.Type));
        Assert.Equal(EventType.OrderSubmitted, divergence.Before[^1].Header.Type);
    }

    /// <summary>
    /// A venue that shows our orders in its depth, as a real one does: told so, the engine sees at every decision the best prices of the recording
    /// that never had them, and its backtest fills as the venue did.
    /// </summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Lockstep_OwnOrdersInTheBook_AreTakenOff()
    {
        var told = await WrongBestPricesAsync(told: true);
        output.WriteLine(FormattableString.Invariant($"{told.Wrong} of {told.Decisions} decisions on prices that are not the market's, {told.Fills} fills"));
        Assert.True(told is { Decisions: > 20, Fills: > 5 }, $"{told}");
        Assert.Equal(0, told.Wrong);
    }

    private static async Task<(int Decisions, int Wrong, int Fills)> WrongBestPricesAsync(bool told)
    {
        SymbolRecording? recording = null;
        await using var bench = await StartAsync("BTCUSDT", 3, o =>
        {
            recording = o.Symbols[0];
            return o with { ShowOrders = true };
        });
        var (run, stores) = await TradeAsync(bench, "BTCUSDT", c => c.With("own_orders_in_book", told ? "true" : "false"));
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
        if (told)
        {
            var (backtest, _) = LiveBench.Backtest(stores, run);
            var divergence = RunDiff.Diverge(run, backtest);
            Assert.True(divergence is null, divergence is null ? "" : $"{Around(run, divergence.First)}\nagainst\n{Around(backtest, divergence.Second)}");
        }

        var clean = new BestByUpdate();
        using (var source = recording!.Days[0]())
        {
            clean.Read(source);
        }

        var shown = new BestByUpdate();
        using (var source = run.Store.OpenSource(StreamName.Parse(run.Started.Inputs.Split(' ')[0])))
        {
            shown.Read(source);
        }

        var (decisions, wrong, fills) = (0, 0, 0);
        var explainer = new Explainer(stores, run);
        using var log = run.Store.OpenSource(run.Name);
        while (log.Read(out var header, out var payload))
        {
            fills += header.Type == EventType.OrderFilled ? 1 : 0;
            if (header.Type == EventType.QuoteDecided && header.Cause.Stream == 1 && shown.Updates.TryGetValue(header.Cause.Sequence, out var update))
            {
                var decided = EventSourcedMM.Stores.Schemas.PayloadBytes.Read<QuoteDecided>(payload, new LevelArena());
                decisions++;
                wrong += clean.Best[update] == (decided.BestBid, decided.BestAsk) ? 0 : 1;
                if (told && decisions % 10 == 0)
                {
                    Assert.Empty(explainer.Sequence(header.Sequence).Mismatches);
                }
            }
        }

        return (decisions, wrong, fills);
    }

    // The best prices of a recording after each diff, by its last update id; and the diffs by their sequence.
    private sealed class BestByUpdate : IEventHandler
    {
        private readonly BookFold fold = new();

        public Dictionary<long, (long Bid, long Ask)> Best { get; } = [];

        public Dictionary<long, long> Updates { get; } = [];

        public void Read(IEventSource source)
        {
            var (arena, self) = (new LevelArena(), this);
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref self);
            }
        }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            fold.On(header, payload);
            if (payload is DepthDiff diff)
            {
                Updates[header.Sequence] = diff.FinalUpdateId;
                Best[diff.FinalUpdateId] = (fold.Tracker.Book.Bids.BestPrice, fold.Tracker.Book.Asks.BestPrice);
            }
        }
    }

    private static long FirstOf(StoredRun run, EventType type) => AllOf(run, type).First();

    private static IEnumerable<long> AllOf(StoredRun run, EventType type)
    {
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out _))
        {
            if (header.Type == type)
            {
                yield return header.Sequence;
            }
        }
    }

    private async Task ParityAsync(string symbol, int minutes, long leastFills)
    {
        await using var bench = await StartAsync(symbol, minutes, o => o);
        var (run, stores) = await TradeAsync(bench, symbol);
        AssertParity(run, stores, symbol, leastFills);
        AssertVenueFillsAreExplained(run, stores);
    }

    // What a venue filled is its word: shown as such, with nothing that could not be reproduced; the backtest of it has the same figures.
    private void AssertVenueFillsAreExplained(StoredRun run, StoreSet stores)
    {
        var explainer = new Explainer(stores, run);
        long[] fills = [.. AllOf(run, EventType.OrderFilled)];
        foreach (var sequence in (long[])[fills[0], fills[^1]])
        {
            var explained = explainer.Sequence(sequence);
            output.WriteLine(EventSourcedMM.Cli.Audit.ExplanationText.Write(explained));
            Assert.Empty(explained.Mismatches);
            Assert.EndsWith("by the venue's word", explained.Headline, StringComparison.Ordinal);
            Assert.Equal(["queue", "rule", "commission", "accounting"], explained.Sections.Select(s => s.Name));
            var terms = explained.Sections.SelectMany(s => s.Terms).ToDictionary(t => t.Name);
            Assert.Equal(["remaining"], terms.Values.Where(t => t.Equal is true).Select(t => t.Name));

            var (fill, instrument) = (Payload<OrderFilled>(run, sequence), RunInstrument.Of(run.Started)!);
            Assert.Equal(instrument.FormatPrice(fill.Price), terms["eventPrice"].Value);
            Assert.Equal(terms["eventPrice"].Value, terms["price"].Value);
            Assert.Equal(instrument.FormatQuantity(fill.Quantity), terms["quantity"].Value);
            Assert.Equal(instrument.FormatMoney(fill.CommissionValue), terms["commissionValue"].Value);
            Assert.Equal(terms["commissionValue"].Value, terms["atRate"].Value);
            Assert.Contains(explained.Chain, l => l.Event.Header.Type == EventType.OrderSubmitted);
        }
    }

    private static T Payload<T>(StoredRun run, long sequence)
        where T : struct, IPayload<T>
    {
        using var source = run.Store.OpenToLook(run.Name, sequence);
        Assert.True(source.Read(out _, out var payload));
        return EventSourcedMM.Stores.Schemas.PayloadBytes.Read<T>(payload, new LevelArena());
    }

    private long AssertParity(StoredRun run, StoreSet stores, string symbol, long leastFills, long leastOrders = 6)
    {
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);

        var (backtest, result) = LiveBench.Backtest(stores, run);
        output.WriteLine(FormattableString.Invariant($"{symbol}: {verification.Compared} events, {result.State.Decisions} decisions, {result.Metrics.OrdersPlaced} orders, {result.Metrics.Fills} fills"));
        var divergence = RunDiff.Diverge(run, backtest);
        Assert.True(divergence is null, divergence is null ? "" : $"{Around(run, divergence.First)}\nagainst\n{Around(backtest, divergence.Second)}");
        Assert.Equal(StateHash.Of(result.State), verification.StateHash);
        Assert.True(result.Metrics.OrdersPlaced >= leastOrders, $"{result.Metrics.OrdersPlaced} orders");
        Assert.True(result.Metrics.Fills >= leastFills, $"{result.Metrics.Fills} fills were compared");
        return result.Metrics.Fills;
    }

    private static string Around(StoredRun run, RunEvent? at)
    {
        var lines = new List<string>();
        using var source = run.Store.OpenSource(run.Name);
        while (at is not null && source.Read(out var header, out var payload))
        {
            if (Math.Abs(header.Sequence - at.Header.Sequence) < 12)
            {
                lines.Add($"{header.Sequence} {header.ReceiveTime} ({header.Cause.Stream},{header.Cause.Sequence}) {header.Type} {new EventSourcedMM.Cli.Shell.EventLines().Line(header, payload)}");
            }
        }

        return string.Join('\n', lines);
    }

    private static Task<CaptureBench> StartAsync(string symbols, int minutes, Func<VenueOptions, VenueOptions> change) => CaptureBench.StartAsync(symbols, "max", change: o =>
        change(o with { Lockstep = true, ConnectionLife = 48 * 3_600_000_000_000, Symbols = [.. o.Symbols.Select(s => s with { To = First(s) + (minutes * 60_000_000_000L) })] }));

    private static long First(SymbolRecording recording)
    {
        using var first = recording.Days[0]();
        Assert.True(first.Read(out var header, out _));
        return header.ReceiveTime;
    }

    private static async Task<(StoredRun Run, StoreSet Stores)> TradeAsync(
        CaptureBench bench, string symbol, Func<StrategyConfiguration, StrategyConfiguration>? strategy = null)
    {
        var (runs, stores) = await TradeAllAsync(bench, symbol, strategy);
        return (runs.Single(), stores);
    }

    private static async Task<(IReadOnlyList<StoredRun> Runs, StoreSet Stores)> TradeAllAsync(CaptureBench bench, string symbols, Func<StrategyConfiguration, StrategyConfiguration>? strategy = null)
    {
        var keys = ApiKeys.Of("simulated", "simulated");
        var live = await LiveBench.TradeAsync(
            bench,
            symbols,
            _ => false,
            change: o => o with
            {
                Mode = LiveMode.Testnet,
                Lockstep = true,
                Strategies = o.Strategies.ToDictionary(s => s.Key, s => strategy?.Invoke(s.Value) ?? (s.Key == "NEXOUSDT" ? Busy(s.Value) : s.Value)),
                Gateway = clock => LiveChecks.Gateway(bench.Endpoint, keys, clock, lockstep: true),
            },
            most: TimeSpan.FromMinutes(20));
        Assert.All(live.Symbols, s => Assert.Null(s.Failure));
        Assert.All(live.Symbols, s => Assert.True(s.Hash != default, $"{s.Symbol}: nothing was traded: {live.Report.Reason}"));
        var stores = new StoreSet(bench.Store);
        return ([.. symbols.Split(',').Select(s => new RunFinder(stores).Find($"{live.Run}/{s}"))], stores);
    }

    // The shipped distances pay for a commission and are seldom reached: here what counts is that orders come and go, and fill.
    private static StrategyConfiguration Busy(StrategyConfiguration shipped) => shipped.With("min_half_spread", "0").With("gamma", "0.0001").With("k", "800").With("levels", "2").With("stop_loss", "0").With("max_drawdown", "0");

    // A recording in which nobody kept the single trades.
    private sealed class AggregatesOnly(IEventSource inner) : IEventSource
    {
        private readonly ByteBuffer bytes = new(256);
        private readonly LevelArena arena = new();

        public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
        {
            if (!inner.Read(out header, out payload))
            {
                return false;
            }

            if (header.Type == EventType.Trade)
            {
                arena.Clear();
                var trade = PayloadBytes.Read<Trade>(payload, arena);
                bytes.Clear();
                EventRecord.WritePayload(bytes, new AggregateTrade
                {
                    AggregateId = trade.TradeId, FirstTradeId = trade.TradeId, LastTradeId = trade.TradeId,
                    Price = trade.Price, Quantity = trade.Quantity, TradeTime = trade.TradeTime, BuyerIsMaker = trade.BuyerIsMaker,
                });
                header = header with { Type = EventType.AggregateTrade, Version = AggregateTrade.Version };
                payload = bytes.Span;
            }

            return true;
        }

        public void Dispose() => inner.Dispose();
    }
}
