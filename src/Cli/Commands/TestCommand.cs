using System.CommandLine;
using EventSourcedMM.Cli.Checks;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Instruments;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm test</c>: is everything that a capture or a live run stands on as it should be, here and now?</summary>
public static class TestCommand
{
    private const int NoSuchSymbol = -1121;

    private static readonly string[] Components = ["quotes", "store", "venue", "ws", "book", "data"];
    private static readonly string[] OfVenue = ["venue", "ws", "book", "data"];
    private static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(4);

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("test", "Check connection, data, book, quotes, store and venue, one by one or all.");
        var component = new Option<string?>("--component") { Description = "ws, data, book, quotes, store or venue; without it, all.", HelpName = "NAME" };
        var endpoint = CaptureCommand.EndpointOption();
        var symbols = new Option<string>("--symbols") { Description = "Symbols to look at.", HelpName = "S,…", DefaultValueFactory = _ => "BTCUSDT" };
        var length = new Option<string>("--for") { Description = "How long data is recorded, and at most how long ws listens.", HelpName = "DURATION", DefaultValueFactory = _ => "15m" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var store = new StoreOptions();
        foreach (var option in (Option[])[component, endpoint, symbols, length, json])
        {
            command.Options.Add(option);
        }

        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var name = parsed.GetValue(component);
            var chosen = name is null ? Components
                : Components.Contains(name) ? [name]
                : throw new UsageException($"--component {name} is not a component; it is one of {string.Join(", ", Components)}.");
            return RunAsync(
                chosen,
                VenueEndpoint.Parse(parsed.GetValue(endpoint)!),
                SymbolList.Parse(parsed.GetValue(symbols)!, "--symbols"),
                Durations.Parse(parsed.GetValue(length)!, "--for"),
                store.Directory(parsed),
                parsed.GetValue(json),
                terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string[] components, VenueEndpoint endpoint, IReadOnlyList<string> symbols, TimeSpan length, string directory, bool json, Terminal terminal)
    {
        using var interrupt = new Interrupt();
        var results = new List<CheckResult>();
        string? unreachable = null;
        try
        {
            // Whether the venue is there is known first: nobody waits for the rest to hear that it is not.
            using var rest = components.Any(OfVenue.Contains) ? await ReachAsync(endpoint, e => unreachable = e, interrupt.Token) : null;
            if (unreachable is not null)
            {
                terminal.Fail(unreachable);
            }

            if (components.Contains("quotes"))
            {
                QuoteChecks.Run(results.Add);
            }

            if (components.Contains("store"))
            {
                await StoreChecks.RunAsync(directory, results.Add);
            }

            if (rest is not null)
            {
                var context = new CheckContext(endpoint, rest.Clock, rest.Client, symbols, length, results.Add, terminal.Note);
                await RunVenueAsync(components, context, interrupt.Token);
            }
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            terminal.Fail("stopped before it was done");
            return ExitCode.No;
        }

        if (json)
        {
            await terminal.Output.WriteLineAsync(CheckReport.Json(results, endpoint.Name, unreachable));
        }
        else if (results.Count > 0)
        {
            await terminal.Output.WriteLineAsync(CheckReport.Table(results));
        }

        return unreachable is not null ? ExitCode.OutOfReach : results.TrueForAll(r => r.Passed) ? ExitCode.Done : ExitCode.No;
    }

    private static async Task RunVenueAsync(string[] components, CheckContext context, CancellationToken ct)
    {
        foreach (var (name, run) in ((string, Func<CheckContext, CancellationToken, Task>)[])
        [
            ("venue", VenueChecks.RunAsync), ("ws", SocketChecks.RunAsync), ("book", BookChecks.RunAsync), ("data", DataChecks.RunAsync),
        ])
        {
            if (!components.Contains(name))
            {
                continue;
            }

            try
            {
                await run(context, ct);
            }
            catch (Exception e) when (Failure(e, context) is { } failed)
            {
                // The table is kept, whatever one component ran into: the others say what they found.
                context.Report(name, failed.Check, false, $"{e.Message}", failed.Advice);
            }
        }
    }

    // Null for what is a defect of the program.
    private static (string Check, string Advice)? Failure(Exception failure, CheckContext context) => failure switch
    {
        VenueRefusedException { Code: NoSuchSymbol } or CaptureException => ("reach", $"does the venue list {string.Join(", ", context.Symbols)}? --symbols names others"),
        VenueOutOfReachException or VenueRefusedException or HttpIOException => ("reach", "the venue was there a moment ago: look at the line, and at limits that were met"),
        InstrumentException => ("instrument", "the venue describes the symbol as mm cannot trade it: a newer protocol, or something between changes it"),
        IOException or UnauthorizedAccessException => ("disk", $"what is recorded for the test goes to {Path.GetTempPath()}: make room there, or name another folder with TMPDIR"),
        _ => null,
    };

    // Null when nobody answers.
    private static async Task<Reached?> ReachAsync(VenueEndpoint endpoint, Action<string> onUnreachable, CancellationToken ct)
    {
        var client = new RestClient(endpoint, Clock.Machine) { TimeOut = FirstWord };
        try
        {
            await client.GetAsync("/api/v3/ping", 1, ct);
        }
        catch (VenueRefusedException)
        {
            // An answer, if a bad one: it is there.
        }
        catch (VenueOutOfReachException e)
        {
            client.Dispose();
            onUnreachable($"{e.Message} Without a network, start a venue on this machine with 'mm venue' and test it with --endpoint http://127.0.0.1:9080.");
            return null;
        }

        client.Dispose();
        var clock = await SimulatedClock.OfAsync(endpoint, ct);
        return new Reached(new RestClient(endpoint, clock), clock, endpoint);
    }

    private sealed class Reached : IDisposable
    {
        private readonly CancellationTokenSource stop = new();

        public Reached(RestClient client, Clock clock, VenueEndpoint endpoint)
        {
            Client = client;
            Clock = clock;
            _ = SimulatedClock.KeepAsync(clock, endpoint, stop.Token);
        }

        public RestClient Client { get; }

        public Clock Clock { get; }

        public void Dispose()
        {
            stop.Cancel();
            Client.Dispose();
        }
    }
}
