using System.CommandLine;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm live</c>: the engine on a venue's live data, on paper unless told otherwise.</summary>
public static class LiveCommand
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);
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
        var queue = new Option<string>("--queue") { Description = "Paper: who trades first at our price.", HelpName = "optimistic|pessimistic|fifo", DefaultValueFactory = _ => "fifo" };
        var fee = new Option<string>("--fee-ppm") { Description = "Paper: maker commission in millionths.", HelpName = "N", DefaultValueFactory = _ => "1000" };
        var length = new Option<string?>("--for") { Description = "End after this long, such as 30m or 24h. Without it, Ctrl-C ends it.", HelpName = "DURATION" };
        var anew = new Option<bool>("--new") { Description = "Leave an unfinished run as it is and start another one." };
        var durability = new Option<string?>("--durability") { Description = "Where a decision is before its order leaves: on the disk, or with the operating system, where a killed process does not lose it. Real: disk, otherwise os.", HelpName = "disk|os" };
        var health = new Option<int?>("--health") { Description = "Answer /health and /metrics (Prometheus) on this port of 127.0.0.1.", HelpName = "PORT" };
        var noArchive = new Option<bool>("--no-archive") { Description = "Leave finished days in the journal instead of moving them to the archive." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line: the start, how it stands, what happens, the end." };
        foreach (var option in (Option[])[symbols, mode, endpoint, config, queue, fee, length, anew, realMoney, durability, lockstep, health, noArchive, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        var parameters = new ParameterOptions();
        parameters.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var names = SymbolList.Parse(parsed.GetValue(symbols)!, "--symbols");
            var kind = LiveModes.Parse(parsed.GetValue(mode)!)
                ?? throw new UsageException($"--mode {parsed.GetValue(mode)} is none of {string.Join(", ", LiveModes.Names)}.");
            var place = LiveChecks.Endpoint(kind, parsed.GetValue(endpoint));
            var strategies = names.ToDictionary(s => s, s => parameters.Apply(parsed, ConfigurationFile.Load(parsed.GetValue(config), s)));
            LiveChecks.Require(kind, parsed.GetValue(realMoney), strategies);
            var flags = parameters.Given(parsed).Select(p => p.Name).ToArray();
            var given = names.ToDictionary(s => s, s => (IReadOnlySet<string>)ConfigurationFile.Given(parsed.GetValue(config), s).Concat(flags).ToHashSet(StringComparer.Ordinal));
            LiveChecks.RequireOwn(kind, given);
            strategies = names.ToDictionary(s => s, s => LiveChecks.WithOwnOrders(strategies[s], kind, place, given[s]));
            LiveChecks.RequireLockstepPlace(parsed.GetValue(lockstep), kind, place);
            if (kind != LiveMode.Paper)
            {
                LiveChecks.RequireEncrypted(place);
            }

            var weight = new RequestBudget();
            var keys = kind == LiveMode.Paper ? null : LiveChecks.Keys(place, Environment.GetEnvironmentVariable);
            var isLockstep = parsed.GetValue(lockstep);

            var options = new LiveOptions
            {
                Mode = kind,
                Capture = new CaptureOptions { Symbols = names, Endpoint = place, Weight = weight },
                Strategies = strategies,
                Gateway = keys is null ? null : clock => LiveChecks.Gateway(place, keys, clock, isLockstep, weight),
                Heartbeat = keys is null ? null : Path.Combine(store.Directory(parsed), "heartbeat"),
                DecisionsOnDisk = LiveChecks.DecisionsOnDisk(parsed.GetValue(durability), kind),
                Lockstep = isLockstep,
                Queue = RunOptions.Queue(parsed.GetValue(queue)!),
                FeePartsPerMillion = RunOptions.Fee(parsed.GetValue(fee)!),
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

            return RunAsync(options, keys, store.Directory(parsed), most, !parsed.GetValue(noArchive), parsed.GetValue(health), parsed.GetValue(json), terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(LiveOptions options, ApiKeys? keys, string directory, TimeSpan? most, bool archive, int? health, bool json, Terminal terminal)
    {
        var began = WallClock.Start();
        using var interrupt = new Interrupt();
        await using var store = new JournalStore(directory, WallClock.Timers, new JournalOptions
        {
            // What a killed process could not finish writing was never acknowledged.
            TornTail = TornTailPolicy.Accept,
            Report = tail => terminal.Note($"{tail.Stream}: {tail.Tail.Length} bytes that were never acknowledged are set aside in {tail.KeptIn}"),
        });
        try
        {
            var clock = await SimulatedClock.OfAsync(options.Capture.Endpoint, interrupt.Token, options.Lockstep);
            var finished = new FinishedDays(store, clock, terminal);
            options = archive ? options with { Capture = options.Capture with { DaySealed = finished.Archive } } : options;
            if (options.StartAnew && keys is not null)
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(interrupt.Token);
                patience.CancelAfter(SweepPatience);
                await LeftBehind.SweepAsync(store, options.Mode, options.Capture.Endpoint, keys, clock, terminal.Note, patience.Token);
            }

            var session = await LiveSession.StartAsync(options, store, clock, terminal.Note, interrupt.Token);
            try
            {
                return await RunAsync(session, options.Mode, most, health, json, terminal, interrupt, clock, () => began.Seconds, store.Root);
            }
            finally
            {
                // Also when a failed disk, a taken port or a broken pipe ended it.
                session.Dispose();
                foreach (var outcome in session.Cancelled)
                {
                    terminal.Note($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled, {(outcome.Confirmed ? "and it is confirmed that none is left" : "NOT confirmed that none is left: " + outcome.Detail)}");
                }

                foreach (var open in session.Unsettled)
                {
                    terminal.Note($"the venue has NOT told how these ended, so the run's position may not be the account's: {open}");
                }
            }
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            terminal.Fail("stopped before the run began");
            return ExitCode.No;
        }
    }

    private static async Task<int> RunAsync(
        LiveSession session, LiveMode mode, TimeSpan? most, int? health, bool json, Terminal terminal, Interrupt interrupt, Clock clock, Func<double> seconds, string root)
    {
        await using var answering = health is { } port ? HealthServer.Start(session, port) : null;
        CaptureReport report;
        await using (var lines = new LiveLines(terminal, json))
        {
            lines.Say(LiveJson.Started(session, mode), $"run {session.Run}{(session.GoesOn ? " goes on from where it was left" : "")}");
            using var time = most is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
            using var told = CancellationTokenSource.CreateLinkedTokenSource(time.Token);
            using var killing = interrupt.Token.Register(() => session.Kill("Ctrl-C or SIGTERM"));
            interrupt.Hold = () =>
            {
                if (session.IsSweeping)
                {
                    lines.Say(CaptureJson.Incident(new CaptureIncident(clock.Now, Sweeping)), Sweeping);
                }

                return session.IsSweeping;
            };
            session.Capture.OnIncident = incident => lines.Say(CaptureJson.Incident(incident), CaptureText.Incident(incident));
            var telling = TellAsync(session, lines, json || terminal.IsLive ? LineInterval : PipeInterval, told.Token);
            try
            {
                report = await session.RunAsync(() => "the time given with --for is over", time.Token);
            }
            finally
            {
                await told.CancelAsync();
                await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        terminal.EndProgress();
        await terminal.Output.WriteLineAsync(json ? LiveJson.Ended(session, report, seconds()) : LiveText.Summary(session, report, seconds(), root));
        return session.Cancelled.Any(o => !o.Confirmed) || session.Unsettled.Count > 0
            || session.Symbols.Any(s => s.Failure is not null || s.State.Risk.Halted != Domain.Risk.HaltReason.None)
            ? ExitCode.Stopped
            : ExitCode.Done;
    }

    private static async Task TellAsync(LiveSession session, LiveLines lines, TimeSpan interval, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(interval, WallClock.Timers, ct);
                var (capture, symbols) = (session.Capture.Status(), session.Look(LiveStatus.Of));
                lines.Say(LiveJson.Status(capture, symbols), LiveText.Line(capture, symbols), replaced: true);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the run.
        }
    }
}
