using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Venue;
using EventSourcedMM.VenueSim;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Time;
using NodaTime;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm venue</c>: recorded days served on this machine in Binance's protocol.</summary>
public static class VenueCommand
{
    /// <summary>The command with its options; docs/venue.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("venue", "Serve recorded days on this machine as Binance would: REST, streams, orders, faults on demand.");
        var symbols = new Option<string?>("--symbols") { Description = "Symbols, such as BTCUSDT,NEXOUSDT. Without it, all that are recorded in the window.", HelpName = "S,…" };
        var start = new Option<string?>("--start") { Description = "Start later than the window: 2024-07-24T09:30 in UTC, or with an offset.", HelpName = "TIME" };
        var recording = new Option<string?>("--recording") { Description = "Recording to use where a day has several.", HelpName = "NAME" };
        var speed = new Option<string>("--speed") { Description = "How fast the venue's clock runs: 1, 10, 0.5, or max for as fast as the clients read.", HelpName = "N|max", DefaultValueFactory = _ => "1" };
        var repeat = new Option<bool>("--repeat") { Description = "Begin again at the end, with ids and times going on." };
        var align = new Option<bool>("--align") { Description = "Start all symbols together, whenever they were recorded." };
        var paused = new Option<bool>("--paused") { Description = "Let the clock stand until POST /sim/resume." };
        var exit = new Option<bool>("--exit") { Description = "End when the recordings end." };
        var faults = new Option<string?>("--faults") { Description = "Faults that happen by themselves, such as drop=0.1%,stall=2/h:5s..30s,cut=1/20m; or storm.", HelpName = "SPEC" };
        var seed = new Option<string>("--seed") { Description = "Seed of the faults.", HelpName = "N", DefaultValueFactory = _ => "1" };
        var life = new Option<string>("--life") { Description = "Life of a connection, in time of the venue.", HelpName = "DURATION", DefaultValueFactory = _ => "24h" };
        var host = new Option<string>("--host") { Description = "Address to listen on; a loopback address.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<string>("--port") { Description = "Port to listen on; 0 picks a free one.", HelpName = "N", DefaultValueFactory = _ => "9080" };
        var key = new Option<string>("--key") { Description = "API key and secret of the account, KEY:SECRET; or KEY:@FILE with an Ed25519 public key in PEM or base64.", HelpName = "KEY:SECRET", DefaultValueFactory = _ => "simulated:simulated" };
        var balances = new Option<string?>("--balances") { Description = "What the account holds, such as BTC=1.5,USDT=100000.", HelpName = "A=N,…" };
        var commission = new Option<string>("--commission") { Description = "Commission of the account: 0.1%, or maker:taker.", HelpName = "RATE", DefaultValueFactory = _ => "0.1%" };
        var bnb = new Option<string?>("--bnb") { Description = "Charge commission in BNB at this price in the quote asset, a quarter off.", HelpName = "PRICE" };
        var queue = new Option<string>("--queue") { Description = "Who trades first when a print hits exactly an order's price.", HelpName = "optimistic|pessimistic|fifo", DefaultValueFactory = _ => "fifo" };
        var latency = new Option<string?>("--latency") { Description = "How long requests take there, and answers and reports back: 5ms, 2ms..10ms, or there:back.", HelpName = "DURATION" };
        var lockstep = new Option<bool>("--lockstep") { Description = "One item at a time, as the client on the control socket steps." };
        var showOrders = new Option<bool>("--show-orders") { Description = "Show what rests of the account's orders in the depth, as a real venue does." };
        var orderLimit = new Option<string>("--order-limit") { Description = "Unfilled orders allowed to an account in ten seconds.", HelpName = "N", DefaultValueFactory = _ => "100" };
        var weightLimit = new Option<string>("--weight-limit") { Description = "Request weight allowed in a minute, all clients together.", HelpName = "N", DefaultValueFactory = _ => "6000" };
        var json = new Option<bool>("--json") { Description = "Print the addresses as one JSON object." };
        foreach (var option in (Option[])[symbols, start, recording, speed, repeat, align, paused, exit, faults, seed, life, key, balances, commission, bnb, queue, latency, lockstep, showOrders, orderLimit, weightLimit, host, port, json])
        {
            command.Options.Add(option);
        }

        var window = new WindowOptions();
        window.AddTo(command);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            if (parsed.GetValue(lockstep) && parsed.GetResult(speed) is { Implicit: false })
            {
                throw new UsageException("--speed means nothing with --lockstep: the client sets the pace. Leave one out.");
            }

            var from = parsed.GetValue(start) is { } text ? Moments.Stamp(Moments.Parse(text, DateTimeZone.Utc, "--start"), $"--start {text}") : (long?)null;
            using var stores = store.OpenToRead(parsed, terminal);
            var options = new VenueOptions
            {
                Symbols = VenueRecordings.Find(stores, parsed.GetValue(symbols), window.Read(parsed) ?? Window.All, from, parsed.GetValue(recording), terminal),
                Timers = WallClock.Timers,
                Address = Address(parsed.GetValue(host)!),
                Port = Ports.Read("--port", parsed.GetValue(port)!),
                Speed = VenueSpeed.Parse(parsed.GetValue(speed)!),
                Repeat = parsed.GetValue(repeat),
                Align = parsed.GetValue(align),
                Paused = parsed.GetValue(paused),
                Accounts = [Account(parsed.GetValue(key)!, parsed.GetValue(balances), parsed.GetValue(commission)!, parsed.GetValue(bnb))],
                Queue = RunOptions.Queue(parsed.GetValue(queue)!),
                Latency = parsed.GetValue(latency) is { } times ? OrderLatency.Parse(times) : OrderLatency.None,
                Lockstep = parsed.GetValue(lockstep),
                ShowOrders = parsed.GetValue(showOrders),
                OrderLimit = Limit(parsed.GetValue(orderLimit)!, "--order-limit"),
                WeightLimit = Limit(parsed.GetValue(weightLimit)!, "--weight-limit"),
                ConnectionLife = Life(parsed.GetValue(life)!),
                Faults = parsed.GetValue(faults) is { } spec ? FaultPlan.Parse(spec) : FaultPlan.None,
                Seed = Seed(parsed.GetValue(seed)!),
            };
            return RunAsync(options, parsed.GetValue(exit), parsed.GetValue(json), terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(VenueOptions options, bool exit, bool json, Terminal terminal)
    {
        using var interrupt = new Interrupt();
        await using var venue = await StartAsync(options, interrupt.Token);
        terminal.Output.WriteLine(json ? Json(venue, options) : Line(venue, options));
        await terminal.Output.FlushAsync();
        var stop = new TaskCompletionSource();
        await using var registration = interrupt.Token.Register(stop.SetResult);
        var ended = await Task.WhenAny(venue.Ended, venue.ShutdownRequested, stop.Task);
        if (ended == venue.Ended && !exit)
        {
            await ended;
            terminal.Note("The recordings have ended; the venue stays open. Ctrl-C ends it.");
            ended = await Task.WhenAny(venue.ShutdownRequested, stop.Task);
        }

        await ended;
        return ExitCode.Done;
    }

    private static async Task<VenueSim.Venue> StartAsync(VenueOptions options, CancellationToken ct)
    {
        try
        {
            return await VenueSim.Venue.StartAsync(options, ct);
        }
        catch (IOException e) when (options.Port > 0 && Ports.IsTaken(e))
        {
            throw new UsageException($"--port {options.Port} cannot be had: somebody listens there. Choose another, or 0 for one that is free.");
        }
    }

    private static string Line(VenueSim.Venue venue, VenueOptions options) =>
        $"{string.Join(", ", options.Symbols.Select(s => s.Symbol))} from {Moments.Text(venue.StartTime)} at speed {(options.Lockstep ? "of the lockstep client" : options.Speed.ToString())}: REST {venue.HttpUri.AbsoluteUri}api/v3/, streams {venue.StreamUri.AbsoluteUri}ws and {venue.StreamUri.AbsoluteUri}stream, WebSocket API {venue.StreamUri.AbsoluteUri}ws-api/v3, control {venue.HttpUri.AbsoluteUri}sim/";

    private static string Json(VenueSim.Venue venue, VenueOptions options)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("rest", venue.HttpUri.AbsoluteUri.TrimEnd('/'));
            json.WriteString("streams", venue.StreamUri.AbsoluteUri.TrimEnd('/'));
            json.WriteString("api", $"{venue.StreamUri.AbsoluteUri}ws-api/v3");
            json.WriteString("control", $"{venue.HttpUri.AbsoluteUri}sim");
            json.WriteStartArray("symbols");
            foreach (var symbol in options.Symbols)
            {
                json.WriteStringValue(symbol.Symbol);
            }

            json.WriteEndArray();
            json.WriteString("start", Moments.Text(venue.StartTime));
            json.WriteString("speed", options.Lockstep ? "lockstep" : options.Speed.ToString());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static IPAddress Address(string text) =>
        IPAddress.TryParse(text == "localhost" ? "127.0.0.1" : text, out var address) && IPAddress.IsLoopback(address)
            ? address
            : throw new UsageException($"--host {text}: the simulated venue listens on loopback only (127.0.0.1): it has no protection against others.");

    private static AccountOptions Account(string key, string? balances, string commission, string? bnb)
    {
        var colon = key.IndexOf(':');
        if (colon <= 0 || colon == key.Length - 1)
        {
            throw new UsageException($"--key {key}: write KEY:SECRET, or KEY:@FILE for an Ed25519 public key.");
        }

        var (name, secret) = (key[..colon], key[(colon + 1)..]);
        var (maker, taker) = AccountOptions.ParseCommission(commission);
        return new AccountOptions
        {
            Keys = [secret[0] == '@' ? new ApiKeyOptions { Key = name, PublicKey = PublicKey(secret[1..]) } : new ApiKeyOptions { Key = name, Secret = secret }],
            Balances = balances is null ? null : AccountOptions.ParseBalances(balances),
            MakerPartsPerMillion = maker,
            TakerPartsPerMillion = taker,
            BnbPrice = bnb is null ? 0 : AccountOptions.ParsePrice(bnb),
        };
    }

    private static string PublicKey(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--key: {file} cannot be read: {e.Message}");
        }
    }

    private static long Limit(string text, string option) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : throw new UsageException($"{option} {text} is not a number from 1.");

    private static ulong Seed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new UsageException($"--seed {text} is not a whole number.");

    private static long Life(string text) =>
        DurationRange.TryDuration(text, out var life) && life > 0
            ? life
            : throw new UsageException($"--life {text} is not a duration; write 24h, 90s or 500ms.");
}
