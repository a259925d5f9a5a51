using System.Threading.Channels;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections.Volatility;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>A run at a venue that is killed, fails, or cannot start again: what is left at the venue, and what the journal says of it.</summary>
public sealed class LiveVenueFailureTests
{
    private static readonly ApiKeys Keys = ApiKeys.Of("simulated", "simulated");

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Restart_StreamsOutOfReach_QuotesNothingOnTheBookOfTheDeadProcess()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var died = await DieWhileQuotingAsync(bench);
        await using var store = Store(died);
        var deaf = VenueEndpoint.Parse($"{bench.Endpoint.Name},ws://127.0.0.1:1,{bench.Endpoint.Name.Replace("http", "ws", StringComparison.Ordinal)}");
        var options = Options(bench, "NEXOUSDT", deaf);
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        using var session = await LiveSession.StartAsync(options, store, clock, _ => { }, default);
        Assert.True(session.GoesOn);
        var symbol = session.Symbols[0];
        var recovered = symbol.Recovered;
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);

        // The account is up, and timers ask for quotes all the time.
        await UntilAsync(() => session.Look(s => s.Events > recovered + 120)[0]);
        await stop.CancelAsync();
        await running;
        Assert.Null(symbol.Failure);
        var after = Events(store, symbol.Stream).Skip((int)recovered).ToArray();
        Assert.DoesNotContain(EventType.OrderSubmitted, after);
        Assert.Contains(EventType.TimerFired, after);
        Assert.Contains(EventType.ReconciliationClosed, after);
        Assert.Contains(EventType.ConnectionChanged, after);
        var verification = new RunVerifier(new StoreSet(store)).Verify(new RunFinder(new StoreSet(store)).Locate(session.Run));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kill_GateHeldByWhoeverHangs_CancelsAtTheVenueAllTheSame()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var session = await StartAsync(bench, "NEXOUSDT", g => g);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        using var let = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        var hanging = Task.Run(() =>
        {
            lock (session.Symbols[0].Gate)
            {
                held.Set();
                let.Wait();
            }
        });
        held.Wait();
        var killing = session.KillAsync("the test");
        await UntilAsync(() => session.Cancelled.Count > 0);
        Assert.False(killing.IsCompleted);
        Assert.Equal(0, await OpenOrdersAsync(bench));
        let.Set();
        await hanging;
        await running;
        Assert.True(session.Cancelled[0].Confirmed, session.Cancelled[0].Detail);
        Assert.Empty(session.Unsettled);
        Assert.Equal("kill switch: the test", EndOf(bench.Store, session.Symbols[0].Stream));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Failure_OfAnEngine_CancelsAtTheVenueBeforeAnythingIsSealed()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        var sealedBefore = true;
        using var session = await StartAsync(bench, "NEXOUSDT", g => new BrokenGateway(g) { AtSweep = () => sealedBefore = Sealed() });
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        var symbol = session.Symbols[0];
        lock (symbol.Gate)
        {
            symbol.Fail(new InvalidOperationException("the test breaks it"));
        }

        var report = await running;
        Assert.Equal("the test breaks it", report.Reason);
        Assert.Equal((false, true), (sealedBefore, Sealed()));
        Assert.Equal(0, await OpenOrdersAsync(bench));

        // It goes on at the next start: what the venue did meanwhile is asked for then.
        Assert.Null(bench.Store.ReadManifest(symbol.Stream));

        bool Sealed() => bench.Store.ListAsync("market/").ToBlockingEnumerable().Any(n => bench.Store.ReadManifest(n) is not null);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kill_GatewayThatFails_EndsTheRunAndSaysThatNothingIsConfirmed()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var session = await StartAsync(bench, "NEXOUSDT", g => new BrokenGateway(g) { CancelFails = true });
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        session.Kill("the test");
        await running;
        Assert.Equal((false, "the test breaks it"), (Assert.Single(session.Cancelled).Confirmed, session.Cancelled[0].Detail));
        Assert.Contains("NOT confirmed", EndOf(bench.Store, session.Symbols[0].Stream), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Restart_ThatCannotStart_CancelsWhatTheDeadProcessLeft()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var died = await DieWhileQuotingAsync(bench);
        await using var store = Store(died);
        BrokenGateway? gateway = null;
        var notes = new List<string>();
        var options = Options(bench, "NEXOUSDT", bench.Endpoint) with
        {
            Gateway = clock => gateway = new BrokenGateway(LiveChecks.Gateway(bench.Endpoint, Keys, clock, lockstep: false)) { OpenFails = true },
        };
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        var stream = StreamName.Run(LiveRuns.Unfinished(store, LiveMode.Testnet)!.Value.Name, "NEXOUSDT");
        var left = Events(store, stream).Count;
        await Assert.ThrowsAsync<InvalidOperationException>(() => LiveSession.StartAsync(options, store, clock, notes.Add, default));
        Assert.Equal("NEXOUSDT", Assert.Single(gateway!.Swept));
        Assert.Contains(notes, n => n.Contains("it is confirmed that none is left", StringComparison.Ordinal));

        // What the account told it is in the journal: the venue may say it in other words the next time.
        Assert.Contains(EventType.ReconciliationClosed, Events(store, stream).Skip(left));
        Assert.Empty(OpenOrders(store, stream));

        // At another venue nobody knows its orders.
        var elsewhere = await Assert.ThrowsAsync<LiveRunException>(() => LiveSession.StartAsync(
            Options(bench, "NEXOUSDT", VenueEndpoint.Parse("http://127.0.0.1:1")), store, clock, notes.Add, default));
        Assert.Contains($"its orders are at {bench.Endpoint.Name}", elsewhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KillFile_ThatCannotBeRead_IsPulled()
    {
        using var folder = new TempFolder();
        var store = new JournalStore(folder, TimeProvider.System);
        Assert.Null(KillFile.Read(store, "testnet-1"));
        Directory.CreateDirectory(KillFile.PathOf(store, "testnet-1"));
        Assert.Equal(KillOrder.AsConfigured, KillFile.Read(store, "testnet-1"));
    }

    [Fact]
    public void Marker_WhileItIsHeld_SaysThatAProcessRunsTheRun()
    {
        using var folder = new TempFolder();
        var store = new JournalStore(folder, TimeProvider.System);
        var marker = RunMarker.Hold(store, "testnet-1", "testnet");
        Assert.Equal(["testnet-1"], RunMarker.Running(store));
        var refused = Assert.Throws<RunningElsewhereException>(() => RunMarker.Hold(store, "testnet-1", "testnet"));
        Assert.Equal("A living process runs testnet-1, and one process runs a run: end it with mm kill testnet-1 before another one starts.", refused.Message);
        marker.Dispose();
        Assert.Empty(RunMarker.Running(store));
        Assert.Equal("testnet", RunMarker.Read(store, "testnet-1").Endpoint);
    }

    [Fact]
    public void Sigma_AfterAnOutage_IsNotWhatTheDeadBookSays()
    {
        var estimator = new VolatilityEstimator(window: 300, lag: 5, warmup: 60, stepSeconds: 1, priceFactor: 1, floor: 0);
        for (var i = 0; i < 400; i++)
        {
            estimator.Sample(2_000 + (i % 7));
        }

        var before = estimator.Variance;
        for (var i = 0; i < 600; i++)
        {
            estimator.Sample(2_000);
        }

        Assert.Equal((true, 0.0), (estimator.IsReady, estimator.Variance));
        estimator.Forget(600);
        Assert.False(estimator.IsReady);
        Assert.True(before > 0);
        estimator.Forget(long.MaxValue);
        Assert.Equal(0, estimator.Changes);
    }

    // A process copied in the middle of its work is one that was killed there: the run first, then the market events that it follows from.
    internal static async Task<TempFolder> DieWhileQuotingAsync(CaptureBench bench)
    {
        var copy = new TempFolder();
        using var session = await StartAsync(bench, "NEXOUSDT", g => g);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await UntilAsync(() => session.Look(s => s.State.Orders.Count > 0 && s.Events > 400)[0]);
        await Task.Delay(300);
        CopyWhileItRuns(bench, session, copy);
        await stop.CancelAsync();
        await running;
        return copy;
    }

    /// <summary>A store as a process leaves it that is killed now: the run first, then the market events that it follows from.</summary>
    internal static void CopyWhileItRuns(CaptureBench bench, LiveSession session, TempFolder copy)
    {
        foreach (var part in (string[])["run", "market"])
        {
            var from = Path.Combine(bench.Store.Root, part);
            foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "writer.lock"))
            {
                var to = Path.Combine(copy, part, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var target = new FileStream(to, FileMode.Create);
                source.CopyTo(target);
            }
        }

        using var marker = RunMarker.Hold(Store(copy), session.Run, bench.Endpoint.Name);
    }

    internal static JournalStore Store(TempFolder folder) => new(folder, TimeProvider.System, new JournalOptions { TornTail = TornTailPolicy.Accept });

    internal static LiveOptions Options(CaptureBench bench, string symbols, VenueEndpoint endpoint) => LiveBench.Options(bench, symbols) with
    {
        Mode = LiveMode.Testnet,
        Capture = new CaptureOptions { Symbols = symbols.Split(','), Endpoint = endpoint },
        Gateway = clock => LiveChecks.Gateway(endpoint, Keys, clock, lockstep: false),
    };

    internal static async Task<LiveSession> StartAsync(CaptureBench bench, string symbols, Func<IOrderGateway, IOrderGateway> wrap, Action<string>? note = null)
    {
        var options = Options(bench, symbols, bench.Endpoint);
        var make = options.Gateway!;
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        return await LiveSession.StartAsync(options with { Gateway = c => wrap(make(c)) }, bench.Store, clock, note ?? (_ => { }), default);
    }

    internal static async Task UntilAsync(Func<bool> true_)
    {
        using var most = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!true_())
        {
            await Task.Delay(20, most.Token);
        }
    }

    internal static async Task<int> OpenOrdersAsync(CaptureBench bench) =>
        (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0].GetProperty("openOrders").GetInt32();

    private static List<EventType> Events(JournalStore store, StreamName stream)
    {
        var types = new List<EventType>();
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out _))
        {
            types.Add(header.Type);
        }

        return types;
    }

    // Orders that the run's journal has without an end.
    private static HashSet<long> OpenOrders(JournalStore store, StreamName stream)
    {
        var open = new HashSet<long>();
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out var payload))
        {
            var arena = new EventSourcedMM.Domain.Canonical.LevelArena();
            switch (header.Type)
            {
                case EventType.OrderSubmitted:
                    open.Add(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderSubmitted>(payload, arena).OrderId);
                    break;
                case EventType.OrderRejected:
                    open.Remove(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderRejected>(payload, arena).OrderId);
                    break;
                case EventType.OrderCancelled:
                    open.Remove(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderCancelled>(payload, arena).OrderId);
                    break;
                case EventType.OrderExpired:
                    open.Remove(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderExpired>(payload, arena).OrderId);
                    break;
                case EventType.OrderFilled when EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderFilled>(payload, arena) is { Remaining: 0 } fill:
                    open.Remove(fill.OrderId);
                    break;
            }
        }

        return open;
    }

    internal static string EndOf(JournalStore store, StreamName stream)
    {
        var reason = "";
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out var payload))
        {
            reason = header.Type == EventType.RunEnded ? EventSourcedMM.Stores.Schemas.PayloadBytes.Read<RunEnded>(payload, new EventSourcedMM.Domain.Canonical.LevelArena()).Reason : reason;
        }

        return reason;
    }

    internal static List<EventSourcedMM.Domain.Quoting.StopReason> Stops(StoredRun run)
    {
        var stops = new List<EventSourcedMM.Domain.Quoting.StopReason>();
        using var source = new UpcastSource(run.Store.OpenSource(run.Name));
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == EventType.QuotingStopped)
            {
                stops.Add(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<QuotingStopped>(payload, new EventSourcedMM.Domain.Canonical.LevelArena()).Reason);
            }
        }

        return stops;
    }

    internal sealed class BrokenGateway(IOrderGateway inner) : IOrderGateway
    {
        public bool CancelFails { get; init; }

        public bool OpenFails { get; init; }

        public Action AtSweep { get; init; } = () => { };

        public List<string> Swept { get; } = [];

        public long Account => inner.Account;

        public GatewayBudgets Budgets => inner.Budgets;

        public GatewayTraffic Traffic => inner.Traffic;

        public ClockReading? ClockError => inner.ClockError;

        /// <summary>Once true, nothing that the account says is told any more.</summary>
        public bool IsDeaf { get; set; }

        public IOrderDesk AddDesk(DeskStart start) => new DeafDesk(inner.AddDesk(start), this);

        public async Task OpenAsync(CancellationToken ct)
        {
            await inner.OpenAsync(ct);
            if (OpenFails)
            {
                throw new InvalidOperationException("the test breaks it");
            }
        }

        public Task<CancelAllOutcome> CancelAllAsync(string symbol, CancellationToken ct)
        {
            Swept.Add(symbol);
            AtSweep();
            return CancelFails ? throw new InvalidOperationException("the test breaks it") : inner.CancelAllAsync(symbol, ct);
        }

        public Task CloseAsync(CancellationToken ct) => inner.CloseAsync(ct);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    // Passes on what the desk says, until its gateway is deaf: then it reads and says nothing.
    private sealed class DeafDesk : IOrderDesk
    {
        private readonly IOrderDesk inner;
        private readonly Channel<GatewayEvent> events = Channel.CreateUnbounded<GatewayEvent>();

        public DeafDesk(IOrderDesk inner, BrokenGateway gateway)
        {
            this.inner = inner;
            _ = Task.Run(async () =>
            {
                await foreach (var told in inner.Events.ReadAllAsync())
                {
                    if (!gateway.IsDeaf)
                    {
                        events.Writer.TryWrite(told);
                    }
                }

                events.Writer.Complete();
            });
        }

        public EventSourcedMM.Domain.Instruments.Instrument Instrument => inner.Instrument;

        public ChannelReader<GatewayEvent> Events => events.Reader;

        public int Unanswered => inner.Unanswered;

        public void Submit(ReadOnlySpan<GatewayRequest> requests) => inner.Submit(requests);

        public void Reconcile() => inner.Reconcile();

        public void AllowOrders() => inner.AllowOrders();
    }
}
