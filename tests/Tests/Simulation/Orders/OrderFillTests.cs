using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.Tests.Simulation.Orders;

/// <summary>Fills, what they cost, and that the account's books agree to the last digit with what the client was told.</summary>
public sealed class OrderFillTests
{
    private const string Trades = "executionReport TRADE";

    [Fact]
    public async Task Account_HundredsOfOrdersAndFills_AgreesWithWhatWasReportedToTheLastDigit()
    {
        await using var bench = await OrderBench.StartAsync(o => o with { Queue = QueueModel.Optimistic, OrderLimit = 100_000, WeightLimit = 1_000_000 });
        var draw = new Random(11);
        for (var i = 0; i < 150; i++)
        {
            await bench.PlayAsync(TimeSpan.FromSeconds(20));
            await bench.LookAsync();
            var words = draw.Next(8) switch
            {
                0 => $"side={Side(draw)} type=MARKET quantity={Size(draw)}",
                1 => $"side=BUY type=MARKET quoteOrderQty={(10 + draw.Next(500)).ToString(CultureInfo.InvariantCulture)}",
                2 => $"side=BUY type=LIMIT timeInForce=IOC quantity={Size(draw)} price={{ask+1}}",
                3 => $"side=SELL type=LIMIT timeInForce=GTC quantity={Size(draw)} price={{bid}}",
                _ => draw.Next(2) == 0 ? $"side=BUY type=LIMIT_MAKER quantity={Size(draw)} price={{bid}}" : $"side=SELL type=LIMIT_MAKER quantity={Size(draw)} price={{ask}}",
            };
            await bench.AskAsync("order.place", "symbol=NEXOUSDT " + words);
            if (draw.Next(6) == 0)
            {
                await bench.AskAsync("openOrders.cancelAll", "symbol=NEXOUSDT");
            }
        }

        // The answer to a question comes after everything that was told before.
        await bench.AskAsync("openOrders.cancelAll", "symbol=NEXOUSDT");
        var held = (await bench.BalanceAsync("NEXO"), await bench.BalanceAsync("USDT"));
        var (nexo, usdt) = (1_000m, 1_000_000m);
        var fills = 0;
        foreach (var report in Reports(bench.Client).Where(r => r.GetProperty("x").GetString() == "TRADE"))
        {
            fills++;
            var (price, size) = (OrderBench.Number(report.GetProperty("L")), OrderBench.Number(report.GetProperty("l")));
            var buys = report.GetProperty("S").GetString() == "BUY";
            Assert.Equal(price * size, OrderBench.Number(report.GetProperty("Y")));
            var fee = OrderBench.Number(report.GetProperty("n"));
            Assert.Equal(decimal.Ceiling((buys ? size : price * size) * 0.001m * 100_000_000m) / 100_000_000m, fee);
            Assert.Equal(buys ? "NEXO" : "USDT", report.GetProperty("N").GetString());
            nexo += buys ? size - fee : -size;
            usdt += buys ? -price * size : (price * size) - fee;
        }

        Assert.True(fills > 100, $"only {fills} fills");
        Assert.Equal(((nexo, 0m), (usdt, 0m)), held);

        // The account's list of trades, its orders and the last position told say the same.
        var trades = await ListAsync(bench, "myTrades", "fromId", "id");
        Assert.Equal(fills, trades.Count);
        Assert.Equal(fills, trades.Select(t => t.GetProperty("id").GetInt64()).Distinct().Count());
        var position = bench.Client.Events.Last(e => e.GetProperty("e").GetString() == "outboundAccountPosition").GetProperty("B");
        Assert.Equal((nexo, usdt), (OrderBench.Number(position[0].GetProperty("f")), OrderBench.Number(position[1].GetProperty("f"))));
        var orders = await ListAsync(bench, "allOrders", "orderId", "orderId");
        Assert.Equal(trades.Sum(t => OrderBench.Number(t.GetProperty("qty"))), orders.Sum(o => OrderBench.Number(o.GetProperty("executedQty"))));
        Assert.All(orders, o => Assert.Contains(o.GetProperty("status").GetString(), (string[])["FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"]));
    }

    [Fact]
    public async Task Commission_InBnb_IsAQuarterLessUntilThereIsNoneLeft()
    {
        var account = AccountOptions.Usual with { BnbPrice = 500m, Balances = AccountOptions.ParseBalances("NEXO=1000,USDT=100000,BNB=0.0001") };
        await using var bench = await OrderBench.StartAsync(o => o with { Accounts = [account] });
        var first = await bench.DoAsync("order.place", "side=BUY type=LIMIT timeInForce=IOC quantity=50 price={ask}");
        var fill = first.GetProperty("fills")[0];
        var expected = decimal.Ceiling(50m * bench.Ask * 0.001m * 0.75m / 500m * 100_000_000m) / 100_000_000m;
        Assert.Equal(("BNB", expected), (fill.GetProperty("commissionAsset").GetString(), OrderBench.Number(fill.GetProperty("commission"))));
        Assert.Equal(0.0001m - expected, (await bench.BalanceAsync("BNB")).Free);
        var second = await bench.DoAsync("order.place", "side=BUY type=LIMIT timeInForce=IOC quantity=20 price={ask}");
        Assert.Equal(("NEXO", 0.02m), (second.GetProperty("fills")[0].GetProperty("commissionAsset").GetString(), OrderBench.Number(second.GetProperty("fills")[0].GetProperty("commission"))));
        Assert.Equal(0.0001m - expected, (await bench.BalanceAsync("BNB")).Free);
    }

    [Fact]
    public async Task Market_OfMoreThanTheBestLevel_TakesTheNextOnes()
    {
        await using var bench = await OrderBench.StartAsync();
        var book = (await bench.Client.AskAsync("depth", new Dictionary<string, string> { ["symbol"] = "NEXOUSDT", ["limit"] = "5" })).GetProperty("result").GetProperty("asks");
        var size = OrderBench.Number(book[0][1]) + 10m;
        var result = await bench.DoAsync("order.place", $"side=BUY type=MARKET quantity={size.ToString(CultureInfo.InvariantCulture)}");
        Assert.Equal("FILLED", result.GetProperty("status").GetString());
        Assert.Equal(
            [(OrderBench.Number(book[0][0]), size - 10m), (OrderBench.Number(book[1][0]), 10m)],
            result.GetProperty("fills").EnumerateArray().Select(f => (OrderBench.Number(f.GetProperty("price")), OrderBench.Number(f.GetProperty("qty")))));
    }

    [Theory]
    [InlineData("GTC", "PARTIALLY_FILLED", "")]
    [InlineData("IOC", "EXPIRED", "IMMEDIATE_OR_CANCEL")]
    [InlineData("FOK", "EXPIRED", "FILL_OR_KILL")]
    public async Task Limit_OfMoreThanIsThere_DoesAsItsTimeInForceSays(string time, string status, string reason)
    {
        await using var bench = await OrderBench.StartAsync();
        var there = OrderBench.Number((await bench.Client.AskAsync("depth", new Dictionary<string, string> { ["symbol"] = "NEXOUSDT", ["limit"] = "5" })).GetProperty("result").GetProperty("asks")[0][1]);
        var result = await bench.DoAsync("order.place", $"side=BUY type=LIMIT timeInForce={time} quantity={(there + 30m).ToString(CultureInfo.InvariantCulture)} price={{ask}}");
        Assert.Equal(status, result.GetProperty("status").GetString());
        Assert.Equal(time == "FOK" ? 0m : there, OrderBench.Number(result.GetProperty("executedQty")));
        Assert.Equal(reason, result.TryGetProperty("expiryReason", out var told) ? told.GetString() : "");
        Assert.Equal(time == "GTC" ? 30m * bench.Ask : 0m, (await bench.BalanceAsync("USDT")).Locked);
        Assert.Equal(time == "GTC" ? 1 : 0, (await bench.DoAsync("openOrders.status")).GetArrayLength());
    }

    [Theory]
    [InlineData("EXPIRE_TAKER", "EXPIRED_IN_MATCH", "NEW", 0)]
    [InlineData("EXPIRE_MAKER", "EXPIRED", "EXPIRED_IN_MATCH", 0)]
    [InlineData("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH", 0)]
    [InlineData("DECREMENT", "EXPIRED_IN_MATCH", "NEW", 10)]
    public async Task SelfTrade_TakerMeetsItsOwnOrder_DoesAsTheModeSays(string mode, string taker, string maker, int prevented)
    {
        await using var bench = await OrderBench.StartAsync();

        // An ask of our own inside the spread stands before everything that is recorded.
        await bench.DoAsync("order.place", "side=SELL type=LIMIT_MAKER quantity=30 price={ask-1} newClientOrderId=own");
        var result = await bench.DoAsync("order.place", $"side=BUY type=LIMIT timeInForce=IOC quantity=10 price={{ask-1}} selfTradePreventionMode={mode}");
        Assert.Equal((taker, 0m), (result.GetProperty("status").GetString(), OrderBench.Number(result.GetProperty("executedQty"))));
        var own = await bench.DoAsync("order.status", "orderId=1");
        Assert.Equal(maker, own.GetProperty("status").GetString());
        Assert.Equal(prevented, own.TryGetProperty("preventedQuantity", out var quantity) ? OrderBench.Number(quantity) : 0m);
        Assert.Equal(maker == "NEW" ? 30m - prevented : 0m, (await bench.BalanceAsync("NEXO")).Locked);
        Assert.Equal(0m, (await bench.BalanceAsync("USDT")).Locked);
        Assert.Contains("executionReport TRADE_PREVENTION", bench.Client.Order);
        Assert.DoesNotContain(Trades, bench.Client.Order);
    }

    [Fact]
    public async Task Accounts_TwoOnOneVenue_TradeWithTheRecordingAlone()
    {
        await using var bench = await OrderBench.StartAsync(o => o with { Queue = QueueModel.Optimistic });
        await bench.Venue.ControlAsync("/sim/accounts?key=second&secret=s2&balances=NEXO=5,USDT=500&commission=0%25", post: true);
        await using var second = await ApiClient.OpenAsync(bench.Venue.Venue, "second", "s2");
        var words = $"symbol=NEXOUSDT side=BUY type=LIMIT_MAKER quantity=20 price={bench.Bid.ToString(CultureInfo.InvariantCulture)} newClientOrderId=same";
        Assert.Equal(200, (await bench.AskAsync("order.place", words)).GetProperty("status").GetInt32());
        Assert.Equal(200, (await second.SignedAsync("order.place", words)).GetProperty("status").GetInt32());
        await bench.PlayAsync(TimeSpan.FromMinutes(20));
        var filled = (await bench.DoAsync("order.status", "origClientOrderId=same")).GetProperty("executedQty").GetString();
        Assert.Equal("20.00000000", filled);
        var other = (await second.SignedAsync("order.status", "symbol=NEXOUSDT origClientOrderId=same")).GetProperty("result");
        Assert.Equal(filled, other.GetProperty("executedQty").GetString());
        var balances = (await second.SignedAsync("account.status")).GetProperty("result").GetProperty("balances");
        Assert.Equal((25m, 500m - (20m * bench.Bid)), (OrderBench.Number(balances[0].GetProperty("free")), OrderBench.Number(balances[1].GetProperty("free"))));
        Assert.All(Reports(second).Where(r => r.GetProperty("x").GetString() == "TRADE"), r => Assert.Equal(0m, OrderBench.Number(r.GetProperty("n"))));
        await bench.Venue.ControlAsync("/sim/transfer?account=second&asset=USDT&amount=-100", post: true);
        await second.EventsAsync(second.Events.Count + 1);
        Assert.Equal(("balanceUpdate", -100m), (second.Events[^1].GetProperty("e").GetString(), OrderBench.Number(second.Events[^1].GetProperty("d"))));
    }

    [Fact]
    public async Task UnfilledOrderCount_FirstFillOfAMaker_TakesFiveOff()
    {
        await using var bench = await OrderBench.StartAsync(o => o with { Queue = QueueModel.Optimistic });
        await bench.DoAsync("order.place", "side=BUY type=LIMIT_MAKER quantity=20 price={bid}");
        for (var i = 0; i < 7; i++)
        {
            await bench.DoAsync("order.place", $"side=BUY type=LIMIT_MAKER quantity=20 price={{bid-{20 + i}}}");
        }

        await bench.DoAsync("order.place", "side=BUY type=MARKET quantity=20");
        var day = async () => (await bench.Client.SignedAsync("account.rateLimits.orders")).GetProperty("result")[1].GetProperty("count").GetInt32();
        Assert.Equal(8, await day());
        await bench.PlayAsync(TimeSpan.FromMinutes(20));
        Assert.Equal("FILLED", (await bench.DoAsync("order.status", "orderId=1")).GetProperty("status").GetString());
        Assert.Equal(3, await day());
    }

    private static IEnumerable<JsonElement> Reports(ApiClient client) => client.Events.Where(e => e.GetProperty("e").GetString() == "executionReport");

    private static async Task<List<JsonElement>> ListAsync(OrderBench bench, string method, string from, string id)
    {
        var all = new List<JsonElement>();
        JsonElement page;
        do
        {
            page = await bench.DoAsync(method, $"{from}={(all.Count > 0 ? all[^1].GetProperty(id).GetInt64() + 1 : 0)} limit=60");
            all.AddRange(page.EnumerateArray());
        }
        while (page.GetArrayLength() == 60);
        return all;
    }

    private static string Side(Random draw) => draw.Next(2) == 0 ? "BUY" : "SELL";

    private static string Size(Random draw) => (6m + (draw.Next(10_000) * 0.01m)).ToString(CultureInfo.InvariantCulture);
}
