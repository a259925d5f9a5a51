using System.CommandLine;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm capture</c>: a venue's streams, recorded into the store until somebody says stop.</summary>
public static class CaptureCommand
{
    // A terminal is watched; a pipe is read later.
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PipeInterval = TimeSpan.FromSeconds(60);

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("capture", "Record a venue's diffs, partial books, trades, best quotes and snapshots into the store.");
        var symbols = new Option<string>("--symbols") { Description = "Symbols, such as BTCUSDT,ETHUSDT.", HelpName = "S,…", Required = true };
        var endpoint = EndpointOption();
        var streams = new Option<string>("--streams") { Description = "What to record: depth, depth5, depth10, depth20, trade, aggTrade, bookTicker.", HelpName = "T,…", DefaultValueFactory = _ => "depth,depth20,trade,bookTicker" };
        var length = new Option<string?>("--for") { Description = "End after this long, such as 30m or 24h. Without it, Ctrl-C ends it.", HelpName = "DURATION" };
        var noArchive = new Option<bool>("--no-archive") { Description = "Leave finished days in the journal instead of moving them to the archive." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line: how it stands, what happens, the summary." };
        var store = new StoreOptions();
        foreach (var option in (Option[])[symbols, endpoint, streams, length, noArchive, json])
        {
            command.Options.Add(option);
        }

        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var options = new CaptureOptions
            {
                Symbols = SymbolList.Parse(parsed.GetValue(symbols)!, "--symbols"),
                Endpoint = VenueEndpoint.Parse(parsed.GetValue(endpoint)!),
                Streams = CaptureStreams.Parse(parsed.GetValue(streams)!),
            };
            var most = parsed.GetValue(length) is { } text ? Durations.Parse(text, "--for") : (TimeSpan?)null;
            var directory = store.Directory(parsed);
            var server = store.Location(parsed) is { IsServer: true } location ? StoreFactories.Open(location) : null;
            if (StoreOptions.WhyUnwritable(directory, server is null ? "--store" : "--journal") is { } why)
            {
                // The same code as for a disk that fails later: a supervisor need not tell them apart.
                terminal.Fail(why + " Nothing was recorded.");
                return ExitCode.Stopped;
            }

            return RunAsync(options, directory, server, most, !parsed.GetValue(noArchive), parsed.GetValue(json), terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    /// <summary>The flag that names the venue.</summary>
    public static Option<string> EndpointOption() => new("--endpoint")
    {
        Description = "The venue: prod, data, testnet, demo, or a URL such as http://127.0.0.1:9080 for mm venue.",
        HelpName = "NAME|URL",
        DefaultValueFactory = _ => "prod",
    };

    private static async Task<int> RunAsync(CaptureOptions options, string directory, IEventStore? server, TimeSpan? most, bool archive, bool json, Terminal terminal)
    {
        using var interrupt = new Interrupt();
        await using var lines = new RunLines(terminal, json);
        await using var store = new JournalStore(directory, WallClock.Timers, new JournalOptions
        {
            // What a killed capture could not finish writing was never acknowledged.
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

            var clock = await SimulatedClock.OfAsync(options.Endpoint, interrupt.Token);
            lines.Now = () => clock.Now;
            var finished = new FinishedDays(store, clock, lines.Terminal);
            await using var archiving = new ArchivedDays(finished.IsOver, finished.Archive, forwarding is null ? null : forwarding.Arrived, interrupt.Token);
            options = options with { DayBegun = forwarding is null ? null : forwarding.Begin, DaySealed = archive ? archiving.Sealed : null };
            using var session = await CaptureSession.StartAsync(options, store, clock, lines.Note, interrupt.Token);
            using var time = most is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt.Token, time.Token);
            using var told = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            session.OnIncident = lines.Say;

            // Named before anything of this capture is sealed: each day is archived once.
            var earlier = EarlierAsync(archive ? archiving.EarlierAsync(finished.Earlier(options.Symbols), stop.Token) : Task.CompletedTask, forwarding);
            var telling = TellAsync(session, forwarding, lines, json || terminal.IsLive ? LineInterval : PipeInterval, told.Token);
            CaptureReport report;
            try
            {
                report = await session.RunAsync(() => interrupt.Token.IsCancellationRequested ? "stopped by the user" : "the time given with --for is over", stop.Token);
            }
            catch
            {
                // Whoever looks after this is told what failed before yesterday is archived.
                await archiving.StopAsync();
                throw;
            }
            finally
            {
                await told.CancelAsync();
                await telling;
                await stop.CancelAsync();
                await earlier;
            }

            var left = forwarding is null ? null : await forwarding.FinishAsync(lines.Terminal);
            await archiving.FinishAsync();
            await lines.ResultAsync(json ? CaptureJson.Ended(report, store.Root, left) : CaptureText.Summary(report, store.Root));
            return report.Damaged.Count == 0 ? ExitCode.Done : ExitCode.No;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            lines.Fail("stopped before anything was recorded");
            return ExitCode.No;
        }
    }

    // Archived first: a day that moves into the archive is not read from the journal at the same time.
    private static async Task EarlierAsync(Task archived, StoreForwarding? forwarding)
    {
        await archived;
        forwarding?.BeginEarlier();
    }

    private static async Task TellAsync(CaptureSession session, StoreForwarding? forwarding, RunLines lines, TimeSpan interval, CancellationToken ct)
    {
        var before = session.Status().Messages;
        try
        {
            while (true)
            {
                var began = WallClock.Timers.GetTimestamp();
                await Task.Delay(interval, WallClock.Timers, ct);
                var status = session.Status();
                var store = forwarding?.Status();
                var rate = (status.Messages - before) / WallClock.Timers.GetElapsedTime(began).TotalSeconds;
                before = status.Messages;
                lines.Say(lines.IsJson ? CaptureJson.Status(status, rate, store) : "", lines.IsJson ? "" : CaptureText.Line(status, rate, store), replaced: true);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the capture.
        }
    }
}
