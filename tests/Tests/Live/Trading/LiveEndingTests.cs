using System.CommandLine;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>How a live run ends when its engine stops itself, when its position is to be closed, and what it leaves to the next one.</summary>
public sealed class LiveEndingTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task BrokenInvariant_AtAVenue_CancelsThenEndsTheRunAndIsFoundAgain()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var session = await LiveVenueFailureTests.StartAsync(bench, "NEXOUSDT", g => g);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        var symbol = session.Symbols[0];
        lock (symbol.Gate)
        {
            // The venue says that more filled than there was.
            var order = symbol.State.Orders.Span[0];
            symbol.OnAccount(new GatewayEvent<OrderFilled>(
                new OrderFilled { OrderId = order.OrderId, TradeId = 999_999_999, Side = order.Side, Price = order.Price, Quantity = order.Remaining * 2, Remaining = 0, Rule = FillRule.Venue, CommissionAsset = FeeAsset.Quote },
                0, symbol.State.Now, 0));
        }

        var report = await running;
        Assert.True(symbol.IsBroken);
        Assert.Contains("is impossible", report.Reason, StringComparison.Ordinal);
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        Assert.True(session.Cancelled[0].Confirmed, session.Cancelled[0].Detail);
        var end = LiveVenueFailureTests.EndOf(bench.Store, symbol.Stream);
        Assert.StartsWith(RunEnded.StoppedItself, end, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT", end, StringComparison.Ordinal);

        // The ends of its orders are in the journal behind the event that stopped it, and nothing decided.
        var types = Types(bench.Store, symbol.Stream);
        var after = types[(types.IndexOf(EventType.OrderFilled) + 1)..];
        Assert.Contains(after, t => t is EventType.OrderCancelled or EventType.OrderExpired);
        Assert.DoesNotContain(after, t => t is EventType.OrderSubmitted or EventType.QuoteDecided or EventType.TimerFired or EventType.Marked);
        AssertIdentical(bench.Store, session.Run);
        Assert.Null(LiveRunsUnfinished(bench.Store));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Flatten_AtAVenue_CancelsConfirmsAndClosesThePosition()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true, Queue = QueueModel.Optimistic });
        var clock = await EventSourcedMM.Live.Connections.SimulatedClock.OfAsync(bench.Endpoint, default);
        using var session = await LiveSession.StartAsync(Eager(LiveVenueFailureTests.Options(bench, "NEXOUSDT", bench.Endpoint)), bench.Store, clock, _ => { }, default);
        await FlattenAsync(session);
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        var state = session.Symbols[0].State;
        var account = (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0];
        var held = account.GetProperty("balances").EnumerateArray().Where(b => b.GetProperty("asset").GetString() == "NEXO").Sum(b => Number(b.GetProperty("free").GetString()!) + Number(b.GetProperty("locked").GetString()!));
        Assert.Equal(1_000 + Number(state.Instrument!.FormatQuantity(state.Ledger.Position)), held);
        AssertFlattened(bench.Store, session);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Flatten_OnPaper_TakesWhatIsDisplayed()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        var clock = await EventSourcedMM.Live.Connections.SimulatedClock.OfAsync(bench.Endpoint, default);
        using var session = await LiveSession.StartAsync(Eager(LiveBench.Options(bench, "NEXOUSDT")) with { Queue = QueueModel.Optimistic, FlattenOnKill = true }, bench.Store, clock, _ => { }, default);
        await FlattenAsync(session, KillOrder.AsConfigured);
        AssertFlattened(bench.Store, session);
        var stores = new StoreSet(bench.Store);
        var fill = Fills(bench.Store, session.Symbols[0].Stream).Last();
        Assert.Equal(FillRule.Taken, fill.Rule);
        var explained = new EventSourcedMM.Replay.Explain.Explainer(stores, new RunFinder(stores).Find(session.Run)).Fill(fill.TradeId);
        Assert.Contains("taken from the book", explained.Headline, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kill_EndsThatTheVenueDoesNotTell_AreSaidInTheLastEvent()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        LiveVenueFailureTests.BrokenGateway? gateway = null;
        var options = LiveVenueFailureTests.Options(bench, "NEXOUSDT", bench.Endpoint);
        var make = options.Gateway!;
        var clock = await EventSourcedMM.Live.Connections.SimulatedClock.OfAsync(bench.Endpoint, default);
        using var session = await LiveSession.StartAsync(
            options with { Gateway = c => gateway = new LiveVenueFailureTests.BrokenGateway(make(c)), CancelPatience = TimeSpan.FromSeconds(2) }, bench.Store, clock, _ => { }, default);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        gateway!.IsDeaf = true;
        await session.KillAsync("the test", KillOrder.Flatten);
        await running;
        Assert.True(session.Cancelled[0].Confirmed, session.Cancelled[0].Detail);
        Assert.Contains("without an end", Assert.Single(session.Unsettled), StringComparison.Ordinal);
        var end = LiveVenueFailureTests.EndOf(bench.Store, session.Symbols[0].Stream);
        Assert.Contains("the venue has NOT told how these ended", end, StringComparison.Ordinal);
        Assert.Contains("the position was NOT closed", end, StringComparison.Ordinal);
        Assert.True(session.IsNotFlat);
        AssertIdentical(bench.Store, session.Run);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Run_OfTheSameDay_CarriesOnTheDaysLossAndItsFallFromThePeak()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        LiveOptions Change(LiveOptions o) => Eager(o) with { Queue = QueueModel.Optimistic };
        var first = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Look(x => x.State.Risk.DayPnl != 0 && x.State.Risk.Drawdown > 0)[0], s => s.Kill("the test"), Change);
        var stores = new StoreSet(bench.Store);
        var before = RunExecution.Execute(stores, new RunFinder(stores).Find(first.Run)).Result.State.Risk;
        LiveRunEnded? second = null;
        await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Look(x => x.State.Running && x.State.Ledger.Fills > 0)[0], s => second = new LiveRunEnded(s.Run, s.Symbols[0].Started), Change);
        Assert.Equal((before.DayPnl, before.Drawdown), (second!.Started.CarriedDayPnl, second.Started.CarriedDrawdown));
        AssertIdentical(bench.Store, second.Run);
        var run = new RunFinder(stores).Find(second.Run);
        Assert.Null(RunDiff.Diverge(run, LiveBench.Backtest(stores, run).Run));

        // A process that died between a run's last event and its seal left a run that neither goes on nor trades again.
        var events = Types(bench.Store, run.Name).Count;
        Unseal(bench.Store, run.Name);
        var third = await LiveBench.TradeAsync(bench, "NEXOUSDT", _ => false, change: Change);
        Assert.Equal((second.Run, null), (third.Run, third.Symbols[0].Failure));
        Assert.NotNull(bench.Store.ReadManifest(run.Name));
        Assert.Equal(events, Types(bench.Store, run.Name).Count);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Restart_FromAKeptState_IsTheFoldFromZero()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        LiveOptions Change(LiveOptions o) => Eager(o) with { Queue = QueueModel.Optimistic, SnapshotInterval = 150 };
        using var died = new TempFolder();
        await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Look(x => x.Events > 1_500 && x.State.Ledger.Fills > 3)[0] && Kept(bench.Store.Root).Length > 0, s => LiveVenueFailureTests.CopyWhileItRuns(bench, s, died), Change);

        var notes = new List<string>();
        var (whole, from) = await RestoredAsync(bench, died, Change, _ => { }, notes);
        Assert.True(from > 0, "no kept state was used: " + string.Join("; ", notes));
        var (zero, none) = await RestoredAsync(bench, died, Change, folder => Array.ForEach(Kept(folder), File.Delete), notes);
        Assert.Equal((0L, zero), (none, whole));
        var (damaged, older) = await RestoredAsync(bench, died, Change, folder => Array.ForEach(Kept(folder), Damage), notes);
        Assert.Equal((0L, zero), (older, damaged));
        Assert.Contains(notes, n => n.Contains("was passed over", StringComparison.Ordinal));

        static string[] Kept(string root) => Directory.GetFiles(Path.Combine(root, "run"), "*.snap", SearchOption.AllDirectories);

        // A byte of the state, with a right checksum: only the hash of the state tells.
        static void Damage(string file)
        {
            var bytes = File.ReadAllBytes(file);
            bytes[^40] ^= 1;
            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Restart_OnPaperAfterAnotherProcessRecorded_DoesNotTradeThoseHours()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        using var died = new TempFolder();
        await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Look(x => x.Events > 200)[0], s => LiveVenueFailureTests.CopyWhileItRuns(bench, s, died));
        await using var store = LiveVenueFailureTests.Store(died);
        var clock = await EventSourcedMM.Live.Connections.SimulatedClock.OfAsync(bench.Endpoint, default);
        using (var capture = await EventSourcedMM.Live.Capturing.CaptureSession.StartAsync(LiveBench.Options(bench, "NEXOUSDT").Capture, store, clock, _ => { }, default))
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await capture.RunAsync(() => "enough", stop.Token);
        }

        var refused = await Assert.ThrowsAsync<LiveRunException>(() => LiveSession.StartAsync(LiveBench.Options(bench, "NEXOUSDT"), store, clock, _ => { }, default));
        Assert.Contains("was recorded by another process after run", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Marker_KeepsWhatEarlierProcessesOfTheRunSaid()
    {
        using var folder = new TempFolder();
        var store = new JournalStore(folder, TimeProvider.System);
        using (var marker = RunMarker.Hold(store, "real-1", "https://api.binance.com"))
        {
            marker.Trades(42);
            marker.Records("first");
        }

        using (var again = RunMarker.Hold(store, "real-1", "https://api.binance.com"))
        {
            again.Records("second");
            again.Records("second");
            Assert.Equal(("https://api.binance.com", 42L), (again.Said.Endpoint, again.Said.Account));
        }

        Assert.Equal(["first", "second"], RunMarker.Read(store, "real-1").Recordings);
    }

    [Fact]
    public void Names_OfRunsThatBeginInTheSameSecond_Differ()
    {
        var names = Enumerable.Range(0, 50).Select(_ => LiveRuns.NewName(LiveMode.Real, 1_700_000_000_000_000_000)).ToHashSet();
        Assert.True(names.Count > 48, $"{names.Count} names");
        Assert.All(names, n => Assert.StartsWith("real-20231114T221320Z-", n, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Session_OnPaper_EndsAtItsEndAndCanBeForked()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        var clock = await EventSourcedMM.Live.Connections.SimulatedClock.OfAsync(bench.Endpoint, default);
        var end = clock.Now + (20 * 60_000_000_000L);
        LiveOptions Change(LiveOptions o) => o with
        {
            SessionEnd = end,
            Strategies = o.Strategies.ToDictionary(s => s.Key, s => s.Value.With("horizon_mode", "session").With("session_stop_seconds", "60")),
        };
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", _ => false, change: Change);
        Assert.Equal("the session is over", live.Report.Reason);
        var stores = new StoreSet(bench.Store);
        var run = new RunFinder(stores).Find(live.Run);
        Assert.Equal(end, run.Started.WindowEnd);
        Assert.Contains(EventSourcedMM.Domain.Quoting.StopReason.SessionOver, LiveVenueFailureTests.Stops(run));
        AssertIdentical(bench.Store, live.Run);

        // Until the fork it is the run; from there on it goes its own way, and verifies.
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = new RootCommand { ForkCommand.Create() }.Parse(["fork", live.Run, "--seq", "400", "--set", "gamma=5", "--store", bench.Store.Root, "--json"])
            .Invoke(new InvocationConfiguration { Output = output, Error = error });
        Assert.True(code == 0, error.ToString());
        var child = stores.List("run/").Select(s => s.Name).Single(n => n.Parts[1].StartsWith("backtest-", StringComparison.Ordinal));
        var fork = new RunFinder(stores).Find(child.Parts[1]);
        Assert.Equal((live.Run, 400L), (fork.Started.Parent, fork.Started.ParentSequence));
        Assert.True(RunDiff.Diverge(run, fork)!.Sequence > 400);
        AssertIdentical(bench.Store, child.Parts[1]);
    }

    // Quotes at the best prices, so that it soon holds something.
    internal static LiveOptions Eager(LiveOptions options) => options with
    {
        Strategies = options.Strategies.ToDictionary(s => s.Key, s => Eager(s.Value)),
    };

    internal static StrategyConfiguration Eager(StrategyConfiguration of) => of
        .With("gamma", "0.000001").With("k", "1000000").With("order_size", "20").With("max_inventory", "500").With("inventory_threshold", "400")
        .With("volatility_window", "30").With("volatility_lag", "1").With("volatility_warmup", "5").With("min_half_spread", "0");

    private static async Task FlattenAsync(LiveSession session, KillOrder order = KillOrder.Flatten)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Ledger.Position != 0 && !Engine.IsFlat(s.State) && s.State.Orders.Count > 0 && Math.Abs(s.State.Ledger.Position) > 10 * s.State.Instrument!.MinQuantity)[0]);
        await session.KillAsync("the test", order);
        await running;
        Assert.Null(session.Symbols[0].Failure);
    }

    private static void AssertFlattened(JournalStore store, LiveSession session)
    {
        var (symbol, state) = (session.Symbols[0], session.Symbols[0].State);
        Assert.True(Engine.IsFlat(state), $"{state.Ledger.Position} is left");
        Assert.False(session.IsNotFlat);
        var end = LiveVenueFailureTests.EndOf(store, symbol.Stream);
        Assert.StartsWith("kill switch: the test", end, StringComparison.Ordinal);
        Assert.Equal(state.Ledger.Position != 0, end.Contains("are left, less than the venue takes", StringComparison.Ordinal));

        // First everything is cancelled; the order that takes comes after the second word of the switch.
        var types = Types(store, symbol.Stream);
        var (first, last) = (types.IndexOf(EventType.KillSwitchPulled), types.LastIndexOf(EventType.KillSwitchPulled));
        Assert.DoesNotContain(EventType.OrderSubmitted, types[first..last]);
        if (last > first)
        {
            // Otherwise what rested filled just before, and nothing was left to be closed.
            Assert.Contains(EventType.OrderFilled, types[last..]);
        }

        AssertIdentical(store, session.Run);
    }

    // What a restart finds, in words: everything that a later decision, figure or answer may depend on.
    private static async Task<(string Found, long From)> RestoredAsync(CaptureBench bench, string died, Func<LiveOptions, LiveOptions> change, Action<string> before, List<string> notes)
    {
        using var copy = new TempFolder();
        foreach (var file in Directory.GetFiles(died, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(died, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        before(copy);
        await using var store = LiveVenueFailureTests.Store(copy);
        var clock = await EventSourcedMM.Live.Connections.SimulatedClock.OfAsync(bench.Endpoint, default);
        using var session = await LiveSession.StartAsync(change(LiveBench.Options(bench, "NEXOUSDT")), store, clock, _ => { }, default);
        var symbol = session.Symbols[0];
        notes.AddRange(symbol.Notes);
        var figures = string.Join(' ', EventSourcedMM.Cli.Live.LiveRunHeader.Notes(new FinishedSymbol(symbol.Started, symbol.State, symbol.Metrics)));
        var found = FormattableString.Invariant($"{symbol.Events} {symbol.NextTimer} {symbol.Floor} {StateHash.Of(symbol.State)} {symbol.State.Ledger.State} {symbol.Halts.Count} {symbol.Metrics.Marks.Count} {symbol.Metrics.Fills} {figures} {symbol.State.Orders.Count}");
        return (found, symbol.RestoredFrom);
    }

    // The stream as its writer leaves it that dies before it is sealed.
    private static void Unseal(JournalStore store, StreamName stream)
    {
        var batch = new EventSourcedMM.Stores.EventBatch();
        using (var source = store.OpenSource(stream))
        {
            while (source.Read(out var header, out var payload))
            {
                batch.Add(header, payload);
            }
        }

        Directory.Delete(Path.Combine(store.Root, stream.Value), recursive: true);
        using var writer = store.OpenWriter(stream, EventSourcedMM.Stores.Durability.OnClose);
        writer.Append(batch);
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static (string, IReadOnlyDictionary<string, RecordedRun>)? LiveRunsUnfinished(JournalStore store) => LiveRuns.Unfinished(store, LiveMode.Testnet);

    private static void AssertIdentical(JournalStore store, string run)
    {
        var stores = new StoreSet(store);
        var verification = new RunVerifier(stores).Verify(new RunFinder(stores).Locate(run));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
    }

    private static List<EventType> Types(JournalStore store, StreamName stream)
    {
        var types = new List<EventType>();
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out _))
        {
            types.Add(header.Type);
        }

        return types;
    }

    private static List<OrderFilled> Fills(JournalStore store, StreamName stream)
    {
        var fills = new List<OrderFilled>();
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == EventType.OrderFilled)
            {
                fills.Add(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderFilled>(payload, new EventSourcedMM.Domain.Canonical.LevelArena()));
            }
        }

        return fills;
    }

    private sealed record LiveRunEnded(string Run, RunStarted Started);
}
