using System.Text.Json;
using System.Threading.Channels;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim.Api;

namespace EventSourcedMM.Tests.Simulation.Orders;

/// <summary>Each fault of the order side, asked for over the control endpoint: what the client sees, and what has happened all the same.</summary>
public sealed class OrderFaultTests
{
    private const string Maker = "side=BUY type=LIMIT_MAKER quantity=20 price={bid} newClientOrderId=a";

    [Fact]
    public async Task LostAnswer_OrderIsThere_AndOnlyTheReportTells()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.FaultAsync("lost-answer&on=order.place");
        await bench.Client.SendSignedAsync("order.place", "symbol=NEXOUSDT " + Fixed(bench, Maker));
        Assert.Equal("NEW", (await bench.DoAsync("order.status", "origClientOrderId=a")).GetProperty("status").GetString());
        Assert.Equal(["executionReport NEW", "outboundAccountPosition"], bench.Client.Order.Where(o => o[0] != 'r'));
        Assert.Empty(bench.Client.Answers);
    }

    [Fact]
    public async Task EarlyReport_ComesBeforeTheAnswer_OtherwiseTheAnswerComesFirst()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.DoAsync("order.place", Maker);
        await bench.FaultAsync("early-report");
        await bench.DoAsync("order.cancel", "origClientOrderId=a");
        await bench.DoAsync("openOrders.status");
        var order = bench.Client.Order;
        Assert.True(order.IndexOf("executionReport NEW") > 0 && order[order.IndexOf("executionReport NEW") - 1][0] == 'r', string.Join(", ", order));
        Assert.Equal('r', order[order.IndexOf("executionReport CANCELED") + 2][0]);
    }

    [Fact]
    public async Task DoubleReport_IsTheSameReportTwice()
    {
        await using var bench = await OrderBench.StartAsync(o => o with { Queue = QueueModel.Optimistic });
        await bench.DoAsync("order.place", Maker);
        await bench.FaultAsync("double-report&on=TRADE");
        await bench.PlayAsync(TimeSpan.FromMinutes(20));
        await bench.DoAsync("openOrders.status");
        var trades = bench.Client.Events.Where(e => e.TryGetProperty("x", out var x) && x.GetString() == "TRADE").ToArray();
        Assert.True(trades.Length >= 2);
        Assert.Equal(trades[0].ToString(), trades[1].ToString());
        Assert.Equal(trades.Length - 1, (await bench.DoAsync("myTrades")).GetArrayLength());
    }

    [Fact]
    public async Task LateReport_ComesWhenItsTimeIsThere_AndLaterOnesPassIt()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.FaultAsync("late-report&on=NEW&for=3s");
        await bench.DoAsync("order.place", Maker);
        await bench.DoAsync("order.cancel", "origClientOrderId=a");
        await bench.DoAsync("openOrders.status");
        Assert.Equal(["executionReport CANCELED"], bench.Client.Order.Where(o => o.StartsWith('e')));
        await bench.PlayAsync(TimeSpan.FromSeconds(4));
        await bench.DoAsync("openOrders.status");
        Assert.Equal(["executionReport CANCELED", "executionReport NEW"], bench.Client.Order.Where(o => o.StartsWith('e')));
    }

    [Fact]
    public async Task UnknownStatus_OneSeedAndTheNext_IsExecutedOrNot()
    {
        var seen = new HashSet<bool>();
        for (var seed = 1UL; seed <= 8 && seen.Count < 2; seed++)
        {
            await using var bench = await OrderBench.StartAsync(seed: seed);
            await bench.FaultAsync("unknown-status");
            Assert.Equal((504, -1007), ((await bench.RefusedAsync("order.place", "symbol=NEXOUSDT " + Maker)) is var refused ? (refused.Status, refused.Code) : default));
            var open = (await bench.DoAsync("openOrders.status")).GetArrayLength();
            Assert.Equal(open, bench.Client.Order.Count(o => o == "executionReport NEW"));
            seen.Add(open == 1);
        }

        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task CutRequest_BreaksTheConnection_AndTheOrderIsThereOrNot()
    {
        var seen = new HashSet<bool>();
        for (var seed = 1UL; seed <= 8 && seen.Count < 2; seed++)
        {
            await using var bench = await OrderBench.StartAsync(seed: seed);
            await bench.FaultAsync("cut-request");
            await Assert.ThrowsAsync<ChannelClosedException>(() => bench.AskAsync("order.place", "symbol=NEXOUSDT " + Maker));
            await using var again = await ApiClient.OpenAsync(bench.Venue.Venue);
            seen.Add((await again.SignedAsync("openOrders.status")).GetProperty("result").GetArrayLength() == 1);
        }

        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task FillBeforeCancel_OrderIsFilled_AndItsCancelRefused()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.DoAsync("order.place", Maker);
        await bench.FaultAsync("fill-before-cancel");
        Assert.Equal((400, -2011, "Unknown order sent."), await bench.RefusedAsync("order.cancel", "symbol=NEXOUSDT origClientOrderId=a"));
        Assert.Equal("FILLED", (await bench.DoAsync("order.status", "origClientOrderId=a")).GetProperty("status").GetString());
        Assert.Equal((1_019.98m, 0m), await bench.BalanceAsync("NEXO"));
        Assert.Equal((1_000_000m - (20m * bench.Bid), 0m), await bench.BalanceAsync("USDT"));
        Assert.Contains("executionReport TRADE", bench.Client.Order);

        // The model knows nothing of the order any more.
        await bench.PlayAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(1, (await bench.DoAsync("myTrades")).GetArrayLength());
    }

    [Fact]
    public async Task HalfReplace_CancelIsDone_AndTheNewOrderRefused()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.DoAsync("order.place", Maker);
        await bench.FaultAsync("half-replace");
        var answer = await bench.AskAsync("order.cancelReplace", "symbol=NEXOUSDT cancelReplaceMode=STOP_ON_FAILURE cancelOrigClientOrderId=a " + Maker.Replace("=a", "=b"));
        var error = answer.GetProperty("error");
        Assert.Equal((409, -2021), (answer.GetProperty("status").GetInt32(), error.GetProperty("code").GetInt32()));
        var data = error.GetProperty("data");
        Assert.Equal(("SUCCESS", "FAILURE", "CANCELED", -2010), (data.GetProperty("cancelResult").GetString(), data.GetProperty("newOrderResult").GetString(), data.GetProperty("cancelResponse").GetProperty("status").GetString(), data.GetProperty("newOrderResponse").GetProperty("code").GetInt32()));
        Assert.Equal(0, (await bench.DoAsync("openOrders.status")).GetArrayLength());
        Assert.Equal((1_000_000m, 0m), await bench.BalanceAsync("USDT"));
    }

    [Theory]
    [InlineData("STOP_ON_FAILURE", "{bid}", 400, -2022, "FAILURE", "NOT_ATTEMPTED", 0)]
    [InlineData("ALLOW_FAILURE", "{bid}", 409, -2021, "FAILURE", "SUCCESS", 1)]
    [InlineData("ALLOW_FAILURE", "{ask}", 400, -2022, "FAILURE", "FAILURE", 0)]
    public async Task CancelReplace_OfAnOrderThatIsNotThere_TellsBothHalves(string mode, string price, int status, int code, string cancel, string place, int open)
    {
        await using var bench = await OrderBench.StartAsync();
        var answer = await bench.AskAsync("order.cancelReplace", $"symbol=NEXOUSDT cancelReplaceMode={mode} cancelOrderId=77 side=BUY type=LIMIT_MAKER quantity=20 price={price}");
        var data = answer.GetProperty("error").GetProperty("data");
        Assert.Equal((status, code, cancel, place), (answer.GetProperty("status").GetInt32(), answer.GetProperty("error").GetProperty("code").GetInt32(), data.GetProperty("cancelResult").GetString(), data.GetProperty("newOrderResult").GetString()));
        Assert.Equal(open, (await bench.DoAsync("openOrders.status")).GetArrayLength());
        Assert.Equal(place == "NOT_ATTEMPTED" ? JsonValueKind.Null : JsonValueKind.Object, data.GetProperty("newOrderResponse").ValueKind);
    }

    [Fact]
    public async Task NoBalance_OrderIsRefused_AndNothingIsLocked()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.FaultAsync("no-balance");
        Assert.Equal((400, -2010, "Account has insufficient balance for requested action."), await bench.RefusedAsync("order.place", "symbol=NEXOUSDT " + Maker));
        Assert.Equal((1_000_000m, 0m), await bench.BalanceAsync("USDT"));
        await bench.DoAsync("order.place", Maker);
    }

    [Fact]
    public async Task Ban_EverythingIs418_UntilItIsOver()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.FaultAsync("ban&for=30s");
        var banned = await bench.AskAsync("account.status", "");
        Assert.Equal((418, -1003), (banned.GetProperty("status").GetInt32(), banned.GetProperty("error").GetProperty("code").GetInt32()));
        var data = banned.GetProperty("error").GetProperty("data");
        Assert.InRange(data.GetProperty("retryAfter").GetInt64() - data.GetProperty("serverTime").GetInt64(), 29_000, 31_000);
        var now = data.GetProperty("serverTime").GetInt64();
        bench.Client.Now = () => Task.FromResult(now);
        Assert.Equal(418, (await bench.RefusedAsync("order.place", "symbol=NEXOUSDT " + Maker)).Status);
        await bench.PlayAsync(TimeSpan.FromSeconds(31));
        bench.Client.Now = () => Task.FromResult(now + 31_000);
        Assert.Equal(200, (await bench.AskAsync("account.status", "")).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Latency_OrderAnswerAndReport_HappenAtTheirTimes()
    {
        // The clock runs here: with latency even a subscription takes its time.
        await using var venue = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Latency = OrderLatency.Parse("40ms:60ms") });
        await using var client = await ApiClient.OpenAsync(venue.Venue);
        var sent = await client.Now();
        client.Now = () => Task.FromResult(sent);
        var answer = await client.SignedAsync("order.place", "symbol=NEXOUSDT side=BUY type=LIMIT_MAKER quantity=20 price=1.000 recvWindow=60000");
        var placed = answer.GetProperty("result").GetProperty("transactTime").GetInt64();
        client.Now = async () => (await client.AskAsync("time")).GetProperty("result").GetProperty("serverTime").GetInt64();
        var answered = await client.Now();
        Assert.True(placed >= sent + 40, $"sent at {sent}, placed at {placed}");
        Assert.True(answered >= placed + 60, $"placed at {placed}, answered at {answered}");
    }

    [Theory]
    [InlineData("5ms", 5, 5, 5, 5)]
    [InlineData("2ms..10ms:1ms", 2, 10, 1, 1)]
    public void Latency_Texts_AreRead(string text, int there, int mostThere, int back, int mostBack)
    {
        var latency = OrderLatency.Parse(text);
        Assert.Equal((there * 1_000_000L, mostThere * 1_000_000L, back * 1_000_000L, mostBack * 1_000_000L), (latency.There.Least, latency.There.Most, latency.Back.Least, latency.Back.Most));
    }

    [Theory]
    [InlineData("-5ms")]
    [InlineData("soon")]
    [InlineData("1ms:2ms:3ms")]
    public void Latency_OtherTexts_AreRefused(string text) => Assert.Throws<FormatException>(() => OrderLatency.Parse(text));

    private static string Fixed(OrderBench bench, string words) => words.Replace("{bid}", bench.Bid.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
