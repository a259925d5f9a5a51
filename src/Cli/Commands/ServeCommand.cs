using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Web;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm serve</c>: the stored days and runs in a browser.</summary>
public static class ServeCommand
{
    private const int ShortestToken = 16;
    private const int AnswersAtOnce = 16;

    /// <summary>The command with its options; docs/serve.md documents what it shows.</summary>
    public static Command Create()
    {
        var command = new Command("serve", "Show the stored days and runs in a browser.");
        var host = new Option<string>("--host") { Description = "Address to listen on; another than a loopback address needs --token.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<string>("--port") { Description = "Port to listen on; 0 picks a free one.", HelpName = "N", DefaultValueFactory = _ => "9070" };
        var token = new Option<string?>("--token") { Description = "What a visitor must know, at least 16 characters; env:NAME takes it from the environment.", HelpName = "TEXT|env:NAME" };
        var open = new Option<bool>("--open") { Description = "Open it in the browser." };
        var json = new Option<bool>("--json") { Description = "Print the address as one JSON object." };
        foreach (var option in (Option[])[host, port, token, open, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var address = Address(parsed.GetValue(host)!);
            var secret = Token(parsed.GetValue(token), address);
            using var stores = store.OpenToRead(parsed, terminal);
            var options = new ViewerOptions { Stores = stores, Address = address, Port = Ports.Read("--port", parsed.GetValue(port)!), Token = secret, Timers = WallClock.Timers, WarmUp = true };
            return RunAsync(options, parsed.GetValue(open), parsed.GetValue(json), terminal).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(ViewerOptions options, bool open, bool json, Terminal terminal)
    {
        using var interrupt = new Interrupt();

        // An answer that waits for what is still being read keeps its thread meanwhile: others are not to wait for it.
        ThreadPool.GetMinThreads(out _, out var ports);
        ThreadPool.SetMinThreads(AnswersAtOnce, ports);
        await using var viewer = await StartAsync(options, interrupt.Token);
        var address = viewer.Address.AbsoluteUri;
        terminal.Output.WriteLine(json
            ? JsonText.Object(j => j.WriteString("address", address))
            : $"{address} shows {options.Stores.Server?.Place ?? options.Stores.Primary.Place}{(options.Token is null ? "" : "; open it with ?token=…")}. Ctrl-C ends it.");
        await terminal.Output.FlushAsync();
        if (open)
        {
            UserBrowser.Open(options.Token is { } t ? $"{address}?token={Uri.EscapeDataString(t)}" : address, "open the address yourself", terminal);
        }

        var stop = new TaskCompletionSource();
        await using var registration = interrupt.Token.Register(stop.SetResult);
        await stop.Task;
        return ExitCode.Done;
    }

    private static async Task<Viewer> StartAsync(ViewerOptions options, CancellationToken ct)
    {
        try
        {
            return await Viewer.StartAsync(options, ct);
        }
        catch (Exception e) when (e is SocketException || Ports.IsTaken(e))
        {
            var why = e is SocketException ? e.Message : "somebody listens there";
            throw new UsageException($"--host {options.Address} --port {options.Port} cannot be had: {why}. Name an address of this machine and a free port above 1023, or 0 for one that is free.");
        }
    }

    private static IPAddress Address(string text) => IPAddress.TryParse(text == "localhost" ? "127.0.0.1" : text, out var address)
        ? address
        : throw new UsageException($"--host {text} is not an address; write 127.0.0.1, ::1, or an address of this machine.");

    private static string? Token(string? text, IPAddress address)
    {
        const string environment = "env:";
        if (text is null)
        {
            return IPAddress.IsLoopback(address)
                ? null
                : throw new UsageException($"--host {address}: others reach that address, so visitors need a token: --token env:NAME, or --token \"$(openssl rand -hex 16)\".");
        }

        if (text.StartsWith(environment, StringComparison.Ordinal))
        {
            var name = text[environment.Length..];
            text = Environment.GetEnvironmentVariable(name) is { Length: > 0 } held ? held : throw new UsageException($"--token env:{name}: there is no such variable in the environment.");
        }

        return text.Length >= ShortestToken ? text : throw new UsageException($"--token has {text.Length} characters; it takes at least {ShortestToken}, such as of openssl rand -hex 16.");
    }
}
