using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// A live run: the venue is recorded exactly as a capture records it, and each symbol's engine is told every event of its
/// recording. It ends by itself, by the kill switch, or because an engine stopped itself. However it ends, no order of a symbol is
/// left at a venue knowingly.
/// </summary>
public sealed partial class LiveSession : IDisposable
{
    private static readonly TimeSpan LockstepLife = TimeSpan.FromDays(20);

    // The venue's clock stands by then: with latency switched on nothing is executed any more.
    private static readonly TimeSpan LockstepFarewell = TimeSpan.FromSeconds(2);

    // A timer of the platform takes no longer time; nobody's session is as long.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private const string SessionIsOver = "the session is over";

    private static readonly TimeSpan BeatInterval = TimeSpan.FromMilliseconds(250);
    private readonly LiveOptions options;
    private readonly JournalStore store;
    private readonly Clock clock;
    private readonly List<LiveSymbol> symbols = [];
    private readonly CancellationTokenSource ending = new();
    private readonly IReadOnlyDictionary<string, RecordedRun> unfinished;
    private readonly Lock killing = new();
    private readonly List<CancelAllOutcome> sweptBefore = [];
    private CaptureSession? capture;
    private OrderRoute? route;
    private PortfolioDesk? portfolio;
    private RunMarker? marker;
    private Task? killTask;
    private string killed = "";
    private Task? running;
    private bool hasEnded;
    private bool isSessionOver;
    private Exception? killFailure;

    private LiveSession(LiveOptions options, JournalStore store, Clock clock, string run, IReadOnlyDictionary<string, RecordedRun> unfinished)
    {
        this.options = options;
        this.store = store;
        this.clock = clock;
        this.unfinished = unfinished;
        Run = run;
    }

    /// <summary>Name of the run.</summary>
    public string Run { get; }

    /// <summary>The symbols.</summary>
    public IReadOnlyList<LiveSymbol> Symbols => symbols;

    /// <summary>What records the venue.</summary>
    public CaptureSession Capture => capture!;

    /// <summary>The way to the venue's account; null on paper.</summary>
    public IOrderGateway? Gateway => route?.Gateway;

    /// <summary>The stream of the run's portfolio; null when nothing is limited together.</summary>
    public StreamName? PortfolioStream => portfolio?.Stream;

    /// <summary>True when the portfolio has halted every symbol.</summary>
    public bool IsHaltedTogether => portfolio?.IsHalted == true;

    /// <summary>True when it goes on from where a killed process left it.</summary>
    public bool GoesOn => unfinished.Count > 0;

    /// <summary>How cancelling everything went at the end, for each symbol; empty on paper.</summary>
    public IReadOnlyList<CancelAllOutcome> Cancelled => route?.Outcomes ?? sweptBefore;

    /// <summary>Ends and fills that the venue had not told when the run ended, by symbol: its books are not the account's.</summary>
    public IReadOnlyList<string> Unsettled => route?.Unsettled ?? [];

    /// <summary>True while orders may rest at the venue: ending the process now would leave them there.</summary>
    public bool IsSweeping => route is { IsSwept: false } && !hasEnded;

    /// <summary>Finds the run that goes on, or makes a new one, asks the venue for the instruments and prepares everything.</summary>
    /// <exception cref="LiveRunException">An unfinished run cannot go on like this.</exception>
    public static async Task<LiveSession> StartAsync(LiveOptions options, JournalStore store, Clock clock, Action<string> note, CancellationToken ct)
    {
        if (options.StartAnew)
        {
            LiveRuns.Abandon(store, options.Mode, options.EngineVersion, note);
        }

        var found = LiveRuns.Unfinished(store, options.Mode);
        var session = new LiveSession(
            options, store, clock, found?.Name ?? LiveRuns.NewName(options.Mode, clock.Now), found?.Symbols ?? new Dictionary<string, RecordedRun>());
        try
        {
            session.HoldMarker();
            foreach (var (symbol, stored) in session.unfinished)
            {
                RequireSame(options, symbol, stored);
            }

            // In lockstep one message an event: what the venue derives from a diff would come between it and the answers that it leads to,
            // and two connections that overlap would bring it twice.
            var recorded = options.Lockstep ? options.Capture with { Streams = [CaptureStream.Depth, CaptureStream.Trade], ConnectionLife = LockstepLife } : options.Capture;
            session.capture = await CaptureSession.StartAsync(recorded with { Tap = session.Prepare, Failing = session.RecordingFails }, store, clock, note, ct).ConfigureAwait(false);
            session.portfolio = PortfolioDesk.Open(options, store, clock, session.Run, session.GoesOn, session.symbols, () => session.Gateway?.Budgets);
            if (options.Gateway is { } make)
            {
                session.route = await OrderRoute.OpenAsync(
                    make(clock), session.symbols, options.Lockstep ? LockstepFarewell : options.CancelPatience, session.sweptBefore.AddRange, ct).ConfigureAwait(false);
                session.marker!.Trades(session.route.Gateway.Account);
            }

            return session;
        }
        catch (Exception e)
        {
            if (session.marker is not null && session.GoesOn && session.sweptBefore.Count == 0 && e is not OtherAccountException)
            {
                // It failed before the venue was asked: nobody will look after the orders of the dead process.
                await session.SweepWithoutGatewayAsync().ConfigureAwait(false);
            }

            if (options.Gateway is not null && session.GoesOn && session.sweptBefore.Count == 0 && e is not RunningElsewhereException)
            {
                note($"run {session.Run} was left by a process that died and does not go on: its orders may rest at the venue. Start it again, or cancel them with mm guard --now.");
            }

            foreach (var outcome in session.sweptBefore)
            {
                note($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled, {(outcome.Confirmed ? "and it is confirmed that none is left" : "NOT confirmed that none is left: " + outcome.Detail)}");
            }

            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs until stopped.</summary>
    /// <param name="reason">Why it will have ended, asked for at the end.</param>
    /// <param name="ct">Stops it in an orderly way.</param>
    public Task<CaptureReport> RunAsync(Func<string> reason, CancellationToken ct)
    {
        var run = RunToTheEndAsync(reason, ct);
        running = run;
        return run;
    }

    private async Task<CaptureReport> RunToTheEndAsync(Func<string> reason, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        using var asked = ct.Register(() => Ask(reason(), stop));
        using var session = options.SessionEnd is { } end ? new CancellationTokenSource(TimeSpan.FromTicks(Math.Clamp((end - clock.Now) / 100, 1, LongestTimer.Ticks)), clock) : null;
        using var closing = session?.Token.Register(() =>
        {
            isSessionOver = true;
            Ask(SessionIsOver, stop);
        });
        if (symbols.TrueForAll(s => s.IsOver))
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
        else if (symbols.Find(s => s.Failure is not null) is { } failed)
        {
            // While the account was asked.
            Fail(failed, failed.Failure!);
        }
        else if (symbols.Exists(s => s.State.Killed))
        {
            // It was ending when its process died.
            _ = KillAsync("before the process was killed", symbols.Exists(s => s.State.Flattening) ? KillOrder.Flatten : KillOrder.Cancel);
        }

        using var stepping = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var lockstep = options.Lockstep ? StepAsync(stepping.Token) : Task.CompletedTask;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var watch = WatchKillFileAsync(watching.Token);
        using var heartbeat = options.Heartbeat is { } path ? Heartbeat.Start(path, Run, options.Capture.Endpoint.Name, [.. symbols.Select(s => s.Symbol)]) : null;
        var beating = BeatAsync(heartbeat, watching.Token);
        try
        {
            return await capture!.RunAsync(() => EndReason(reason), stop.Token).ConfigureAwait(false);
        }
        finally
        {
            // Before anything is asked of a venue in lockstep: it would wait for our next word.
            await stepping.CancelAsync().ConfigureAwait(false);
            await lockstep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (killTask is { } task)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await LeaveVenueAsync().ConfigureAwait(false);
            await watching.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(watch, beating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            if (portfolio is not null)
            {
                await portfolio.EndAsync(EndReason(reason)).ConfigureAwait(false);
            }

            if (Cancelled.All(o => o.Confirmed) && killFailure is null)
            {
                // Otherwise the guard sees it stand still, and does what could not be done here.
                heartbeat?.End();
            }

            if (symbols.TrueForAll(s => s.IsOver))
            {
                KillFile.Remove(store, Run);
            }

            if (symbols.TrueForAll(s => s.IsSealed || s.Events == 0))
            {
                // Otherwise it goes on, at the venue and with the account that the marker names.
                marker?.Remove();
            }
        }
    }

    // Every symbol's loop has to come round before the next beat: one that hangs in a turn stops the heart.
    private Task BeatAsync(Heartbeat? heartbeat, CancellationToken ct) => heartbeat is null ? Task.CompletedTask : HeartbeatKeeper.KeepAsync(
        () => _ = Look(s => s.IsOver),
        heartbeat.Beat,
        e => _ = KillAsync("its heartbeat cannot be written: " + e.Message, KillOrder.Cancel),
        BeatInterval,
        ct);

    /// <summary>How the symbols stand, read while none of them is in a turn.</summary>
    public IReadOnlyList<T> Look<T>(Func<LiveSymbol, T> look)
    {
        var seen = new List<T>();
        capture!.WithTaps((tap, _) => seen.Add(look((LiveSymbol)tap)));
        return seen;
    }

    /// <summary>Ends a run that still goes on, as the kill switch does and after at most <see cref="LiveOptions.LongestEnd"/>; then nothing of it is left open.</summary>
    public void Dispose()
    {
        if (running is { IsCompleted: false } run)
        {
            Task.Run(() => EndRunningAsync(run)).GetAwaiter().GetResult();
        }

        if (route is { } open)
        {
            Task.Run(async () =>
            {
                if (running is null)
                {
                    // Something else failed between the start and the run.
                    await open.CancelAllAsync().ConfigureAwait(false);
                }

                await open.DisposeAsync().ConfigureAwait(false);
            }).GetAwaiter().GetResult();
            if (running is null)
            {
                symbols.ForEach(s => s.LetGo());
            }
        }

        portfolio?.Dispose();
        symbols.ForEach(s => s.Dispose());
        capture?.Dispose();
        ending.Dispose();
        if (!GoesOn && symbols.TrueForAll(s => s.Events == 0))
        {
            // It never began: there is nothing to go on with.
            marker?.Remove();
        }

        marker?.Dispose();
    }

    private static void RequireSame(LiveOptions options, string symbol, RecordedRun stored)
    {
        if (!options.Strategies.TryGetValue(symbol, out var strategy))
        {
            throw new LiveRunException($"Run {stored.Started.Run} is unfinished and trades {symbol}, which --symbols does not name. Name the same symbols to go on with it, or --new to leave it as it is.");
        }

        var earlier = StrategyConfiguration.FromJson(stored.Configuration);
        var changed = ParameterTable.All.Where(p => earlier[p.Name] != strategy[p.Name]).Select(p => $"{p.Name} was {earlier[p.Name]} and would be {strategy[p.Name]}").ToList();
        if (stored.Started.Queue != options.Queue)
        {
            changed.Add($"the queue model was {stored.Started.Queue} and would be {options.Queue}");
        }

        if (stored.Started.FeePartsPerMillion != options.FeePartsPerMillion)
        {
            changed.Add(FormattableString.Invariant($"the commission was {stored.Started.FeePartsPerMillion} ppm and would be {options.FeePartsPerMillion}"));
        }

        var end = options.SessionEnd ?? long.MaxValue;
        if (stored.Started.WindowEnd != end)
        {
            changed.Add($"the session's end was {Words(stored.Started.WindowEnd)} and would be {Words(end)}");
        }

        if (changed.Count > 0)
        {
            throw new LiveRunException($"Run {stored.Started.Run} is unfinished and goes on only with its own settings; for {symbol} {string.Join(", ", changed)}. Give it those, or --new to leave it as it is and start another one.");
        }
    }

    private static string Words(long time) => time == long.MaxValue ? "none" : NodaTime.Text.InstantPattern.ExtendedIso.Format(NodaTime.NodaConstants.UnixEpoch + NodaTime.Duration.FromNanoseconds(time));

    // Its orders rest where they were placed: another venue would say that it never heard of them.
    private void HoldMarker()
    {
        var place = options.Capture.Endpoint.Rest.GetLeftPart(UriPartial.Authority);
        if (options.Gateway is not null && GoesOn && RunMarker.Read(store, Run).Endpoint is { Length: > 0 } before && before != place)
        {
            throw new LiveRunException($"Run {Run} is unfinished and its orders are at {before}; it does not go on at {place}. Give it the --endpoint that it had, or --new to leave it as it is and start another one.");
        }

        marker = RunMarker.Hold(store, Run, place);
    }

    private async Task StepAsync(CancellationToken ct)
    {
        try
        {
            await new LockstepClient(options.Capture.Endpoint, clock, capture!, symbols, route).RunAsync(ct).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            symbols.ForEach(s => s.Fail(e));
        }

        await ending.CancelAsync().ConfigureAwait(false);
    }

    private async Task WatchKillFileAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                if (KillFile.Read(store, Run) is { } order)
                {
                    _ = KillAsync(order == KillOrder.Flatten ? "mm kill --flatten" : "mm kill", order);
                    return;
                }

                await Task.Delay(KillFile.Interval, Clock.Timers, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the run.
        }
    }

    private LiveSymbol Prepare(TapContext context)
    {
        // What is wrong with a configuration is said now, not when the first book is whole.
        options.Header(new LiveStart(Run, options, context.Symbol, context.Instrument, Domain.Events.StreamName.Market(context.Symbol, "1970-01-01", context.Recording), 0));
        if (!unfinished.ContainsKey(context.Symbol))
        {
            LiveRuns.RequireNoLossToday(store, options.Mode, context.Symbol, clock.Now);
        }

        marker!.Records(context.Recording);
        var symbol = new LiveSymbol(options, store, Run, context, Fail);
        symbols.Add(symbol);
        if (unfinished.TryGetValue(context.Symbol, out var run))
        {
            if (RunInstrumentChanged(run, context.Instrument))
            {
                throw new LiveRunException($"The venue has changed the filters of {context.Symbol} since run {Run} began. It cannot go on; --new starts another one.");
            }

            symbol.Recover(store, run, marker.Said, LiveRuns.Inputs(store, run, marker.Said, context.Previous));
        }

        return symbol;
    }

    // The run's own text of its instrument, made the same way from what the venue says now.
    private bool RunInstrumentChanged(RecordedRun run, Instrument now) =>
        options.Header(new LiveStart(Run, options, now.Symbol, now, Domain.Events.StreamName.Parse(run.Started.Inputs.Split(' ')[0]), run.Started.WindowStart)).Instrument != run.Started.Instrument;
}
