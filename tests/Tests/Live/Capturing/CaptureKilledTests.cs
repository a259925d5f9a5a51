using System.Diagnostics;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>A capture that is really killed, again and again: nothing it acknowledged is lost, and the next one goes on.</summary>
public sealed class CaptureKilledTests
{
    private const int EveryDay = 2;
    private const int Soak = 100;

    [Fact]
    [Trait("Category", "Slow")]
    public Task Capture_KilledAFewTimes_LosesNothingAcknowledged() => KillAsync(EveryDay);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Capture_KilledAHundredTimes_LosesNothingAcknowledged() => KillAsync(Soak);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Capture_Terminated_EndsCleanlyWithASummary()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", change: o => o with { Repeat = true });
        using var folder = new TempFolder();
        using var process = Start(bench, folder, "--json");
        await UntilDurableAsync(process, []);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        var rest = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        var end = JsonDocument.Parse(rest.Trim().Split('\n')[^1]).RootElement;
        Assert.Equal("ended", end.GetProperty("type").GetString());
        Assert.Equal("stopped by the user", end.GetProperty("reason").GetString());
        var day = Assert.Single(MarketCatalog.Of(new JournalStore(folder, TimeProvider.System), "NEXOUSDT"));
        Assert.NotNull(day.Manifest);
    }

    private static async Task KillAsync(int times)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var folder = new TempFolder();
        var acknowledged = new Dictionary<string, long>(StringComparer.Ordinal);
        var draw = new Random(7);
        for (var i = 0; i < times; i++)
        {
            using var process = Start(bench, folder, "--json");
            await UntilDurableAsync(process, acknowledged);
            var life = Task.Delay(draw.Next(0, 1_500));
            Task<bool> reading;
            do
            {
                reading = ReadAsync(process, acknowledged);
            }
            while (await Task.WhenAny(life, reading) == reading && await reading);
            process.Kill();
            await process.WaitForExitAsync();

            // What it had said before it died counts, too.
            while (await reading)
            {
                reading = ReadAsync(process, acknowledged);
            }
        }

        using (var last = Start(bench, folder, "--for", "3m"))
        {
            await last.WaitForExitAsync();
            Assert.True(last.ExitCode == 0, await last.StandardError.ReadToEndAsync());
        }

        var store = new JournalStore(folder, TimeProvider.System);
        var days = MarketCatalog.Of(store, "NEXOUSDT");
        Assert.True(days.Select(d => d.Recording).Distinct().Count() == times + 1, "a killed capture left no recording, or one too many");
        Assert.All(days, d => Assert.NotNull(d.Manifest));
        Assert.NotEmpty(acknowledged);
        foreach (var (stream, durable) in acknowledged)
        {
            var stored = days.Single(d => d.Name.Value == stream);
            Assert.True(stored.Info.Version >= durable, $"{stream}: {durable} events were acknowledged, {stored.Info.Version} are there");
        }

        // All of it replays as one: every recording goes on from the one before.
        var fold = new BookFold();
        foreach (var day in days)
        {
            CaptureBench.Walk(store, day.Name.Value, fold);
        }

        Assert.True(fold.Tracker.Follows);
        Assert.All(days.Skip(1).Zip(days), pair => Assert.Equal(pair.Second.Name.Value, Start(store, pair.First.Name).ContinuedFrom));
    }

    private static RecordingStarted Start(JournalStore store, StreamName name)
    {
        var first = new First();
        CaptureBench.Walk(store, name.Value, first);
        return first.Started!.Value;
    }

    private static async Task UntilDurableAsync(Process process, Dictionary<string, long> acknowledged)
    {
        var before = acknowledged.Values.Sum();
        do
        {
            Assert.True(await ReadAsync(process, acknowledged), "the capture ended by itself: " + (process.HasExited ? await process.StandardError.ReadToEndAsync() : ""));
        }
        while (acknowledged.Values.Sum() == before);
    }

    // One line of the capture; false at the end. A line that the kill cut in two acknowledges nothing.
    private static async Task<bool> ReadAsync(Process process, Dictionary<string, long> acknowledged)
    {
        if (await process.StandardOutput.ReadLineAsync() is not { } line)
        {
            return false;
        }

        if (line.StartsWith("{\"type\":\"status\"", StringComparison.Ordinal) && line.EndsWith('}'))
        {
            foreach (var symbol in JsonDocument.Parse(line).RootElement.GetProperty("symbols").EnumerateArray())
            {
                if (symbol.GetProperty("durable").GetInt64() is > 0 and var durable)
                {
                    acknowledged[symbol.GetProperty("stream").GetString()!] = durable;
                }
            }
        }

        return true;
    }

    private static Process Start(CaptureBench bench, string store, params string[] more)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "mm.dll"), "capture", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", store, .. more])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private sealed class First : IEventHandler
    {
        public RecordingStarted? Started { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is RecordingStarted started)
            {
                Started ??= started;
            }
        }
    }
}
