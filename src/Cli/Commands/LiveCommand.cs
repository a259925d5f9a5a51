using System.CommandLine;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm live</c>: the engine on a venue's live data, on paper unless told otherwise.</summary>
public static class LiveCommand
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PipeInterval = TimeSpan.FromSeconds(60);

    // A timer of the platform takes no longer time.
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(49);

    private static readonly TimeSpan SweepPatience = TimeSpan.FromSeconds(60);

    private const string Sweeping = "the orders at the venue are still being cancelled: wait for the end";

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("live", "Trade a venue's live data: on paper, with the zero-latency venue of the model, unless --mode says otherwise.");
        var symbols = new Option<string>("--symbols") { Description = "Symbols, such as BTCUSDT,ETHUSDT.", HelpName = "S,…", DefaultValueFactory = _ => "BTCUSDT,ETHUSDT" };
        var mode = new Option<string>("--mode") { Description = "What is traded with.", HelpName = string.Join('|', LiveModes.Names), DefaultValueFactory = _ => "paper" };
        var endpoint = new Option<string?>("--endpoint") { Description = "The venue: prod, data, testnet, demo, or a URL such as http://127.0.0.1:9080 for mm venue. Without it the mode's own.", HelpName = "NAME|URL" };
        var realMoney = new Option<bool>("--real-money") { Description = "Needed for --mode real: you know that orders cost real money." };
        var lockstep = new Option<bool>("--lockstep") { Description = "Against mm venue --lockstep: the venue waits for every step, for a proof of parity." };
        var config = new Option<string?>("--config") { Description = "Configuration file (JSON); without it the shipped one.", HelpName = "FILE" };
        var watch = new Option<bool>("--watch-config") { Description = "Look at --config once a second: what changes in it applies while the run goes on." };
        var queue = new Option<string>("--queue") { Description = "Paper: who trades first at our price.", HelpName = "optimistic|pessimistic|fifo", DefaultValueFactory = _ => "fifo" };
        var fee = new Option<string>("--fee-ppm") { Description = "Paper: maker commission in millionths.", HelpName = "N", DefaultValueFactory = _ => "1000" };
        var length = new Option<string?>("--for") { Description = "End after this long, such as 30m or 24h. Without it, Ctrl-C ends it.", HelpName = "DURATION" };
        var onKill = new Option<string>("--on-kill") { Description = "What Ctrl-C, SIGTERM and mm kill do beyond cancelling everything: nothing, or close the position.", HelpName = "cancel|flatten", DefaultValueFactory = _ => "cancel" };
        var sessionEnd = new Option<string?>("--session-end") { Description = "The end that T−t of horizon_mode session runs down to; the run ends then. UTC unless it names an offset.", HelpName = "TIME" };
        var anew = new Option<bool>("--new") { Description = "Leave an unfinished run as it is and start another one." };
        var durability = new Option<string?>("--durability") { Description = "Where a decision is before its order leaves: on the disk, or with the operating system, where a killed process does not lose it. Real: disk, otherwise os.", HelpName = "disk|os" };
        var health = new Option<string?>("--health") { Description = "Answer /health and /metrics (Prometheus) on this port of 127.0.0.1.", HelpName = "PORT" };
        var otlp = new Option<string?>("--otlp") { Description = "Send metrics and traces to an OpenTelemetry collector at this address; without it, to that of OTEL_EXPORTER_OTLP_ENDPOINT, if any.", HelpName = "URL" };
        var noArchive = new Option<bool>("--no-archive") { Description = "Leave finished days in the journal instead of moving them to the archive." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line: the start, how it stands, what happens, the end." };
        foreach (var option in (Option[])[symbols, mode, endpoint, config, watch, queue, fee, length, sessionEnd, onKill, anew, realMoney, durability, lockstep, health, otlp, noArchive, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        var parameters = new ParameterOptions();
        parameters.AddTo(command);
        var limits = new PortfolioOptions();
        limits.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var names = SymbolList.Parse(parsed.GetValue(symbols)!, "--symbols");
            var kind = LiveModes.Parse(parsed.GetValue(mode)!)
                ?? throw new UsageException($"--mode {parsed.GetValue(mode)} is none of {string.Join(", ", LiveModes.Names)}.");
            var place = LiveChecks.Endpoint(kind, parsed.GetValue(endpoint));
            var flags = parameters.Given(parsed).Select(p => p.Name).ToArray();
            Dictionary<string, IReadOnlySet<string>> Given() => names.ToDictionary(s => s, s => (IReadOnlySet<string>)ConfigurationFile.Given(parsed.GetValue(config), s).Concat(flags).ToHashSet(StringComparer.Ordinal));
            Dictionary<string, StrategyConfiguration> Read()
            {
                var read = names.ToDictionary(s => s, s => parameters.Apply(parsed, ConfigurationFile.Load(parsed.GetValue(config), s)));
                LiveChecks.Require(kind, parsed.GetValue(realMoney), read);
                var given = Given();
                LiveChecks.RequireOwn(kind, given);
                return names.ToDictionary(s => s, s => LiveChecks.WithOwnOrders(read[s], kind, place, given[s]));
            }

            var strategies = Read();
            var watched = !parsed.GetValue(watch) ? null
                : parsed.GetValue(config) is { } file ? new ConfigurationWatch(file, Read)
                : throw new UsageException("--watch-config goes with --config: the shipped configuration does not change.");
            LiveChecks.RequireLockstepPlace(parsed.GetValue(lockstep), kind, place);
            if (kind != LiveMode.Paper)
            {
                LiveChecks.RequireEncrypted(place);
            }

            var weight = new RequestBudget();
            var keys = kind == LiveMode.Paper ? null : LiveChecks.Keys(place, Environment.GetEnvironmentVariable);
            var isLockstep = parsed.GetValue(lockstep);
            var end = parsed.GetValue(sessionEnd) is { } at ? Moments.Stamp(Moments.Parse(at, NodaTime.DateTimeZone.Utc, "--session-end"), "--session-end") : (long?)null;
            LiveChecks.RequireSessionEnd(strategies, end);
            var portfolio = limits.Apply(parsed, ConfigurationFile.LoadPortfolio(parsed.GetValue(config)));
            LiveChecks.RequirePortfolio(kind, names.Count, isLockstep, portfolio);

            var onDisk = LiveChecks.DecisionsOnDisk(parsed.GetValue(durability), kind);
            var bounds = new LiveLimits(onDisk ? "disk" : "os", parsed.GetValue(onKill)!, place.Name, portfolio.IsOff ? "" : portfolio.ToJson(), Given());
            var options = new LiveOptions
            {
                Mode = kind,
                Settings = bounds.Notes,
                Capture = new CaptureOptions { Symbols = names, Endpoint = place, Weight = weight },
                Strategies = strategies,
                Portfolio = portfolio,
                Gateway = keys is null ? null : clock => LiveChecks.Gateway(place, keys, clock, isLockstep, weight),
                Heartbeat = keys is null ? null : Path.Combine(store.Directory(parsed), "heartbeat"),
                DecisionsOnDisk = onDisk,
                Lockstep = isLockstep,
                Queue = RunOptions.Queue(parsed.GetValue(queue)!),
                FeePartsPerMillion = RunOptions.Fee(parsed.GetValue(fee)!),
                Sweep = keys is null ? null : (clock, account, symbols, ct) => LiveChecks.SweepAsync(place, keys, clock, account, symbols, ct),
                FlattenOnKill = parsed.GetValue(onKill) switch
                {
                    "cancel" => false,
                    "flatten" => true,
                    var other => throw new UsageException($"--on-kill {other} is neither cancel nor flatten."),
                },
                SessionEnd = end,
                StartAnew = parsed.GetValue(anew),
                Header = LiveRunHeader.Of,
                EngineVersion = RunHeader.EngineVersion,
                Notes = LiveRunHeader.Notes,
            };
            var most = parsed.GetValue(length) is { } text ? Durations.Parse(text, "--for") : (TimeSpan?)null;
            if (most > LongestRun)
            {
                throw new UsageException($"--for {parsed.GetValue(length)} is longer than {LongestRun.Days}d: leave it out, and end the run with mm kill.");
            }

            var server = store.Location(parsed) is { IsServer: true } location ? StoreFactories.Open(location) : null;
            var export = OtlpExport.Of(parsed.GetValue(otlp), Environment.GetEnvironmentVariable);
            return RunAsync(options, bounds, keys, store.Directory(parsed), server, most, !parsed.GetValue(noArchive), parsed.GetValue(health) is { } port ? Ports.Read("--health", port, least: 1) : null, export, parsed.GetValue(json), watched, terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(LiveOptions options, LiveLimits bounds, ApiKeys? keys, string directory, IEventStore? server, TimeSpan? most, bool archive, int? health, OtlpExport? export, bool json, ConfigurationWatch? watched, Terminal terminal)
    {
        var began = WallClock.Start();
        using var interrupt = new Interrupt();
        await using var lines = new RunLines(terminal, json);
        await using var store = new JournalStore(directory, WallClock.Timers, new JournalOptions
        {
            // What a killed process could not finish writing was never acknowledged.
            TornTail = TornTailPolicy.Accept,
            Report = tail => lines.Note($"{tail.Stream}: {tail.Tail.Length} bytes that were never acknowledged are set aside in {tail.KeptIn}"),
        });
        await using var forwarding = server is null ? null : new StoreForwarding(store, server, lines.Note);
        try
        {
            if (forwarding is not null)
            {
                await forwarding.AskAsync(interrupt.Token);
            }

            var clock = await SimulatedClock.OfAsync(options.Capture.Endpoint, interrupt.Token, options.Lockstep);
            lines.Now = () => clock.Now;

            // While the venue is asked.
            await using var warming = new AwaitedTask(WarmUp.RunAsync(options));
            LiveChecks.RequireSessionEnd(options.Strategies, options.SessionEnd, clock.Now);
            var finished = new FinishedDays(store, clock, lines.Terminal);
            await using var archiving = new ArchivedDays(finished.IsOver, finished.Archive, forwarding is null ? null : forwarding.Arrived, interrupt.Token);
            options = options with
            {
                Capture = options.Capture with { DayBegun = forwarding is null ? null : forwarding.Begin, DaySealed = archive ? archiving.Sealed : null },
            };
            if (options.StartAnew && keys is not null)
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(interrupt.Token);
                patience.CancelAfter(SweepPatience);
                await LeftBehind.SweepAsync(store, options.Mode, options.Capture.Endpoint, keys, clock, lines.Note, patience.Token);
            }

            var session = await LiveSession.StartAsync(options, store, clock, lines.Note, interrupt.Token);
            try
            {
                foreach (var symbol in forwarding is null ? [] : session.Symbols)
                {
                    forwarding!.Begin(symbol.Stream);
                }

                if (session.PortfolioStream is { } together)
                {
                    forwarding?.Begin(together);
                }

                forwarding?.BeginEarlier();

                await warming.Task;

                // After the start, since what it sends names the run, and behind the warm-up, of which nothing is to be seen.
                using var sending = export?.Start(session, options.Mode);
                using var heap = QuietHeap.Start();
                var code = await RunAsync(session, bounds, forwarding, options.Mode, most, health, watched, lines, terminal.IsLive, interrupt, clock, () => began.Seconds, store.Root, heap);
                await archiving.FinishAsync();
                return code;
            }
            finally
            {
                // Also when a failed disk, a taken port or a broken pipe ended it.
                session.Dispose();
                foreach (var outcome in session.Cancelled)
                {
                    lines.Note($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled, {(outcome.Confirmed ? "and it is confirmed that none is left" : "NOT confirmed that none is left: " + outcome.Detail)}");
                }

                if (session.Symbols.Any(s => s.Events > 0 && !s.IsSealed))
                {
                    lines.Note($"run {session.Run} has not ended and stays as it is stored: start the same command again, with room on the disk, to go on with it");
                }

                foreach (var left in session.Left)
                {
                    lines.Note(left);
                }

                foreach (var open in session.Unsettled)
                {
                    lines.Note($"the venue has NOT told how these ended, so the run's position may not be the account's: {open}");
                }
            }
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            lines.Fail("stopped before the run began");
            return ExitCode.No;
        }
    }

    private static async Task<int> RunAsync(
        LiveSession session, LiveLimits bounds, StoreForwarding? forwarding, LiveMode mode, TimeSpan? most, int? health, ConfigurationWatch? watched, RunLines lines, bool isLive, Interrupt interrupt, Clock clock, Func<double> seconds, string root, QuietHeap heap)
    {
        await using var answering = health is { } port ? HealthServer.Start(session, forwarding, port) : null;
        CaptureReport report;
        lines.Say(LiveJson.Started(session, mode, bounds), LiveText.Started(session, mode, bounds));
        using var time = most is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
        using var told = CancellationTokenSource.CreateLinkedTokenSource(time.Token);
        using var killing = interrupt.Token.Register(() => session.Kill("Ctrl-C or SIGTERM"));
        void Tell(string text) => lines.Say(new CaptureIncident(clock.Now, text));
        interrupt.Hold = () =>
        {
            if (session.IsSweeping)
            {
                Tell(Sweeping);
            }

            return session.IsSweeping;
        };
        if (forwarding is not null)
        {
            forwarding.Tell = Tell;
        }

        session.Capture.OnIncident = lines.Say;
        var telling = TellAsync(session, forwarding, lines, lines.IsJson || isLive ? LineInterval : PipeInterval, told.Token);
        var keeping = KeepQuietAsync(session, heap, told.Token);
        var watching = watched?.RunAsync(session, clock, Tell, told.Token) ?? Task.CompletedTask;
        try
        {
            report = await session.RunAsync(() => "the time given with --for is over", time.Token);
        }
        finally
        {
            await told.CancelAsync();
            await Task.WhenAll(telling, keeping, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (forwarding is not null)
            {
                forwarding.Tell = lines.Note;
            }
        }

        var left = forwarding is null ? null : await forwarding.FinishAsync(lines.Terminal);
        await lines.ResultAsync(lines.IsJson ? LiveJson.Ended(session, report, seconds(), left, heap) : LiveText.Summary(session, report, seconds(), root, left, heap));
        return session.Cancelled.Any(o => !o.Confirmed) || session.Unsettled.Count > 0 || session.IsNotFlat
            || session.IsHaltedTogether || session.Symbols.Any(s => s.Failure is not null || s.State.Risk.Halted != Domain.Risk.HaltReason.None)
            ? ExitCode.Stopped
            : report.Damaged.Count > 0 ? ExitCode.No : ExitCode.Done;
    }

    private static async Task KeepQuietAsync(LiveSession session, QuietHeap heap, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LookInterval, WallClock.Timers);
        var before = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var decisions = 0L;
                foreach (var symbol in session.Symbols)
                {
                    decisions += symbol.State.Decisions;
                }

                heap.Look(decisions == before);
                before = decisions;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the run.
        }
    }

    private static async Task TellAsync(LiveSession session, StoreForwarding? forwarding, RunLines lines, TimeSpan interval, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(interval, WallClock.Timers, ct);
                var (capture, symbols, budgets) = (session.Capture.Status(), session.Look(LiveStatus.Of), session.Gateway?.Budgets);
                var store = forwarding?.Status();
                lines.Say(lines.IsJson ? LiveJson.Status(capture, symbols, budgets, store) : "", lines.IsJson ? "" : LiveText.Line(capture, symbols, budgets, store), replaced: true);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the run.
        }
    }
}
