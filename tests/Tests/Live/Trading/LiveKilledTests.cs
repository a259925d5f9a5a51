using System.Diagnostics;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>
/// A paper run whose process is really killed, again and again: it goes on as the same run, nothing acknowledged is lost, and at
/// the end it is the backtest of everything that was recorded, event for event, as if nobody had killed anything.
/// </summary>
public sealed class LiveKilledTests(ITestOutputHelper output)
{
    private const int EveryDay = 2;

    // The full counts in the soak; a few when the tests are run by hand.
    private static readonly bool IsSoak = Environment.GetEnvironmentVariable("MM_SOAK") == "1";

    [Fact]
    [Trait("Category", "Slow")]
    public Task Live_KilledAFewTimes_GoesOnAsTheSameRun() => KillAsync(EveryDay);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Live_KilledManyTimes_GoesOnAsTheSameRun() => KillAsync(IsSoak ? 150 : 8);

    [Fact]
    [Trait("Category", "Slow")]
    public Task AtAVenue_KilledTwice_VenueAndEngineAgreeToTheLastDigit() => KillAtVenueAsync(2, null, seed: 4);

    [Fact]
    [Trait("Category", "Soak")]
    public Task AtAVenue_KilledOftenInAStorm_VenueAndEngineAgreeToTheLastDigit() => KillAtVenueAsync(IsSoak ? 60 : 6, "storm", seed: 4);

    // Processes beside the sessions of LiveStormTests, with the same faults: each a venue, a run, and one to three kills. MM_STORM as there.
    [Fact]
    [Trait("Category", "Soak")]
    public async Task AtAVenue_ManyRunsKilledInAStorm_VenueAndEngineAgreeToTheLastDigit()
    {
        var part = (Environment.GetEnvironmentVariable("MM_STORM") ?? (Environment.GetEnvironmentVariable("MM_SOAK") == "1" ? "1-24" : "1-2")).Split('-').Select(int.Parse).ToArray();
        var (kills, refused, orders, fills, faults) = (0, 0, 0L, 0L, 0L);
        for (var session = part[0]; session <= part[1]; session++)
        {
            var ended = await KillAtVenueAsync((session % 3) + 1, Storm.LiveStormTests.Faults, (ulong)session);
            output.WriteLine($"run {session}: {(session % 3) + 1} kills, {ended.Refused} starts refused, {ended.Faults} faults, {ended.Orders} orders, {ended.Fills} fills: in agreement");
            kills += (session % 3) + 1;
            (refused, orders, fills, faults) = (refused + ended.Refused, orders + ended.Orders, fills + ended.Fills, faults + ended.Faults);
        }

        var runs = part[1] - part[0] + 1;
        output.WriteLine($"{runs} runs of processes, {kills} times kill -9 and started again, all in agreement; {faults} faults, {refused} starts refused and repeated, {orders} orders, {fills} fills");
        Assert.True(orders > runs * 4 && faults > runs, "the storm was none");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kill_FromAnotherProcess_EndsTheRun()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        using var folder = new TempFolder();
        using var process = Start(bench, folder);
        var run = await UntilEventsAsync(process, 300);
        using (var other = Start("live", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", folder))
        {
            // A second process cannot run the same run.
            Assert.Contains("A living process (process ", await other.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
            await other.WaitForExitAsync();
            Assert.Equal(2, other.ExitCode);
        }

        using (var kill = Start("kill", run, "--store", folder))
        {
            var text = await kill.StandardOutput.ReadToEndAsync();
            await kill.WaitForExitAsync();
            Assert.True(kill.ExitCode == 0, text + await kill.StandardError.ReadToEndAsync());
            Assert.Contains("ended, kill switch: mm kill", text, StringComparison.Ordinal);
        }

        var end = JsonDocument.Parse((await process.StandardOutput.ReadToEndAsync()).Trim().Split('\n')[^1]).RootElement;
        await process.WaitForExitAsync();
        Assert.Equal((0, "kill switch: mm kill"), (process.ExitCode, end.GetProperty("reason").GetString()));
        AssertIdentical(new StoreSet(new JournalStore(folder, TimeProvider.System)), run);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "control")));
    }

    // With limits over all symbols: what a dead process's portfolio was told and had said goes on too.
    private static readonly string[] PaperLimits = ["--portfolio-max-notional", "90", "--portfolio-day-loss", "1000", "--portfolio-share-quote", "true", "--portfolio-quote-capital", "200"];
    private static readonly string[] VenueLimits = ["--portfolio-max-notional", "500", "--portfolio-share-quote", "true", "--portfolio-budget-percent", "80"];

    private static async Task KillAsync(int times)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        using var folder = new TempFolder();
        var draw = new Random(11);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (durable, events) = (0L, 0L);
        for (var i = 0; i < times; i++)
        {
            using var process = Start(bench, folder, PaperLimits);
            names.Add(await UntilEventsAsync(process, events + 1));
            await Task.Delay(draw.Next(0, 900));
            process.Kill();
            foreach (var line in (await process.StandardOutput.ReadToEndAsync()).Split('\n').Where(l => l.StartsWith("{\"type\":\"status\"", StringComparison.Ordinal) && l.EndsWith('}')))
            {
                var symbol = JsonDocument.Parse(line).RootElement.GetProperty("symbols")[0];
                durable = Math.Max(durable, symbol.GetProperty("durable").GetInt64());
            }

            await process.WaitForExitAsync();
            events = Math.Max(durable, 1);
        }

        using (var last = Start(bench, folder, ["--for", IsSoak ? "20m" : "10m", .. PaperLimits]))
        {
            var ended = JsonDocument.Parse((await last.StandardOutput.ReadToEndAsync()).Trim().Split('\n')[^1]).RootElement;
            await last.WaitForExitAsync();
            Assert.True(last.ExitCode is 0 or 4, await last.StandardError.ReadToEndAsync());
            Assert.True(ended.GetProperty("symbols")[0].GetProperty("recovered").GetInt64() >= durable, $"{durable} events were acknowledged");
        }

        var run = Assert.Single(names);
        var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var stored = AssertIdentical(stores, run);
        Assert.True(new RunVerifier(stores).Verify((stored.Store, stored.Name)).Portfolio is { Facts: > 10, Verdicts: > 0 }, "the portfolio was told nothing");
        Assert.True(RunInputs.Of(stores, stored).Count > times, "a killed process left no recording");
        var (backtest, result) = LiveBench.Backtest(stores, stored);
        Assert.Null(RunDiff.Diverge(stored, backtest));
        Assert.True(result.State.Decisions > 3, $"{result.State.Decisions} decisions");
    }

    // Orders rest at the venue while the process is dead, and fill there. A signed request is good for a minute of the venue's clock at most: at this
    // speed a second and a half of ours, which a start keeps on a machine that does other things too.
    private const string VenueSpeed = "40";

    // Nothing here waits so long unless it hangs: the last life has five minutes of the venue's clock, which are eight seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static async Task<(int Refused, long Orders, long Fills, long Faults)> KillAtVenueAsync(int times, string? faults, ulong seed)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", VenueSpeed, faults, seed, change: o => o with { Repeat = true });
        using var folder = new TempFolder();
        var draw = new Random((int)seed + 1);
        var refused = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < times; i++)
        {
            using var process = Start(bench, folder, ["--mode", "testnet", .. VenueLimits]);
            string? name;
            try
            {
                name = await TryUntilEventsAsync(process, 1, orders: true).WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                process.Kill();
                Assert.Fail($"life {i} of session {seed} does not come to quote; it said {await process.StandardError.ReadToEndAsync()}");
                throw;
            }

            if (name is null)
            {
                // The storm refused its start; whoever runs it starts it again.
                await process.WaitForExitAsync();
                Assert.True(faults is not null && process.ExitCode == 3, $"life {i} of session {seed} ended by itself with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
                i--;
                Assert.True(++refused < 40, "the venue refuses every start");
                continue;
            }

            names.Add(name);
            await Task.Delay(draw.Next(0, 1_500));
            process.Kill();
            await process.WaitForExitAsync();
        }

        while (true)
        {
            using var last = Start(bench, folder, ["--mode", "testnet", "--for", faults is null ? "3m" : "5m", .. VenueLimits]);
            var (text, error) = (last.StandardOutput.ReadToEndAsync(), last.StandardError.ReadToEndAsync());
            try
            {
                await last.WaitForExitAsync().WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                last.Kill();
                Assert.Fail($"the last life of session {seed} does not end: {await text}{await error}");
            }

            if (last.ExitCode == 3 && faults is not null && ++refused < 40)
            {
                continue;
            }

            Assert.True(last.ExitCode == 0, $"the last life of session {seed} ended with {last.ExitCode}: {await text}{await error}");
            break;
        }

        var run = Assert.Single(names);
        var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var stored = AssertIdentical(stores, run);
        var executed = RunExecution.Execute(stores, stored);
        var (ledger, instrument) = (executed.Result.State.Ledger, executed.Result.State.Instrument!);
        var account = (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0];
        var engine = (0L, executed.Result.Metrics.Fills, 1_000 + Number(instrument.FormatQuantity(ledger.Position)), 1_000_000 + Number(instrument.FormatMoney(ledger.Cash)));
        var venue = (account.GetProperty("openOrders").GetInt64(), account.GetProperty("trades").GetInt64(), Balance("NEXO"), Balance("USDT"));
        Assert.True(engine == venue, $"session {seed}: open orders, trades, base and quote are {venue} at the venue, and {engine} for the engine. Its journal:\n{string.Join('\n', Storm.StormSession.Lines((stored.Store, stored.Name)))}");
        Assert.True(executed.Result.Metrics.OrdersPlaced > (faults is null ? 4 : 0), $"{executed.Result.Metrics.OrdersPlaced} orders");
        var met = (await bench.ControlAsync("/sim/status")).GetProperty("faults").EnumerateObject().Sum(f => f.Value.GetInt64());
        return (refused, executed.Result.Metrics.OrdersPlaced, executed.Result.Metrics.Fills, met);

        decimal Balance(string asset) => account.GetProperty("balances").EnumerateArray().Where(b => b.GetProperty("asset").GetString() == asset)
            .Sum(b => Number(b.GetProperty("free").GetString()!) + Number(b.GetProperty("locked").GetString()!));
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static StoredRun AssertIdentical(StoreSet stores, string run)
    {
        var located = new RunFinder(stores).Locate(run);
        var verification = new RunVerifier(stores).Verify(located);
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference + string.Join("; ", verification.Portfolio?.Problems ?? []) + verification.Portfolio?.Difference);
        Assert.Equal(located.Store.FindAsync(located.Name).AsTask().Result!.Version, verification.Compared);
        return new RunFinder(stores).Find(run);
    }

    // Reads until so many events of the run are there; the run's name.
    private static async Task<string> UntilEventsAsync(Process process, long events)
    {
        if (await TryUntilEventsAsync(process, events, orders: false) is { } run)
        {
            return run;
        }

        Assert.Fail("the run ended by itself: " + await process.StandardError.ReadToEndAsync());
        return "";
    }

    // Null when it ended by itself.
    private static async Task<string?> TryUntilEventsAsync(Process process, long events, bool orders)
    {
        var run = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var json = JsonDocument.Parse(line).RootElement;
            switch (json.GetProperty("type").GetString())
            {
                case "started":
                    run = json.GetProperty("run").GetString()!;
                    break;
                case "status" when json.GetProperty("symbols") is { } symbols && symbols.GetArrayLength() > 0 && symbols[0].GetProperty("events").GetInt64() >= events
                    && (!orders || (symbols[0].TryGetProperty("bid", out var bid) && bid.ValueKind == JsonValueKind.String)):
                    return run;
                default:
                    break;
            }
        }

        return null;
    }

    private static Process Start(CaptureBench bench, string store, params string[] more) =>
        Start(["live", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", store, "--json", .. more]);

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "mm.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
