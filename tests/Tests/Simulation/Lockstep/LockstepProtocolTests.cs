using System.Net.WebSockets;
using System.Text;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim;
using EventSourcedMM.VenueSim.Api;

namespace EventSourcedMM.Tests.Simulation.Lockstep;

/// <summary>What docs/venue.md promises of lockstep, item by item.</summary>
public sealed class LockstepProtocolTests
{
    private const string Streams = "nexousdt@depth@100ms/nexousdt@trade";

    [Fact]
    public async Task Item_NextOne_WaitsForTheClientsWordAndItsRequests()
    {
        await using var bench = await StartAsync();
        await using var client = await LockstepClient.OpenAsync(bench.Venue, Streams);
        await client.SayAsync();
        Assert.Equal("market", (await client.NextAsync()).Kind);

        // One request more than is sent: the venue waits; the word said again lets it go on.
        await client.SayAsync(requestsToSay: 1);
        await Task.Delay(100);
        Assert.Equal(1, await EventsAsync(bench));
        await client.SayAsync(requestsToSay: 0);
        Assert.Equal("market", (await client.NextAsync()).Kind);

        // Nothing is said: nothing comes.
        await Task.Delay(100);
        Assert.Equal(2, await EventsAsync(bench));
    }

    [Fact]
    public async Task Turn_PlacesAndCancels_AreAnsweredInTheirOrderBeforeTheNextEvent()
    {
        await using var bench = await StartAsync();
        await using var client = await LockstepClient.OpenAsync(bench.Venue, Streams);
        await client.SayAsync();
        await client.NextAsync();
        var order = new Dictionary<string, string> { ["symbol"] = "NEXOUSDT", ["side"] = "BUY", ["type"] = "LIMIT_MAKER", ["price"] = "1.100", ["quantity"] = "20", ["newClientOrderId"] = "a" };
        await client.SendAsync("order.place", order, "p");
        await client.SendAsync("order.cancel", new() { ["symbol"] = "NEXOUSDT", ["origClientOrderId"] = "a" }, "c");
        await client.SendAsync("order.cancel", new() { ["symbol"] = "NEXOUSDT", ["origClientOrderId"] = "a" }, "again");
        await client.SayAsync();
        var placed = await client.NextAsync();
        Assert.Equal(("answer", "NEXOUSDT", "p", 3), (placed.Kind, placed.Symbol, placed.Messages[0].GetProperty("id").GetString(), placed.Messages.Count));

        // What the answer to the first decides queues behind what was sent before.
        order["newClientOrderId"] = "b";
        await client.SendAsync("order.place", order, "b");
        await client.SayAsync();
        foreach (var (id, status) in ((string, int)[])[("c", 200), ("again", 400), ("b", 200)])
        {
            var answer = await client.NextAsync();
            Assert.Equal(("answer", id, status), (answer.Kind, answer.Messages[0].GetProperty("id").GetString(), answer.Messages[0].GetProperty("status").GetInt32()));
            Assert.Equal(placed.Time, answer.Time);
            await client.SayAsync();
        }

        Assert.Equal("market", (await client.NextAsync()).Kind);
    }

    [Fact]
    public async Task Until_TimeIsTold_OnceAndBeforeTheEventThatIsNotEarlier()
    {
        await using var bench = await StartAsync();
        await using var client = await LockstepClient.OpenAsync(bench.Venue, Streams);
        await client.SayAsync();
        var first = await client.NextAsync();
        await client.SayAsync(until: first.Time + 1);
        var time = await client.NextAsync();
        Assert.Equal(("time", first.Time + 1, 0), (time.Kind, time.Time, time.Messages.Count));
        await client.SayAsync();
        var second = await client.NextAsync();
        Assert.Equal("market", second.Kind);
        Assert.True(second.Time >= time.Time);
    }

    [Fact]
    public async Task Latency_RequestAndAnswer_ComeBetweenTheEventsOfTheirTimes()
    {
        await using var bench = await StartAsync(o => o with { Latency = OrderLatency.Parse("150ms:250ms") });
        await using var client = await LockstepClient.OpenAsync(bench.Venue, Streams);
        await client.SayAsync();
        var sent = await client.NextAsync();
        await client.SendAsync("order.place", new() { ["symbol"] = "NEXOUSDT", ["side"] = "BUY", ["type"] = "LIMIT_MAKER", ["price"] = "1.100", ["quantity"] = "20" }, "p");
        var before = sent;
        LockstepClient.Item item;
        do
        {
            await client.SayAsync();
            item = await client.NextAsync();
            before = item.Kind == "market" ? item : before;
        }
        while (item.Kind == "market");
        Assert.Equal((sent.Time + 400_000_000, "answer"), (item.Time, item.Kind));
        Assert.True(before.Time <= item.Time);
        Assert.Equal((sent.Time + 150_000_000) / 1_000_000, item.Messages[0].GetProperty("result").GetProperty("transactTime").GetInt64());
    }

    [Fact]
    public async Task Client_Gone_ClockStandsAndTheNextOneGoesOn()
    {
        await using var bench = await StartAsync();
        await using (var client = await LockstepClient.OpenAsync(bench.Venue, Streams))
        {
            await client.SayAsync();
            await client.NextAsync();

            // A second one at the same time is refused.
            using var second = new ClientWebSocket();
            await second.ConnectAsync(new Uri(bench.Venue.StreamUri, "/sim/lockstep"), default);
            Assert.Equal(WebSocketMessageType.Close, (await second.ReceiveAsync(new byte[256], default)).MessageType);
            Assert.Equal(WebSocketCloseStatus.PolicyViolation, second.CloseStatus);

            // Its request is received and waits for a word that never comes.
            await client.SendAsync("order.place", new() { ["symbol"] = "NEXOUSDT", ["side"] = "BUY", ["type"] = "LIMIT_MAKER", ["price"] = "1.100", ["quantity"] = "20" }, "p");
            while ((await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0].GetProperty("orders").GetInt32() == 0 && (await bench.ControlAsync("/sim/status")).GetProperty("lockstep").GetProperty("waiting").GetInt32() == 0)
            {
                await Task.Delay(5);
            }
        }

        while ((await bench.ControlAsync("/sim/status")).GetProperty("lockstep").GetProperty("client").GetBoolean())
        {
            await Task.Delay(5);
        }

        // What was received is done.
        Assert.Equal(1, (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0].GetProperty("openOrders").GetInt32());
        Assert.Equal(1, await EventsAsync(bench));
        await using var next = await LockstepClient.OpenAsync(bench.Venue, Streams);
        await next.SayAsync();
        Assert.Equal("market", (await next.NextAsync()).Kind);
    }

    [Theory]
    [InlineData("stepped")]
    [InlineData("{\"stepped\":5,\"requests\":0}")]
    [InlineData("{\"stepped\":0,\"requests\":\"x\"}")]
    [InlineData("{\"steped\":0}")]
    public async Task Word_ThatIsNone_IsNamedAndEndsTheConnection(string word)
    {
        await using var bench = await StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(bench.Venue.StreamUri, "/sim/lockstep"), default);
        var buffer = new byte[1_024];
        await socket.ReceiveAsync(buffer, default);
        await socket.SendAsync(Encoding.ASCII.GetBytes(word), WebSocketMessageType.Text, endOfMessage: true, default);
        var answer = await socket.ReceiveAsync(buffer, default);
        Assert.Contains("\"kind\":\"error\"", Encoding.UTF8.GetString(buffer, 0, answer.Count), StringComparison.Ordinal);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(buffer, default)).MessageType);
    }

    [Fact]
    public async Task ControlSocket_OfAVenueThatIsNotInLockstep_IsRefused()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(bench.Venue.StreamUri, "/sim/lockstep"), default);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[256], default)).MessageType);
    }

    private static Task<CaptureBench> StartAsync(Func<VenueOptions, VenueOptions>? change = null) =>
        CaptureBench.StartAsync("NEXOUSDT", "1", change: o => (change?.Invoke(o) ?? o) with { Lockstep = true });

    private static async Task<long> EventsAsync(CaptureBench bench)
    {
        var symbols = (await bench.ControlAsync("/sim/status")).GetProperty("lockstep");
        return symbols.GetProperty("item").GetInt64();
    }
}
