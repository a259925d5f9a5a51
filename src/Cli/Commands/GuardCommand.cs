using System.CommandLine;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Live.Gateway.Keys;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm guard</c>: a process of its own that cancels everything at the venue when the engine's heartbeat stops.</summary>
public static class GuardCommand
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("guard", "Watch a live engine's heartbeat and cancel everything at the venue when it stops.");
        var heartbeat = new Option<string>("--heartbeat") { Description = "The file that the engine writes: heartbeat in its store, unless it was told another.", HelpName = "FILE", DefaultValueFactory = _ => Path.Combine("data", "heartbeat") };
        var endpoint = new Option<string?>("--endpoint") { Description = "The venue: prod, testnet, demo or a URL. Without it, what the heartbeat names.", HelpName = "NAME" };
        var symbols = new Option<string?>("--symbols") { Description = "Symbols to cancel; without it, those that the heartbeat names.", HelpName = "S,…" };
        var after = new Option<string>("--after") { Description = "How long the heartbeat may stand still; at least 1s.", HelpName = "DURATION", DefaultValueFactory = _ => "5s" };
        var now = new Option<bool>("--now") { Description = "Cancel everything in --symbols at once, without watching." };
        foreach (var option in (Option[])[heartbeat, endpoint, symbols, after, now])
        {
            command.Options.Add(option);
        }

        command.SetGuardedAction((parsed, terminal) =>
        {
            var patience = Durations.Parse(parsed.GetValue(after)!, "--after");
            if (patience < Shortest)
            {
                throw new UsageException("--after is at least 1s: an engine beats a few times a second, and a busy machine may be late.");
            }

            var chosen = parsed.GetValue(symbols) is { } list ? SymbolList.Parse(list, "--symbols") : [];
            if (parsed.GetValue(now) && (chosen.Count == 0 || parsed.GetValue(endpoint) is null))
            {
                throw new UsageException("--now needs --symbols and --endpoint: which orders are to be cancelled, and where.");
            }

            RequireHeartbeat(parsed.GetValue(heartbeat)!, parsed.GetValue(now));
            var isLocal = parsed.GetValue(endpoint) is { } named && VenueEndpoint.Parse(named).IsLocal;
            var keys = ApiKeys.FromEnvironment(Environment.GetEnvironmentVariable)
                ?? (isLocal ? LiveChecks.Keys(VenueEndpoint.Parse(parsed.GetValue(endpoint)!), _ => null) : null)
                ?? throw new UsageException("mm guard needs the account's keys: set BINANCE_API_KEY and BINANCE_API_SECRET, or BINANCE_API_KEY_FILE and BINANCE_API_SECRET_FILE (docs/live.md).");
            return RunAsync(parsed.GetValue(heartbeat)!, parsed.GetValue(endpoint), chosen, patience, parsed.GetValue(now), keys, terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    // A file that never beats would be waited for without end, and nothing be cancelled.
    private static void RequireHeartbeat(string path, bool now)
    {
        if (now)
        {
            return;
        }

        if (Directory.Exists(path))
        {
            throw new UsageException($"--heartbeat {path} is a directory; name the file in it that the engine writes: {Path.Combine(path, "heartbeat")}.");
        }

        if (HeartbeatState.IsSomethingElse(path))
        {
            throw new UsageException($"--heartbeat {path} is no heartbeat: mm live writes it into its store, as STORE/heartbeat. Name that one.");
        }
    }

    private static async Task<int> RunAsync(string path, string? named, IReadOnlyList<string> symbols, TimeSpan after, bool now, ApiKeys keys, Terminal terminal)
    {
        using var interrupt = new Interrupt();
        var wait = TimeSpan.FromSeconds(2);
        while (true)
        {
            try
            {
                return await OnceAsync(path, named, symbols, after, now, keys, terminal, interrupt);
            }
            catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
            {
                terminal.Note("stopped; nothing was cancelled");
                return ExitCode.Done;
            }
            catch (Exception e) when (!now && e is VenueOutOfReachException or VenueRefusedException)
            {
                // The venue or the network is away: an engine may have left orders there, so a guard does not go home.
                var pause = e is VenueRefusedException { RetryAfter: var asked } && asked > wait ? asked : wait;
                terminal.Note(FormattableString.Invariant($"{e.Message.TrimEnd('.')}; trying again in {pause.TotalSeconds:0} s"));
                await Task.Delay(pause, Clock.Timers, interrupt.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
            }
        }
    }

    private static async Task<int> OnceAsync(string path, string? named, IReadOnlyList<string> symbols, TimeSpan after, bool now, ApiKeys keys, Terminal terminal, Interrupt interrupt)
    {
        LiveChecks.RequireEncrypted(named is null ? null : VenueEndpoint.Parse(named));
        var endpoint = VenueEndpoint.Parse(named ?? (await FirstBeatAsync(path, terminal, interrupt.Token)).Endpoint);
        LiveChecks.RequireEncrypted(endpoint);
        var clock = await SimulatedClock.OfAsync(endpoint, interrupt.Token);
        using var stop = new CancellationTokenSource();
        var keeping = SimulatedClock.KeepAsync(clock, endpoint, stop.Token);
        using var sweep = new AccountSweep(endpoint, keys, clock);
        try
        {
            // A guard whose keys are wrong must not be found out when it is needed.
            var account = await sweep.CheckAsync(interrupt.Token);
            if (!account.MayTrade)
            {
                throw new GatewayException("The account may not trade, so nothing could be cancelled with this key: allow spot trading for it at the venue.");
            }

            return now ? await CancelNowAsync(sweep, symbols, terminal, interrupt.Token) : await WatchAsync(sweep, path, symbols, after, terminal, interrupt.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await keeping;
        }
    }

    private static async Task<int> WatchAsync(AccountSweep sweep, string path, IReadOnlyList<string> symbols, TimeSpan after, Terminal terminal, CancellationToken ct)
    {
        terminal.Note(FormattableString.Invariant($"the account can be reached; everything is cancelled when {path} stands still for {after.TotalSeconds:0.#} s"));
        var end = await new GuardWatch(path, after, sweep.CancelAllAsync, terminal.Note).RunAsync(symbols, ct);
        switch (end)
        {
            case GuardEnd.EngineEnded:
                return ExitCode.Done;
            case GuardEnd.Stopped:
                terminal.Note("stopped; nothing was cancelled");
                return ExitCode.Done;
            default:
                return end == GuardEnd.Cancelled ? ExitCode.Stopped : ExitCode.OutOfReach;
        }
    }

    private static async Task<int> CancelNowAsync(AccountSweep sweep, IReadOnlyList<string> symbols, Terminal terminal, CancellationToken ct)
    {
        var outcomes = await sweep.CancelAllAsync(symbols, ct);
        foreach (var outcome in outcomes)
        {
            await terminal.Output.WriteLineAsync(FormattableString.Invariant($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled, {(outcome.Confirmed ? "none is left" : "not confirmed: " + outcome.Detail)}"));
        }

        return outcomes.All(o => o.Confirmed) ? ExitCode.Done : ExitCode.OutOfReach;
    }

    private static async Task<HeartbeatState> FirstBeatAsync(string path, Terminal terminal, CancellationToken ct)
    {
        if (HeartbeatState.Read(path) is null)
        {
            terminal.Note($"waiting for an engine to write {path}");
        }

        while (true)
        {
            if (HeartbeatState.Read(path) is { IsOver: false } state)
            {
                return state;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), Clock.Timers, ct);
        }
    }
}
