using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary><c>mm capture --json</c> as a process of its own: what it says is kept, and a test can wait for it.</summary>
internal sealed class CaptureProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly List<JsonElement> output = [];
    private readonly List<string> error = [];
    private readonly Task reading;

    public CaptureProcess(CaptureBench bench, string symbol, string store, params string[] more)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "mm.dll"), "capture", "--symbols", symbol, "--endpoint", bench.Endpoint.Name, "--store", store, "--json", .. more])
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start)!;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput, line => output.Add(JsonDocument.Parse(line).RootElement)), ReadAsync(process.StandardError, error.Add));
    }

    /// <summary>Objects of standard output so far.</summary>
    public JsonElement[] Output
    {
        get
        {
            lock (gate)
            {
                return [.. output];
            }
        }
    }

    /// <summary>Standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (gate)
            {
                return string.Join('\n', error);
            }
        }
    }

    /// <summary>How the only symbol stands by the last line that told: its stream, and how much of it is on disk.</summary>
    public (string Stream, long Durable) Status =>
        Output.LastOrDefault(o => o.GetProperty("type").GetString() == "status") is { ValueKind: JsonValueKind.Object } last && last.GetProperty("symbols")[0] is var symbol
            ? (symbol.GetProperty("stream").GetString()!, symbol.GetProperty("durable").GetInt64())
            : ("", 0);

    /// <summary>Waits until it has said something; fails when it ends first, or does not say it within a minute.</summary>
    /// <param name="said">Whether it has.</param>
    /// <param name="what">What it was to say, for the failure.</param>
    /// <param name="meanwhile">Done again and again until then.</param>
    public async Task UntilAsync(Func<CaptureProcess, bool> said, string what, Func<Task> meanwhile)
    {
        var began = Stopwatch.StartNew();
        while (!said(this))
        {
            Assert.False(reading.IsCompleted, $"the capture ended before {what}: {Error}");
            Assert.True(began.Elapsed < Patience, $"not within a minute: {what}. It said: {Error}");
            await meanwhile();
            await Task.Delay(50);
        }
    }

    /// <summary>Asks it to terminate, and returns its exit code and its last object.</summary>
    public async Task<(int Code, JsonElement Ended)> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync();
        await reading;
        return (process.ExitCode, Output[^1]);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task ReadAsync(StreamReader from, Action<string> add)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (gate)
            {
                add(line);
            }
        }
    }
}
