using EventSourcedMM.Stores;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>Live on paper and the backtest of what it recorded are the same machine: the same events, byte for byte, at any speed.</summary>
public sealed class PaperParityTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("NEXOUSDT", 100)]
    [InlineData("BTCUSDT", 0)]
    public async Task Paper_WholeDayAtFullSpeed_IsTheBacktestOfWhatItRecorded(string symbol, long fills)
    {
        await using var bench = await CaptureBench.StartAsync(symbol, "max");
        var end = CaptureBench.Fold(CaptureBench.BundledStore, CaptureBench.BundledDays(symbol)).Tracker.LastUpdateId;
        var live = await LiveBench.TradeAsync(bench, symbol, s => bench.Venue.Ended.IsCompleted && s.Capture.Status().Symbols[0].LastUpdateId == end);
        AssertParity(bench, live, symbol);
        Assert.True(live.Symbols[0].Fills >= fills, $"{live.Symbols[0].Fills} fills");
        Assert.Equal(0, live.Report.HoleCount);
    }

    // The clock fires timers between messages here, connections break and are lost, snapshots come late.
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("NEXOUSDT", "900", "", 1)]
    [InlineData("NEXOUSDT", "600", "storm", 5)]
    [InlineData("BTCUSDT,NEXOUSDT", "60", "storm", 6)]
    public async Task Paper_ByTheClockAndWithFaults_IsTheBacktestOfWhatItRecorded(string symbols, string speed, string faults, ulong seed)
    {
        await using var bench = await CaptureBench.StartAsync(symbols, speed, faults.Length > 0 ? faults : null, seed, o => o with { Align = true, Repeat = true });
        var began = System.Diagnostics.Stopwatch.StartNew();
        var live = await LiveBench.TradeAsync(bench, symbols, s => began.Elapsed > TimeSpan.FromSeconds(3) && s.Symbols.All(x => x.State.Decisions > 3));
        foreach (var symbol in symbols.Split(','))
        {
            AssertParity(bench, live, symbol);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Diff_OneDecisionChangedByATick_NamesThatEvent()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max");
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Symbols[0].State.Decisions > 40);
        var stores = new StoreSet(bench.Store);
        var run = new RunFinder(stores).Find(live.Run);
        var (backtest, _) = LiveBench.Backtest(stores, run);
        var sequence = Sequences(run, EventType.QuoteDecided).ElementAt(20);
        using var folder = new TempFolder();
        await using var other = new JournalStore(folder, TimeProvider.System);
        var forged = LiveBench.Forge<QuoteDecided>(other, run, sequence, d => d with { Bids = new LevelList([new Level(d.Bids.Span[0].Price + 100_000, d.Bids.Span[0].Quantity)], 0, 1) });

        var divergence = RunDiff.Diverge(forged, backtest);
        Assert.Equal((sequence, EventType.QuoteDecided, EventType.QuoteDecided), (divergence!.Sequence, divergence.First!.Header.Type, divergence.Second!.Header.Type));
        var executed = RunExecution.Execute(new StoreSet(other, bench.Store), forged);
        Assert.Equal(sequence, executed.Difference!.Sequence);
    }

    // Quotes at the best prices, so that the first minutes have fills.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Certificate_OfARunOnPaper_HoldsWithTheEventsAndWithoutAndTamperingIsFound()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Symbols = [o.Symbols[0] with { To = 1_721_752_000_000_000_000 }] });
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => bench.Venue.Ended.IsCompleted && s.Symbols[0].Metrics.Fills > 0, change: o => LiveEndingTests.Eager(o) with { Queue = QueueModel.Optimistic });
        var stores = new StoreSet(bench.Store);
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var run = new RunFinder(stores).Find(live.Run);
        LiveAudit.AssertTamperingIsFound(stores, run, key, LiveAudit.AssertCertified(stores, run, key));
    }

    // A writer and a reader that really race; GrowingRunTests has every order of the two without a race.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Verify_RunThatStillGoesOn_IsIdenticalSoFar()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300");
        Verification? meanwhile = null;
        await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Symbols[0].State.Decisions > 5 && Stored(bench, s.Run) > 200, s => meanwhile = new RunVerifier(new StoreSet(bench.Store)).Verify(new RunFinder(new StoreSet(bench.Store)).Locate(s.Run)));
        Assert.True(meanwhile!.Identical, string.Join("; ", meanwhile.Damage) + meanwhile.Difference);
        Assert.True(meanwhile.Compared > 200, $"{meanwhile.Compared} events compared");
        Assert.Contains(meanwhile.Notes, n => n.Contains("has not ended", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kill_WhileQuoting_CancelsEverythingAndEndsTheRun()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "600");
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Symbols[0].State.Orders.Count == 2, s => s.Kill("the test"));
        Assert.Equal("kill switch: the test", live.Report.Reason);
        var stores = new StoreSet(bench.Store);
        var run = new RunFinder(stores).Find(live.Run);
        var types = new List<EventType>();
        using (var source = new UpcastSource(run.Store.OpenSource(run.Name)))
        {
            while (source.Read(out var header, out _))
            {
                types.Add(header.Type);
            }
        }

        var kill = types.IndexOf(EventType.KillSwitchPulled);
        Assert.Equal(
            [
                EventType.QuotingStopped, EventType.OrderCancelRequested, EventType.OrderCancelRequested, EventType.OrderCancelled, EventType.OrderCancelled,
                EventType.VenueHashed, EventType.Marked, EventType.RunEnded,
            ],
            types[(kill + 1)..]);
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
        Assert.Equal(types.Count, verification.Compared);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task StopLoss_OfTheDay_OutlivesItsRun()
    {
        // The recording is cut before midnight UTC, so the day that lost is the day that it ends in.
        var midnight = new DateTimeOffset(2024, 7, 24, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Symbols = [o.Symbols[0] with { To = midnight - 3_600_000_000_000 }] });
        static LiveOptions Tight(LiveOptions o) => o with { Strategies = o.Strategies.ToDictionary(s => s.Key, s => s.Value.With("stop_loss", "0.01")) };
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Symbols[0].Halts.Count > 0, change: Tight);
        var refused = await Assert.ThrowsAsync<LiveRunException>(() => LiveBench.TradeAsync(bench, "NEXOUSDT", _ => true, change: o => Tight(o) with { StartAnew = true }));
        Assert.Contains(live.Run, refused.Message, StringComparison.Ordinal);
    }

    private void AssertParity(CaptureBench bench, LiveResult live, string symbol)
    {
        Assert.Null(live.Symbols.Single(s => s.Symbol == symbol).Failure);
        var stores = new StoreSet(bench.Store);
        var run = new RunFinder(stores).Find($"{live.Run}/{symbol}");
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
        Assert.Equal(run.Store.FindAsync(run.Name).AsTask().Result!.Version, verification.Compared);

        var (backtest, result) = LiveBench.Backtest(stores, run);
        Assert.Null(RunDiff.Diverge(run, backtest));
        Assert.Equal(live.Symbols.Single(s => s.Symbol == symbol).Hash, StateHash.Of(result.State));
        Assert.True(result.State.Decisions > 3, $"{result.State.Decisions} decisions");
        output.WriteLine(FormattableString.Invariant($"{symbol}: {verification.Compared} events, {result.State.Decisions} decisions, {result.Metrics.Fills} fills, {live.Report.Losses} losses, {live.Report.HoleCount} holes, state {StateHash.Of(result.State)}"));
    }

    private static long Stored(CaptureBench bench, string run)
    {
        var name = StreamName.Run(run, "NEXOUSDT");
        return bench.Store.FindAsync(name).AsTask().Result?.Version ?? 0;
    }

    private static IEnumerable<long> Sequences(StoredRun run, EventType type)
    {
        using var source = new UpcastSource(run.Store.OpenSource(run.Name));
        while (source.Read(out var header, out _))
        {
            if (header.Type == type)
            {
                yield return header.Sequence;
            }
        }
    }
}
