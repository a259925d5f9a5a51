using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>The guard against a simulated venue: orders of an engine whose heart has stopped are cancelled, those of one that beats are not.</summary>
public sealed class GuardTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string HeartbeatPath => Path.Combine(folder, "heartbeat");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Heartbeat_WhileItBeats_IsOneWholeLineOfOneLength()
    {
        using var heartbeat = Heartbeat.Start(HeartbeatPath, "run-1", "testnet", ["BTCUSDT", "ETHUSDT"]);
        for (var i = 1; i <= 100; i++)
        {
            heartbeat.Beat();
            var state = HeartbeatState.Read(HeartbeatPath)!;
            Assert.Equal(("run-1", "testnet", i, false), (state.Run, state.Endpoint, state.Beats, state.IsOver));
            Assert.Equal(["BTCUSDT", "ETHUSDT"], state.Symbols);
            Assert.Equal(2_048, new FileInfo(HeartbeatPath).Length);
        }

        heartbeat.End();
        Assert.True(HeartbeatState.Read(HeartbeatPath)!.IsOver);
    }

    [Theory]
    [InlineData(HeartbeatKeeper.Most - 1, false)]
    [InlineData(HeartbeatKeeper.Most, true)]
    public async Task Heartbeat_ThatCannotBeWritten_IsTriedAgainAndThenLost(int failures, bool isLost)
    {
        var (tries, lost) = (0, 0);
        using var stop = new CancellationTokenSource();
        await HeartbeatKeeper.KeepAsync(
            () => { },
            () =>
            {
                if (++tries <= failures)
                {
                    throw new IOException("the disk is away");
                }

                stop.Cancel();
            },
            _ => lost++,
            TimeSpan.FromMilliseconds(1),
            stop.Token);
        Assert.Equal((isLost ? failures : failures + 1, isLost ? 1 : 0), (tries, lost));
    }

    [Fact]
    public void Heartbeat_ThatIsNone_IsNotRead()
    {
        Assert.Null(HeartbeatState.Read(HeartbeatPath));
        File.WriteAllText(HeartbeatPath, "{\"run\":1}");
        Assert.Null(HeartbeatState.Read(HeartbeatPath));
    }

    [Fact]
    public async Task Guard_HeartbeatStops_CancelsEverythingAndConfirmsIt()
    {
        await using var bench = await GatewayBench.StartAsync("NEXOUSDT", "1");
        var maker = new ToyMaker(bench.Instrument);
        var gateway = bench.Gateway(0);
        var desk = gateway.AddDesk(maker.Start("guarded", 0));
        await gateway.OpenAsync(default);
        var (bid, ask) = await bench.BestAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (maker.Orders.Count < 2 || desk.Unanswered > 0)
        {
            maker.Read(desk);
            desk.Submit(maker.Decide(new Random(1), bid - (20 * bench.Instrument.Tick), ask + (20 * bench.Instrument.Tick), calm: true).ToArray());
            await Task.Delay(5, patience.Token);
        }

        // The process dies: no goodbye, no cancel.
        await gateway.AbandonAsync();
        Assert.Equal(2, (await bench.AskAsync(0, VenueMethod.OpenOrders)).GetArrayLength());

        var notes = new List<string>();
        using var heartbeat = Heartbeat.Start(HeartbeatPath, "guarded", "here", [bench.Instrument.Symbol]);
        using var sweep = new AccountSweep(bench.Endpoint, GatewayBench.Keys(0), bench.Clock);
        var watch = new GuardWatch(HeartbeatPath, TimeSpan.FromSeconds(1), sweep.CancelAllAsync, note =>
        {
            lock (notes)
            {
                notes.Add(note);
            }
        }).RunAsync([], default);

        // It is seen to beat, and then stands still.
        while (!Noted("watching run guarded"))
        {
            heartbeat.Beat();
            await Task.Delay(20, patience.Token);
        }

        Assert.Equal(GuardEnd.Cancelled, await watch.WaitAsync(patience.Token));
        Assert.Empty((await bench.AskAsync(0, VenueMethod.OpenOrders)).EnumerateArray());
        Assert.Contains(notes, n => n == "NEXOUSDT: 2 orders cancelled, none is left");

        bool Noted(string what)
        {
            lock (notes)
            {
                return notes.Exists(n => n.StartsWith(what, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Guard_StartsAfterTheEngineDied_CancelsAndRemembersIt()
    {
        Leave("dead", beats: 7);
        var calls = 0;
        Task<IReadOnlyList<CancelAllOutcome>> CancelAll(IReadOnlyList<string> symbols, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<CancelAllOutcome>>([.. symbols.Select(s => new CancelAllOutcome(s, ++calls, Confirmed: true, ""))]);
        Assert.Equal(GuardEnd.Cancelled, await new GuardWatch(HeartbeatPath, TimeSpan.FromMilliseconds(300), CancelAll, _ => { }).RunAsync([], default).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(1, calls);

        // The next guard, after its own restart, finds the same heartbeat: it is done. An engine that starts and dies again is another one.
        using var stop = new CancellationTokenSource();
        var watch = new GuardWatch(HeartbeatPath, TimeSpan.FromMilliseconds(300), CancelAll, _ => { }).RunAsync([], stop.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(900));
        Assert.False(watch.IsCompleted);
        Leave("dead", beats: 3);
        Assert.Equal(GuardEnd.Cancelled, await watch.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Guard_VenueAwayForLongerThanItsPatience_GoesOnUntilNothingIsLeft()
    {
        Leave("dead", beats: 1);
        var calls = 0;
        var watch = new GuardWatch(
            HeartbeatPath,
            TimeSpan.FromMilliseconds(200),
            async (symbols, ct) =>
            {
                if (++calls < 4)
                {
                    await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return [new CancelAllOutcome(symbols[0], 0, Confirmed: false, "no route to host")];
                }

                return [new CancelAllOutcome(symbols[0], 2, Confirmed: true, "")];
            },
            _ => { }) { Patience = TimeSpan.FromMilliseconds(50), LongestWait = TimeSpan.FromMilliseconds(50) };
        Assert.Equal(GuardEnd.Cancelled, await watch.RunAsync([], default).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(4, calls);
    }

    [Fact]
    public async Task Guard_HeartbeatOfARunThatEndedBefore_IsNotItsBusiness()
    {
        using (var heartbeat = Heartbeat.Start(HeartbeatPath, "orderly", "here", ["BTCUSDT"]))
        {
            heartbeat.End();
        }

        using var stop = new CancellationTokenSource();
        var watch = new GuardWatch(HeartbeatPath, TimeSpan.FromMilliseconds(100), (_, _) => throw new InvalidOperationException("nothing is to be cancelled"), _ => { }).RunAsync([], stop.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        Assert.False(watch.IsCompleted);
        await stop.CancelAsync();
        Assert.Equal(GuardEnd.Stopped, await watch);
    }

    // As a process that was killed leaves it.
    private void Leave(string run, int beats)
    {
        using var heartbeat = Heartbeat.Start(HeartbeatPath, run, "here", ["BTCUSDT"]);
        for (var i = 0; i < beats; i++)
        {
            heartbeat.Beat();
        }
    }

    [Fact]
    public async Task Guard_OrderlyEnd_CancelsNothing()
    {
        using var heartbeat = Heartbeat.Start(HeartbeatPath, "orderly", "here", ["BTCUSDT"]);
        var seen = new TaskCompletionSource();
        var watch = new GuardWatch(HeartbeatPath, TimeSpan.FromSeconds(30), (_, _) => throw new InvalidOperationException("nothing is to be cancelled"), _ => seen.TrySetResult()).RunAsync([], default);
        while (!seen.Task.IsCompleted)
        {
            heartbeat.Beat();
            await Task.Delay(20);
        }

        heartbeat.End();
        Assert.Equal(GuardEnd.EngineEnded, await watch.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Guard_WrongSecret_SaysSoAtTheStart()
    {
        await using var bench = await GatewayBench.StartAsync("NEXOUSDT", "1");
        using var sweep = new AccountSweep(bench.Endpoint, EventSourcedMM.Live.Gateway.Keys.ApiKeys.Of(GatewayBench.Key(0), "another-secret"), bench.Clock);
        var refused = await Assert.ThrowsAsync<GatewayException>(() => sweep.CheckAsync(default));
        Assert.Contains("refuses the API key", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another-secret", refused.Message, StringComparison.Ordinal);
    }
}
