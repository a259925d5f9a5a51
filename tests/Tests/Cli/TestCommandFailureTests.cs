using System.Diagnostics;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm test</c> where something is wrong that one check alone can see, and where a component cannot go on: the table says so and keeps the rest.</summary>
public sealed class TestCommandFailureTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Somebody else at this address has used most of the minute's weight; the clock stands, so the minute does not end meanwhile.</summary>
    [Fact]
    public async Task Limits_UsedBySomebodyElse_Fail()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "10", change: o => o with { WeightLimit = 1_000 });
        await bench.ControlAsync("/sim/pause", post: true);
        for (var i = 0; i < 3; i++)
        {
            await bench.ControlAsync("/api/v3/depth?symbol=NEXOUSDT&limit=5000");
        }

        await bench.ControlAsync("/api/v3/depth?symbol=NEXOUSDT&limit=1000");
        var checks = await RunAsync(1, bench.Endpoint.Name, "venue");
        Assert.Equal(("limits", "weight 826 of 1000 used in this minute", "another program at this address uses the venue: the limit is per address"), Failed(checks));
    }

    /// <summary>The venue describes a symbol that nobody can trade: a line of the table, beside those of the checks before.</summary>
    [Fact]
    public async Task Instrument_ThatCannotBe_IsALineOfTheTable()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "10");
        await using var line = new ChangedLine(bench.Venue.HttpUri, "\"tickSize\":\"0.00100000\"", "\"tickSize\":\"0.00000000\"");
        var checks = await RunAsync(1, line.Endpoint, "venue");
        Assert.Contains("the venue has switched off tickSize", Failed(checks, "instrument").Value, StringComparison.Ordinal);
        Assert.Equal(["round trip", "clock", "limits"], checks.Where(c => c.Passed).Select(c => c.Check));
    }

    /// <summary>What comes on the stream cannot be read: prices of trades without their quotation mark.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Messages_ThatCannotBeRead_Fail()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "60");
        await using var line = new ChangedLine(bench.Venue.HttpUri, "\"p\":\"", "\"p\":x");
        var failed = Failed(await RunAsync(1, line.Endpoint, "ws", "--symbols", "BTCUSDT", "--for", "45s"), "messages");
        Assert.Matches("^[0-9,]+ messages, [1-9][0-9]* that could not be read$", failed.Value);
        Assert.Contains("something between changes it", failed.Advice, StringComparison.Ordinal);
    }

    /// <summary>Trades alone are lost: the diffs have no hole, the book is well, and the check fails all the same.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Holes_InTheTradesAlone_Fail()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "30");
        var running = RunAsync(1, bench.Endpoint.Name, "data", "--symbols", "BTCUSDT", "--for", "75s");
        while (!running.IsCompleted)
        {
            await bench.ControlAsync("/sim/faults?kind=drop&on=btcusdt@trade", post: true);
            await Task.Delay(50);
        }

        var checks = await running;
        Assert.Matches("^0 in the diffs, [1-9][0-9]* trades missing, [1-9][0-9]* holes listed$", Failed(checks, "BTCUSDT holes").Value);
        Assert.True(checks.Single(c => c.Check == "connection").Passed);
    }

    /// <summary>The disk that the test records to is full in the middle of it: a process whose files may not grow stands for that.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Disk_FullWhileDataIsRecorded_IsALineOfTheTable()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "60");
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
        [
            "-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "full", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "mm.dll"),
            "test", "--component", "data", "--symbols", "BTCUSDT", "--endpoint", bench.Endpoint.Name, "--for", "10m", "--json",
        ])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["TMPDIR"] = folder;

        // The runtime's own memory counts as files too where it is mapped twice, and its diagnostics open some.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 1, $"exit code {process.ExitCode}: {output}{await error}");
        var failed = Failed(Read(output), "disk");
        Assert.Contains("Writing stream market/BTCUSDT/", failed.Value, StringComparison.Ordinal);
        Assert.Contains($"goes to {folder.Path}", failed.Advice, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(folder, "mm-test-*"));
    }

    private async Task<List<Row>> RunAsync(int expected, string endpoint, string component, params string[] more)
    {
        string[] symbols = more.Contains("--symbols") ? [] : ["--symbols", "NEXOUSDT"];
        var (code, output, error) = await CommandRun.Async(TestCommand.Create(), ["test", "--endpoint", endpoint, "--component", component, "--store", folder, "--json", .. symbols, .. more]);
        Assert.True(code == expected, $"exit code {code}: {output}{error}");
        return Read(output);
    }

    private static List<Row> Read(string output) =>
        [.. JsonDocument.Parse(output).RootElement.GetProperty("checks").EnumerateArray().Select(c => new Row(c.GetProperty("check").GetString()!, c.GetProperty("passed").GetBoolean(), c.GetProperty("value").GetString()!, c.GetProperty("advice").GetString()))];

    private static (string Check, string Value, string Advice) Failed(List<Row> checks, string? name = null)
    {
        var row = name is null ? Assert.Single(checks, c => !c.Passed) : Assert.Single(checks, c => c.Check == name);
        Assert.False(row.Passed, $"{row.Check} passed: {row.Value}");
        return (row.Check, row.Value, row.Advice!);
    }

    private sealed record Row(string Check, bool Passed, string Value, string? Advice);
}
