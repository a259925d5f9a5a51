using EventSourcedMM.Cli.Live;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim;
using EventSourcedMM.VenueSim.Api;
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
    [InlineData("NEXOUSDT", 60, 0)]
    [InlineData("BTCUSDT", 4, 50)]
    public Task Lockstep_PartOfTheDay_IsTheBacktestOfWhatItRecorded(string symbol, int minutes, long leastFills) => ParityAsync(symbol, minutes, leastFills);

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData("NEXOUSDT", 1_500, 1)]
    [InlineData("BTCUSDT", 12, 100)]
    public Task Lockstep_WholeDay_IsTheBacktestOfWhatItRecorded(string symbol, int minutes, long leastFills) => ParityAsync(symbol, minutes, leastFills);

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
    /// A venue that shows our orders in its depth, as a real one does: told so, the engine decides and fills as over the recording alone; not told
    /// so, it takes its own quotes for the market.
    /// </summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Lockstep_OwnOrdersInTheBook_AreTakenOffAndTheRunIsTheOneWithoutThem()
    {
        var clean = await DecisionsAsync(show: false, told: false);
        var shown = await DecisionsAsync(show: true, told: true);
        var blind = await DecisionsAsync(show: true, told: false);
        output.WriteLine(FormattableString.Invariant($"{clean.Decisions.Count} decisions, {clean.Fills.Count} fills; taken for the market: {blind.Decisions.Count} decisions, {blind.Fills.Count} fills"));
        Assert.True(clean.Fills.Count > 5, $"{clean.Fills.Count} fills");
        Assert.Equal(clean.Decisions, shown.Decisions);
        Assert.Equal(clean.Fills, shown.Fills);
        Assert.NotEqual(clean.Decisions, blind.Decisions);
    }

    private static async Task<(List<string> Decisions, List<string> Fills)> DecisionsAsync(bool show, bool told)
    {
        await using var bench = await StartAsync("BTCUSDT", 3, o => o with { ShowOrders = show });
        var (run, stores) = await TradeAsync(bench, "BTCUSDT", c => c.With("own_orders_in_book", told ? "true" : "false").With("join_best", "true"));
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
        if (told)
        {
            var (backtest, _) = LiveBench.Backtest(stores, run);
            var divergence = RunDiff.Diverge(run, backtest);
            Assert.True(divergence is null, divergence is null ? "" : $"{Around(run, divergence.First)}\nagainst\n{Around(backtest, divergence.Second)}");
        }

        var (decisions, fills) = (new List<string>(), new List<string>());
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == EventType.QuoteDecided)
            {
                decisions.Add(new EventSourcedMM.Cli.Shell.EventLines().Line(header, payload));
            }
            else if (header.Type == EventType.OrderFilled)
            {
                var fill = EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderFilled>(payload, new EventSourcedMM.Domain.Canonical.LevelArena());
                fills.Add(FormattableString.Invariant($"{fill.OrderId} {fill.Side} {fill.Price} {fill.Quantity} {fill.Remaining}"));
            }
        }

        return (decisions, fills);
    }

    private static long FirstOf(StoredRun run, EventType type)
    {
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out _))
        {
            if (header.Type == type)
            {
                return header.Sequence;
            }
        }

        return 0;
    }

    private async Task ParityAsync(string symbol, int minutes, long leastFills)
    {
        await using var bench = await StartAsync(symbol, minutes, o => o);
        var (run, stores) = await TradeAsync(bench, symbol);
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);

        var (backtest, result) = LiveBench.Backtest(stores, run);
        output.WriteLine(FormattableString.Invariant($"{symbol}: {verification.Compared} events, {result.State.Decisions} decisions, {result.Metrics.OrdersPlaced} orders, {result.Metrics.Fills} fills"));
        var divergence = RunDiff.Diverge(run, backtest);
        Assert.True(divergence is null, divergence is null ? "" : $"{Around(run, divergence.First)}\nagainst\n{Around(backtest, divergence.Second)}");
        Assert.Equal(StateHash.Of(result.State), verification.StateHash);
        Assert.True(result.Metrics.OrdersPlaced > 5, $"{result.Metrics.OrdersPlaced} orders");
        Assert.True(result.Metrics.Fills >= leastFills, $"{result.Metrics.Fills} fills were compared");
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

    private static Task<CaptureBench> StartAsync(string symbol, int minutes, Func<VenueOptions, VenueOptions> change) => CaptureBench.StartAsync(symbol, "max", change: o =>
    {
        using var first = o.Symbols[0].Days[0]();
        Assert.True(first.Read(out var header, out _));
        return change(o with { Lockstep = true, Symbols = [o.Symbols[0] with { To = header.ReceiveTime + (minutes * 60_000_000_000L) }] });
    });

    private static async Task<(StoredRun Run, StoreSet Stores)> TradeAsync(
        CaptureBench bench, string symbol, Func<EventSourcedMM.Domain.Configuration.StrategyConfiguration, EventSourcedMM.Domain.Configuration.StrategyConfiguration>? strategy = null)
    {
        var keys = ApiKeys.Of("simulated", "simulated");
        var live = await LiveBench.TradeAsync(
            bench,
            symbol,
            _ => false,
            change: o => o with { Strategies = o.Strategies.ToDictionary(s => s.Key, s => strategy?.Invoke(s.Value) ?? s.Value), Mode = LiveMode.Testnet, Lockstep = true, Gateway = clock => LiveChecks.Gateway(bench.Endpoint, keys, clock, lockstep: true) });
        Assert.Null(live.Symbols[0].Failure);
        Assert.True(live.Symbols[0].Hash != default, $"nothing was traded: {live.Report.Reason}");
        var stores = new StoreSet(bench.Store);
        return (new RunFinder(stores).Find(live.Run), stores);
    }
}
