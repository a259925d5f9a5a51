using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
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
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true, Queue = QueueModel.Optimistic });
        string run;
        using (var process = LiveProcess.StartStarvable("live", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", folder, "--json", "--mode", "testnet"))
        {
            run = await LiveProcess.UntilQuotingAsync(process);
            Assert.True(await LiveVenueFailureTests.OpenOrdersAsync(bench) > 0);

            // From now on no file grows beyond 4 KiB: the next append fails as on a full disk.
            Assert.Equal(0, LiveProcess.Run("prlimit", "--pid", process.Id.ToString(CultureInfo.InvariantCulture), "--fsize=4096"));
            var (code, text, error) = await LiveProcess.EndAsync(process);
            Assert.True(code == 4, $"exit code {code}: {text}{error}");
            Assert.Contains("orders cancelled, and it is confirmed that none is left", error, StringComparison.Ordinal);
            Assert.Contains("cannot be written", error + text, StringComparison.Ordinal);
        }

        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        var store = new JournalStore(folder, TimeProvider.System);
        Assert.Null(store.ReadManifest(StreamName.Run(run, "NEXOUSDT")));

        // With room again the same command goes on, and nothing that the venue did meanwhile is missing.
        using (var process = LiveProcess.Live(bench, folder, "--mode", "testnet", "--for", "10m"))
        {
            var (code, text, error) = await LiveProcess.EndAsync(process);
            Assert.True(code == 0, $"exit code {code}: {text}{error}");
            Assert.Contains($"\"run\":\"{run}\"", text, StringComparison.Ordinal);
        }

        await AgreeAsync(bench, run);
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("-TERM")]
    [InlineData("-HUP")]
    public async Task Signal_OrdersResting_CancelsConfirmsAndEndsTheRun(string signal)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        using var process = LiveProcess.Live(bench, folder, "--mode", "testnet");
        var run = await LiveProcess.UntilQuotingAsync(process);
        Assert.Equal(0, LiveProcess.Run("kill", signal, process.Id.ToString(CultureInfo.InvariantCulture)));
        var (code, text, error) = await LiveProcess.EndAsync(process);
        Assert.True(code == 0, $"exit code {code}: {text}{error}");
        Assert.Contains("orders cancelled, and it is confirmed that none is left", error, StringComparison.Ordinal);
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        Assert.Equal("kill switch: Ctrl-C or SIGTERM", LiveVenueFailureTests.EndOf(new JournalStore(folder, TimeProvider.System), StreamName.Run(run, "NEXOUSDT")));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Guard_EngineKilledWithOrdersResting_CancelsEverythingAndSaysSo()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", change: o => o with { Repeat = true });
        using var engine = LiveProcess.Live(bench, folder, "--mode", "testnet");
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

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Session_OnPaper_EndsAtItsEndAndCanBeForked()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        using (var without = LiveProcess.Live(bench, folder, "--horizon-mode", "session"))
        {
            var (code, _, error) = await LiveProcess.EndAsync(without);
            Assert.Equal(2, code);
            Assert.Contains("--session-end", error, StringComparison.Ordinal);
        }

        var now = (await bench.ControlAsync("/api/v3/time")).GetProperty("serverTime").GetInt64();
        var end = DateTimeOffset.FromUnixTimeMilliseconds(now - (now % 60_000) + (25 * 60_000)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string run;
        using (var process = LiveProcess.Live(bench, folder, "--horizon-mode", "session", "--session-end", end, "--session-stop-seconds", "60"))
        {
            var (code, text, error) = await LiveProcess.EndAsync(process);
            Assert.True(code == 0, $"exit code {code}: {text}{error}");
            var last = JsonDocument.Parse(text.Trim().Split('\n')[^1]).RootElement;
            Assert.Equal("the session is over", last.GetProperty("reason").GetString());
            run = last.GetProperty("run").GetString()!;
        }

        var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var stored = new RunFinder(stores).Find(run);
        Assert.Equal(DateTimeOffset.Parse(end, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() * 1_000_000, stored.Started.WindowEnd);
        Assert.Contains(EventSourcedMM.Domain.Quoting.StopReason.SessionOver, LiveVenueFailureTests.Stops(stored));
        var verification = new RunVerifier(stores).Verify((stored.Store, stored.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference);

        // Until the fork it is the run; from there on it goes its own way, and verifies.
        using var fork = LiveProcess.Start("fork", run, "--seq", "400", "--set", "gamma=5", "--store", folder, "--json");
        var (forked, answer, said) = await LiveProcess.EndAsync(fork);
        Assert.True(forked == 0, $"exit code {forked}: {answer}{said}");
        var child = stores.List("run/").Select(s => s.Name).Single(n => n.Parts[1].StartsWith("backtest-", StringComparison.Ordinal));
        var made = new RunFinder(stores).Find(child.Parts[1]);
        Assert.Equal((run, 400L), (made.Started.Parent, made.Started.ParentSequence));
        Assert.True(RunDiff.Diverge(stored, made)!.Sequence > 400);
        Assert.True(new RunVerifier(stores).Verify((made.Store, made.Name)).Identical);
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
