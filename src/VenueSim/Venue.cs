using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Control;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Streams;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim;

/// <summary>
/// A venue on this machine that speaks Binance's protocol over recorded days (docs/venue.md): REST under /api/v3, streams
/// under /ws and /stream, and a control endpoint under /sim. Its clock is recorded time, scaled.
/// </summary>
public sealed class Venue : IAsyncDisposable
{
    private readonly IReadOnlyList<SymbolMarket> markets;
    private readonly VenueLoop loop;
    private readonly ConnectionDesk desk;
    private readonly HttpFront front;
    private readonly Task running;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Venue(VenueOptions options, IReadOnlyList<SymbolMarket> markets, VenueClock clock, TimerQueue timers, FaultDirector faults)
    {
        this.markets = markets;
        var bySymbol = markets.ToDictionary(m => m.Symbol, StringComparer.Ordinal);
        var tally = new FrameTally();
        var lockstep = new LockstepDesk(clock, tally, options.Lockstep);
        var limits = new RateLimits(options.WeightLimit, options.OrderLimit);
        desk = new ConnectionDesk(options, clock, timers, faults, tally, bySymbol);
        loop = new VenueLoop(clock, timers, markets, desk, lockstep, options.Timers) { Ended = () => ended.TrySetResult() };
        if (options.Paused)
        {
            loop.Pause();
        }

        var episodes = new FaultEpisodes(clock, timers, faults, desk);
        episodes.Start();
        var weights = new RequestWeights(options.WeightLimit);
        var endpoints = new MarketEndpoints(clock, faults, markets, bySymbol, limits, options.Accounts.Max(a => a.BnbPrice));
        var rest = new RestDesk(clock, timers, faults, weights, endpoints);
        var trading = TradingParts.Create(options, limits, markets, clock, timers, faults, weights, lockstep);
        var control = new ControlDesk(clock, timers, loop, desk, rest, faults, episodes, lockstep, markets);
        var accounts = new AccountControl(clock, trading.Accounts, trading.Streams);
        var api = new SocketApi(clock, faults, trading.Calls, endpoints, weights, trading.Streams, limits);
        var sockets = new SocketSession(loop, desk, api, lockstep, options.Timers);
        front = new HttpFront(options.Address, options.Port, loop, rest, new SignedRest(loop, trading.Calls, lockstep), sockets, new ControlHttp(loop, control, accounts, () => shutdown.TrySetResult()));
        StartTime = clock.Now;
        running = Task.Run(loop.RunAsync);
        _ = running.ContinueWith(OnLoopEnded, TaskScheduler.Default);
    }

    /// <summary>Host and port that it listens on.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>Base of REST and of the control endpoint, without a path.</summary>
    public Uri HttpUri => new($"http://{Authority}");

    /// <summary>Base of streams, without a path.</summary>
    public Uri StreamUri => new($"ws://{Authority}");

    /// <summary>Venue time at the start, in nanoseconds since the epoch.</summary>
    public long StartTime { get; }

    /// <summary>Done when the recordings have been played to their end; the venue then stays open, its clock stands at full speed. Faulted when a recording contradicts itself.</summary>
    public Task Ended => ended.Task;

    /// <summary>Done when somebody asked for the end over the control endpoint. Faulted when a recording contradicts itself.</summary>
    public Task ShutdownRequested => shutdown.Task;

    /// <summary>Winds the recordings to their start and listens.</summary>
    /// <exception cref="ArgumentException">The options cannot be served.</exception>
    /// <exception cref="RecordingException">A recording has no book in its window.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<Venue> StartAsync(VenueOptions options, CancellationToken ct = default)
    {
        options = options.Validated();
        var faults = new FaultDirector(options.Faults, options.Seed);
        var clock = new VenueClock(options.Timers, options.Lockstep ? VenueSpeed.Max : options.Speed, 0);
        var timers = new TimerQueue();
        var publisher = new Publisher(faults);
        var markets = new List<SymbolMarket>();
        try
        {
            foreach (var symbol in options.Symbols)
            {
                markets.Add(new SymbolMarket(symbol, options.Repeat, clock, timers, publisher));
            }
        }
        catch
        {
            markets.ForEach(m => m.Dispose());
            throw;
        }

        var start = markets.Min(m => m.Tape.StartTime);
        if (options.Align)
        {
            markets.ForEach(m => m.Tape.StartAt(start));
        }

        clock.Begin(start);
        var venue = new Venue(options, markets, clock, timers, faults);
        try
        {
            venue.Authority = await venue.front.StartAsync(ct);
            return venue;
        }
        catch
        {
            await venue.DisposeAsync();
            throw;
        }
    }

    /// <summary>Announces the end to every client, closes the connections and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        loop.Post(() =>
        {
            desk.Announce();
            desk.CloseAll("the server shuts down");
        });
        await front.StopAsync();
        loop.Post(loop.Stop);
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        await front.DisposeAsync();
        foreach (var market in markets)
        {
            market.Dispose();
        }
    }

    private void OnLoopEnded(Task loopTask)
    {
        if (loopTask.Exception is { } failure)
        {
            ended.TrySetException(failure.InnerExceptions);
            shutdown.TrySetException(failure.InnerExceptions);
        }
    }
}
