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
    public async Task Guard_OrderlyEnd_CancelsNothing()
    {
        using var heartbeat = Heartbeat.Start(HeartbeatPath, "orderly", "here", ["BTCUSDT"]);
        var watch = new GuardWatch(HeartbeatPath, TimeSpan.FromSeconds(30), (_, _) => throw new InvalidOperationException("nothing is to be cancelled"), _ => { }).RunAsync([], default);
        heartbeat.Beat();
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
