using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.VenueSim.Api;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>The process of a live run at a simulated venue whose disk is full, that is signalled, or that is killed while a guard watches.</summary>
public sealed class LiveProcessEndTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public async Task FullDisk_OrdersResting_CancelsAndConfirmsAndGoesOnWhenThereIsRoom()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "40", change: o => o with { Repeat = true, Queue = QueueModel.Optimistic });
        string run;
        using (var process = LiveProcess.StartStarvable("live", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", folder, "--json", "--mode", "testnet", "--volatility-warmup", "5", "--volatility-lag", "1"))
        {
            run = await LiveProcess.UntilQuotingAsync(process);
            Assert.True(await LiveVenueFailureTests.OpenOrdersAsync(bench) > 0);

            // From now on no file grows beyond 4 KiB: the next append fails as on a full disk.
            Assert.Equal(0, LiveProcess.Run("prlimit", "--pid", process.Id.ToString(CultureInfo.InvariantCulture), "--fsize=4096"));
            var (code, text, error) = await LiveProcess.EndAsync(process);
            Assert.True(code == 4, $"exit code {code}: {text}{error}");
            Assert.Contains("orders cancelled, and it is confirmed that none is left", error, StringComparison.Ordinal);
            Assert.Contains("Writing stream", error, StringComparison.Ordinal);
            Assert.Contains($"run {run} has not ended and stays as it is stored", error, StringComparison.Ordinal);
        }

        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        var store = new JournalStore(folder, TimeProvider.System);
        Assert.Null(store.ReadManifest(StreamName.Run(run, "NEXOUSDT")));

        // With room again the same command goes on, and nothing that the venue did meanwhile is missing.
        using (var process = LiveProcess.Live(bench, folder, "--mode", "testnet", "--volatility-warmup", "5", "--volatility-lag", "1", "--for", "1m"))
        {
            var (code, text, error) = await LiveProcess.EndAsync(process);
            Assert.True(code == 0, $"exit code {code}: {text}{error}");
            Assert.Contains($"\"run\":\"{run}\"", text, StringComparison.Ordinal);
        }

        await AgreeAsync(bench, run);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("TERM")]
    [Trait("Category", "Slow")]
    public async Task Signal_OrdersResting_CancelsConfirmsAndEndsTheRun(string signal)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "20", change: o => o with { Repeat = true });
        using var process = LiveProcess.Live(bench, folder, "--mode", "testnet", "--volatility-warmup", "5", "--volatility-lag", "1");
        var run = await LiveProcess.UntilQuotingAsync(process);
        Assert.True(await LiveVenueFailureTests.OpenOrdersAsync(bench) > 0);
        Signal(process, signal);
        await AssertEndedAsync(bench, process, run);
    }

    /// <summary>Ctrl-C, and again before the venue has answered: the impatience of whoever sits there does not leave orders at the venue.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task CtrlC_TwiceWhileTheVenueIsSilent_IsNotObeyedBeforeNoOrderRests()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "20", change: o => o with { Repeat = true, Latency = OrderLatency.Parse("100ms") });
        using var process = LiveProcess.Live(bench, folder, "--mode", "testnet", "--volatility-warmup", "5", "--volatility-lag", "1");
        var run = await LiveProcess.UntilQuotingAsync(process);
        Assert.True(await LiveVenueFailureTests.OpenOrdersAsync(bench) > 0);

        // The venue's clock stands: no request arrives. The first Ctrl-C pulls the switch, and the sweep waits for its answer.
        await bench.ControlAsync("/sim/pause", post: true);
        var interrupt = InterruptSignal.Number == 2 ? "INT" : "TERM";
        Signal(process, interrupt);
        var said = "";
        var patience = TimeProvider.System.GetTimestamp();
        while (!said.Contains("still being cancelled", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromSeconds(20), "another Ctrl-C was not answered: " + said);
            Signal(process, interrupt);
            await Task.Delay(50);
            Assert.False(process.HasExited, "it ended with orders at the venue");
            said += await UntilStatusAsync(process);
        }

        Assert.True(await LiveVenueFailureTests.OpenOrdersAsync(bench) > 0);
        await bench.ControlAsync("/sim/resume", post: true);
        await AssertEndedAsync(bench, process, run);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Guard_EngineKilledWithOrdersResting_CancelsEverythingAndSaysSo()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "20", change: o => o with { Repeat = true });
        using var engine = LiveProcess.Live(bench, folder, "--mode", "testnet", "--volatility-warmup", "5", "--volatility-lag", "1");
        using var guard = LiveProcess.Start("guard", "--heartbeat", Path.Combine(folder, "heartbeat"), "--after", "2s");
        await LiveProcess.UntilQuotingAsync(engine);
        var said = "";
        while (await guard.StandardError.ReadLineAsync() is { } line && !(said += line).Contains("watching run", StringComparison.Ordinal))
        {
            // Until it has seen the engine's heart beat.
        }

        Assert.True(await LiveVenueFailureTests.OpenOrdersAsync(bench) > 0);
        var killed = TimeProvider.System.GetTimestamp();
        engine.Kill();
        var (code, text, error) = await LiveProcess.EndAsync(guard);
        var took = TimeProvider.System.GetElapsedTime(killed);
        Assert.True(code == 4, $"exit code {code}: {said}{text}{error}");
        Assert.Contains("has not beaten for 2 s: cancelling everything on NEXOUSDT", error, StringComparison.Ordinal);
        Assert.Contains("orders cancelled, none is left", error, StringComparison.Ordinal);
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        output.WriteLine(FormattableString.Invariant($"from kill -9 to the guard's end {took.TotalSeconds:0.0} s, of which 2 s are --after"));
    }

    private static void Signal(Process process, string signal) => Assert.Equal(0, LiveProcess.Run("kill", "-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)));

    // The lines up to the next one that says how it stands, or that it is held.
    private static async Task<string> UntilStatusAsync(Process process)
    {
        var said = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said += line;
            if (line.StartsWith("{\"type\":\"status\"", StringComparison.Ordinal) || line.Contains("still being cancelled", StringComparison.Ordinal))
            {
                return said;
            }
        }

        return said;
    }

    private async Task AssertEndedAsync(CaptureBench bench, Process process, string run)
    {
        var (code, text, error) = await LiveProcess.EndAsync(process);
        Assert.True(code == 0, $"exit code {code}: {text}{error}");
        Assert.Contains("orders cancelled, and it is confirmed that none is left", error, StringComparison.Ordinal);
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        var store = new JournalStore(folder, TimeProvider.System);
        var stream = StreamName.Run(run, "NEXOUSDT");
        Assert.Equal("kill switch: Ctrl-C or SIGTERM", LiveVenueFailureTests.EndOf(store, stream));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "control")));

        // What an auditor asks of it: where it traded, within what, and how safe its decisions were.
        var manifest = store.ReadManifest(stream)!;
        Assert.Equal(("os", "cancel", bench.Endpoint.Name), (manifest.Note("durability"), manifest.Note("onKill"), manifest.Note("endpoint")));
        Assert.Contains("stop_loss ", manifest.Note("limits"), StringComparison.Ordinal);
    }

    private async Task AgreeAsync(CaptureBench bench, string run)
    {
        var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var located = new RunFinder(stores).Locate(run);
        var verification = new RunVerifier(stores).Verify(located);
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);
        var (ledger, instrument) = (verification.Executed!.Result.State.Ledger, verification.Executed.Result.State.Instrument!);
        var account = (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0];
        Assert.Equal((0, verification.Executed.Result.Metrics.Fills), (account.GetProperty("openOrders").GetInt32(), account.GetProperty("trades").GetInt64()));
        Assert.Equal(1_000 + Number(instrument.FormatQuantity(ledger.Position)), Balance("NEXO"));
        Assert.Equal(1_000_000 + Number(instrument.FormatMoney(ledger.Cash)), Balance("USDT"));

        decimal Balance(string asset) => account.GetProperty("balances").EnumerateArray().Where(b => b.GetProperty("asset").GetString() == asset)
            .Sum(b => Number(b.GetProperty("free").GetString()!) + Number(b.GetProperty("locked").GetString()!));
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
