using System.Diagnostics;
using System.Text.Json;
using EventSourcedMM.Tests.Live.Capturing;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>The command itself in a process of its own, to be killed, signalled or starved.</summary>
internal static class LiveProcess
{
    /// <summary><c>mm live</c> on NEXOUSDT of a simulated venue.</summary>
    public static Process Live(CaptureBench bench, string store, params string[] more) =>
        Start(["live", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", store, "--json", .. more]);

    /// <summary>Any command.</summary>
    public static Process Start(params string[] arguments) => Start(Host, [Tool, .. arguments]);

    /// <summary>A command that survives a limit on file sizes, which is set later.</summary>
    public static Process StartStarvable(params string[] arguments) => Start("bash", ["-c", "trap '' XFSZ; exec \"$@\"", "mm", Host, Tool, .. arguments]);

    /// <summary>Any command with these variables and no other keys.</summary>
    public static Process StartWith(IEnumerable<(string Name, string Value)> variables, params string[] arguments) => Start(Host, [Tool, .. arguments], variables);

    /// <summary>Any program, with the keys that every simulated venue knows.</summary>
    public static Process Start(string program, IEnumerable<string> arguments) =>
        Start(program, arguments, [("BINANCE_API_KEY", "simulated"), ("BINANCE_API_SECRET", "simulated")]);

    private static Process Start(string program, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> variables)
    {
        // A test run that was started with nohup or in the background hands on ignored signals; a service has its own.
        string[] line = [.. OperatingSystem.IsLinux() ? (string[])["env", "--default-signal=HUP,INT,TERM"] : [], program, .. arguments];
        var start = new ProcessStartInfo(line[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        foreach (var argument in line[1..])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs a program to its end and returns its exit code.</summary>
    public static int Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardOutput.ReadToEnd();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Reads until an order rests on both sides of the run's symbol; the run's name.</summary>
    public static async Task<string> UntilQuotingAsync(Process process)
    {
        var run = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var json = JsonDocument.Parse(line).RootElement;
            run = json.GetProperty("type").GetString() == "started" ? json.GetProperty("run").GetString()! : run;
            if (json.GetProperty("type").GetString() == "status" && json.GetProperty("symbols") is { } symbols && symbols.GetArrayLength() > 0
                && symbols[0].TryGetProperty("bid", out var bid) && bid.ValueKind == JsonValueKind.String)
            {
                return run;
            }
        }

        Assert.Fail("the run ended by itself: " + await process.StandardError.ReadToEndAsync());
        return run;
    }

    /// <summary>Waits for the end: exit code, what it wrote, what it said beside.</summary>
    public static async Task<(int Code, string Output, string Error)> EndAsync(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    private static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string Tool => Path.Combine(AppContext.BaseDirectory, "mm.dll");
}
