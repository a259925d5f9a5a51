using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Gateway;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Trading.Storm;

/// <summary>
/// A live run on an account of a venue in a storm: it trades, its process dies as many times as its seed says, it goes on, it ends in the orderly
/// way, and then engine and venue are compared to the last digit. A death is what kill -9 leaves: the store's files as they are between two
/// writes, with everything that was still in memory lost, and sockets that break.
/// </summary>
internal sealed class StormSession(GatewayBench bench, int account, int seed) : IDisposable
{
    private const int LeastOrders = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(2);
    private readonly Random random = new(seed);
    private readonly List<TempFolder> folders = [];
    private readonly List<string> notes = [];

    public int Restarts { get; private set; }

    /// <summary>Starts that the storm refused.</summary>
    public int Refused { get; private set; }

    public Dictionary<EventType, long> Counts { get; } = [];

    /// <summary>What it is at.</summary>
    public string Phase { get; private set; } = "";

    public string Describe() => string.Join('\n', notes);

    /// <summary>The whole session.</summary>
    /// <param name="kills">How often its process dies.</param>
    public async Task RunAsync(int kills)
    {
        using var patience = new CancellationTokenSource(Longest);
        Phase = "asking for balances";
        var before = await bench.BalancesAsync(account);
        var folder = Folder();
        var events = 0L;
        for (var life = 0; life < kills; life++)
        {
            (folder, events) = await LiveAndDieAsync(folder, events + random.Next(40, 300), patience.Token);
            Restarts++;
        }

        await using var store = Store(folder);
        var (session, gateway) = await StartAsync(store, patience.Token);
        using (session)
        {
            // The journal counts what the lives before had, too.
            await TradeAsync(session, s => Placed(s) >= LeastOrders && s.State.Orders.Count > 0, patience.Token, gateway);
        }

        Phase = "comparing";
        await CompareAsync(store, session, before);
    }

    public void Dispose() => folders.ForEach(f => f.Dispose());

    // Until so many events of the run are there. With its symbol's gate held nothing is half done that a process does in one go.
    private async Task<(TempFolder Left, long Events)> LiveAndDieAsync(TempFolder folder, long events, CancellationToken ct)
    {
        await using var store = Store(folder);
        var (session, gateway) = await StartAsync(store, ct);
        using (session)
        {
            using var stop = new CancellationTokenSource();
            var running = session.RunAsync(() => "killed", stop.Token);
            Phase = $"trading until killed, restart {Restarts}";
            try
            {
                var symbol = session.Symbols[0];
                while (!running.IsCompleted && session.Look(s => s.Events < events)[0] && !ct.IsCancellationRequested)
                {
                    await Task.Delay(1, CancellationToken.None);
                }

                Assert.False(running.IsCompleted, $"the run ended by itself: {symbol.Failure}");
                Assert.False(ct.IsCancellationRequested, $"only {symbol.Events} of {events} events were made: {symbol.State.Stop.Reason}, book {symbol.State.Tracker.State}, {gateway.Describe()}");

                // Some die with a request under way, some long after the last one.
                await Task.Delay(random.Next(0, 6), CancellationToken.None);
                var left = Folder();
                long had;
                lock (symbol.Gate)
                {
                    gateway.Stun();
                    had = symbol.Events;
                    Copy(store.Root, left);
                }

                await using (var remains = Store(left))
                {
                    RunMarker.Hold(remains, session.Run, bench.Endpoint.Rest.GetLeftPart(UriPartial.Authority)).Dispose();
                }

                return (left, had);
            }
            finally
            {
                // What the dead one still does goes nowhere: its sockets are cut, its files are not those that the next one finds.
                Phase = $"dying, restart {Restarts}";
                gateway.Stun();
                await gateway.DieAsync().WaitAsync(Farewell, CancellationToken.None);
                await stop.CancelAsync();
                await running.WaitAsync(Farewell, CancellationToken.None);
            }
        }
    }

    private async Task TradeAsync(LiveSession session, Func<LiveSymbol, bool> enough, CancellationToken ct, MortalGateway gateway)
    {
        using var stop = new CancellationTokenSource();
        Phase = "trading to the end";
        var running = session.RunAsync(() => "the storm is over", stop.Token);
        while (!running.IsCompleted && !session.Look(enough)[0] && !ct.IsCancellationRequested)
        {
            await Task.Delay(5, CancellationToken.None);
        }

        Assert.False(ct.IsCancellationRequested, $"the session does not come to trade: {session.Symbols[0].Events} events, {Placed(session.Symbols[0])} orders, {session.Symbols[0].State.Stop.Reason}, book {session.Symbols[0].State.Tracker.State}, {gateway.Describe()}");
        Phase = "ending";
        await stop.CancelAsync();
        await running.WaitAsync(Farewell, CancellationToken.None);
        Assert.Null(session.Symbols[0].Failure);
        Assert.All(session.Cancelled, o => Assert.True(o.Confirmed, o.Detail));
        Assert.True(session.Unsettled.Count == 0, string.Join("; ", session.Unsettled));
    }

    private static long Placed(LiveSymbol symbol) => symbol.Metrics.OrdersPlaced;

    // The storm refuses a start now and then, as it would refuse a service's, which is started again.
    private async Task<(LiveSession Session, MortalGateway Gateway)> StartAsync(JournalStore store, CancellationToken ct)
    {
        while (true)
        {
            Phase = $"starting, restart {Restarts}, {Refused} refused";
            MortalGateway? gateway = null;
            try
            {
                var clock = await SimulatedClock.OfAsync(bench.Endpoint, ct);
                var options = new LiveOptions
                {
                    Mode = LiveMode.Testnet,
                    Capture = new() { Symbols = [bench.Instrument.Symbol], Endpoint = bench.Endpoint },
                    Strategies = new Dictionary<string, StrategyConfiguration> { [bench.Instrument.Symbol] = Strategy() },
                    Gateway = c => gateway = new MortalGateway(new OrderGateway(bench.Endpoint, GatewayBench.Keys(account), c, new GatewayOptions
                    {
                        Weight = new RequestBudget(100_000_000),
                        ReconciliationInterval = TimeSpan.FromSeconds(60),
                        KeepQueue = account % 2 == 0,
                        CombineReplacements = account % 4 < 3,
                    })),
                    Header = EventSourcedMM.Cli.Live.LiveRunHeader.Of,
                    EngineVersion = EventSourcedMM.Replay.Backtest.RunHeader.EngineVersion,
                    Notes = EventSourcedMM.Cli.Live.LiveRunHeader.Notes,
                };
                return (await LiveSession.StartAsync(options, store, clock, notes.Add, ct), gateway!);
            }
            catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException && !ct.IsCancellationRequested)
            {
                Refused++;
                notes.Add(e.Message);
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    // Close to the market, warm at once, without limits that would end the trading of a storm.
    private StrategyConfiguration Strategy() => LiveBench.Shipped(bench.Instrument.Symbol)
        .With("volatility_warmup", "10").With("volatility_window", "60").With("min_half_spread", seed % 3 == 0 ? "0" : "0.0006")
        .With("levels", seed % 5 == 0 ? "2" : "1").With("requote_ticks", "1").With("stop_loss", "0").With("max_drawdown", "0").With("max_notional", "5000");

    private async Task CompareAsync(JournalStore store, LiveSession session, Dictionary<string, decimal> before)
    {
        var stores = new StoreSet(store);
        var located = new RunFinder(stores).Locate(session.Run);
        var trades = new List<long>();
        using (var source = new UpcastSource(located.Store.OpenSource(located.Name)))
        {
            while (source.Read(out var header, out var payload))
            {
                Counts[header.Type] = Counts.GetValueOrDefault(header.Type) + 1;
                if (header.Type == EventType.OrderFilled)
                {
                    trades.Add(PayloadBytes.Read<OrderFilled>(payload, new LevelArena()).TradeId);
                }
            }
        }

        var (instrument, state) = (bench.Instrument, session.Symbols[0].State);
        Assert.Equal(0, state.Orders.Count);
        Assert.Equal(0, (await bench.AskAsync(account, VenueMethod.OpenOrders)).GetArrayLength());
        var told = await bench.AskAsync(account, VenueMethod.Trades, new RequestParameters().Add("symbol", instrument.Symbol).Add("limit", 1_000));
        if (!told.EnumerateArray().Select(t => t.GetProperty("id").GetInt64()).Order().SequenceEqual(trades.Order()))
        {
            Assert.Fail($"The journal has the fills {string.Join(", ", trades)}; the venue tells {told.GetRawText()}.\nThe journal:\n{string.Join('\n', Lines(located))}");
        }

        var after = await bench.BalancesAsync(account);
        Assert.Equal(after[instrument.BaseAsset], before[instrument.BaseAsset] + Number(instrument.FormatQuantity(state.Ledger.Position)));
        Assert.Equal(after[instrument.QuoteAsset], before[instrument.QuoteAsset] + Number(instrument.FormatMoney(state.Ledger.Cash)));

        // What the journal says is what happened: executed again it is the same, deaths included.
        var verification = new RunVerifier(stores).Verify(located);
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
    }

    /// <summary>What a run's journal says of orders, fills, balances and connections, a line an event.</summary>
    internal static IEnumerable<string> Lines((IEventStore Store, StreamName Name) located)
    {
        var lines = new EventSourcedMM.Cli.Shell.EventLines();
        using var source = new UpcastSource(located.Store.OpenSource(located.Name));
        while (source.Read(out var header, out var payload))
        {
            if (header.Type is not (EventType.TimerFired or EventType.Marked or EventType.QuoteDecided or EventType.RunStarted))
            {
                yield return lines.Line(header, payload);
            }
        }
    }

    private static void Copy(string from, string to)
    {
        // The run first, then what it follows from: the files may grow meanwhile only by what a flush of the disk writes.
        foreach (var part in (string[])["run", "market"])
        {
            var root = Path.Combine(from, part);
            string[] files = Directory.Exists(root) ? Directory.GetFiles(root, "*", SearchOption.AllDirectories) : [];

            // The marks before the segments: a mark never promises what is not there.
            foreach (var file in files.Where(f => Path.GetFileName(f) != "writer.lock").OrderBy(f => Path.GetFileName(f) != "commit.mark"))
            {
                var target = Path.Combine(to, part, Path.GetRelativePath(root, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                using var written = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var copy = new FileStream(target, FileMode.Create);
                written.CopyTo(copy);
            }
        }
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private static JournalStore Store(TempFolder folder) => new(folder, TimeProvider.System, new JournalOptions { TornTail = TornTailPolicy.Accept });

    private TempFolder Folder()
    {
        folders.Add(new TempFolder());
        return folders[^1];
    }
}
