using System.Globalization;

namespace EventSourcedMM.Tests.Simulation.Orders;

/// <summary>What the venue refuses, with Binance's code and words (errors.md), and that nothing has changed by it.</summary>
public sealed class OrderRefusalTests
{
    private const string Maker = "symbol=NEXOUSDT side=BUY type=LIMIT_MAKER quantity=20 price={bid} ";

    [Fact]
    public async Task Refusals_EachWrongOrder_HasBinancesCodeAndChangesNothing()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.DoAsync("order.place", "side=BUY type=LIMIT_MAKER quantity=20 price={bid} newClientOrderId=there");
        var before = (await bench.BalanceAsync("USDT"), await bench.BalanceAsync("NEXO"));
        foreach (var (method, words, status, code, message) in ((string, string, int, int, string)[])
        [
            ("order.place", "side=BUY type=LIMIT_MAKER quantity=20 price={bid}", 400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
            ("order.place", Maker.Replace("NEXOUSDT", "NOSUCH"), 400, -1121, "Invalid symbol."),
            ("order.place", Maker.Replace("side=BUY ", ""), 400, -1102, "Mandatory parameter 'side'"),
            ("order.place", Maker.Replace("BUY", "HOLD"), 400, -1117, "Invalid side."),
            ("order.place", Maker.Replace("LIMIT_MAKER", "ICEBERG"), 400, -1116, "Invalid orderType."),
            ("order.place", Maker.Replace("LIMIT_MAKER", "STOP_LOSS"), 400, -1020, "This operation is not supported."),
            ("order.place", Maker.Replace("LIMIT_MAKER", "LIMIT"), 400, -1102, "Mandatory parameter 'timeInForce'"),
            ("order.place", Maker + "timeInForce=GTC", 400, -1106, "Parameter 'timeInForce' sent when not required."),
            ("order.place", Maker.Replace("LIMIT_MAKER", "LIMIT") + "timeInForce=NOW", 400, -1115, "Invalid timeInForce."),
            ("order.place", Maker.Replace("price={bid} ", ""), 400, -1102, "Mandatory parameter 'price'"),
            ("order.place", Maker.Replace("quantity=20 ", ""), 400, -1102, "Mandatory parameter 'quantity'"),
            ("order.place", Maker.Replace("quantity=20", "quantity=2e1"), 400, -1100, "Illegal characters found in parameter 'quantity'"),
            ("order.place", Maker.Replace("quantity=20", "quantity=20.123456789"), 400, -1111, "Parameter 'quantity' has too much precision."),
            ("order.place", Maker + "newClientOrderId=has#hash", 400, -1100, "Illegal characters found in parameter 'newClientOrderId'"),
            ("order.place", Maker + "strategyType=12", 400, -1134, "strategyType was less than 1000000."),
            ("order.place", Maker + "unknown=1", 400, -1104, "Not all sent parameters were read"),
            ("order.place", Maker.Replace("{bid}", "1.2145"), 400, -1013, "Filter failure: PRICE_FILTER"),
            ("order.place", Maker.Replace("{bid}", "200000"), 400, -1013, "Filter failure: PRICE_FILTER"),
            ("order.place", Maker.Replace("{bid}", "0.1").Replace("quantity=20", "quantity=100"), 400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
            ("order.place", Maker.Replace("{bid}", "20"), 400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
            ("order.place", Maker.Replace("quantity=20", "quantity=20.005"), 400, -1013, "Filter failure: LOT_SIZE"),
            ("order.place", Maker.Replace("quantity=20", "quantity=0"), 400, -1013, "Filter failure: LOT_SIZE"),
            ("order.place", Maker.Replace("quantity=20", "quantity=4"), 400, -1013, "Filter failure: NOTIONAL"),
            ("order.place", Maker.Replace("quantity=20", "quantity=8999999"), 400, -1013, "Filter failure: NOTIONAL"),
            ("order.place", Maker.Replace("{bid}", "{ask}"), 400, -2010, "Order would immediately match and take."),
            ("order.place", Maker.Replace("quantity=20", "quantity=900000"), 400, -2010, "Account has insufficient balance for requested action."),
            ("order.place", Maker.Replace("BUY", "SELL").Replace("{bid}", "{ask}").Replace("quantity=20", "quantity=1000.01"), 400, -2010, "Account has insufficient balance for requested action."),
            ("order.place", "symbol=NEXOUSDT side=SELL type=MARKET quantity=1000.01", 400, -2010, "Account has insufficient balance for requested action."),
            ("order.place", "symbol=NEXOUSDT side=SELL type=MARKET", 400, -1102, "Param 'quantity' or 'quoteOrderQty' must be sent"),
            ("order.place", Maker + "newClientOrderId=there", 400, -2010, "Duplicate order sent."),
            ("order.place", Maker.Replace("BUY", "SELL").Replace("{bid}", "{bid-1}"), 400, -2010, "Order would immediately match and take."),
            ("order.cancel", "symbol=NEXOUSDT", 400, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"),
            ("order.cancel", "symbol=NEXOUSDT orderId=999", 400, -2011, "Unknown order sent."),
            ("order.cancel", "symbol=NEXOUSDT orderId=1 origClientOrderId=other", 400, -2011, "Unknown order sent."),
            ("order.cancel", "symbol=NEXOUSDT orderId=1 cancelRestrictions=ONLY_PARTIALLY_FILLED", 400, -2011, "Order was not canceled due to cancel restrictions."),
            ("order.cancel", "symbol=NEXOUSDT orderId=1 cancelRestrictions=NEVER", 400, -1145, "Invalid cancelRestrictions"),
            ("openOrders.cancelAll", "", 400, -1102, "Mandatory parameter 'symbol'"),
            ("order.status", "symbol=NEXOUSDT origClientOrderId=nobody", 400, -2013, "Order does not exist."),
            ("order.amend.keepPriority", "symbol=NEXOUSDT orderId=7 newQty=10", 400, -2013, "Order does not exist."),
            ("order.amend.keepPriority", "symbol=NEXOUSDT orderId=1 newQty=21", 400, -2038, "Order amend (quantity increase) is not supported."),
            ("order.amend.keepPriority", "symbol=NEXOUSDT orderId=1 newQty=20", 400, -2038, "The requested action would change no state; rejecting."),
            ("order.amend.keepPriority", "symbol=NEXOUSDT orderId=1 newQty=10.001", 400, -1013, "Filter failure: LOT_SIZE"),
            ("order.amend.keepPriority", "symbol=NEXOUSDT orderId=1", 400, -1102, "Mandatory parameter 'newQty'"),
            ("userDataStream.subscribe.signature", "", 400, -2035, "User Data Stream subscription already active."),
            ("session.logon", "", 400, -4056, "HMAC_SHA256 API key is not supported."),
            ("no.such.call", "", 400, -1020, "Method 'no.such.call' is not supported."),
        ])
        {
            var refused = await bench.RefusedAsync(method, words);
            Assert.True((status, code) == (refused.Status, refused.Code) && refused.Message.StartsWith(message, StringComparison.Ordinal), $"{method} {words}: {refused}");
        }

        Assert.Equal(before, (await bench.BalanceAsync("USDT"), await bench.BalanceAsync("NEXO")));
        Assert.Equal(["NEW"], bench.Client.Events.Where(e => e.GetProperty("e").GetString() == "executionReport").Select(e => e.GetProperty("x").GetString()!));
        var open = (await bench.AskAsync("openOrders.status", "symbol=NEXOUSDT")).GetProperty("result");
        Assert.Equal("there", Assert.Single(open.EnumerateArray()).GetProperty("clientOrderId").GetString());
    }

    [Theory]
    [InlineData(-5_001, -1021, "Timestamp for this request is outside of the recvWindow.")]
    [InlineData(1_001, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")]
    public async Task Timestamp_OutsideOfTheWindow_IsRefused(long offset, int code, string message)
    {
        await using var bench = await OrderBench.StartAsync();
        var now = await bench.Client.Now();
        bench.Client.Now = () => Task.FromResult(now + offset);
        Assert.Equal((400, code, message), await bench.RefusedAsync("account.status", ""));
        bench.Client.Now = () => Task.FromResult(now + (offset < 0 ? -4_999 : 999));
        Assert.Equal(200, (await bench.AskAsync("account.status", "")).GetProperty("status").GetInt32());
        bench.Client.Now = () => Task.FromResult(now);
        Assert.Equal((400, -1102), ((await bench.RefusedAsync("account.status", "recvWindow=60001")).Status, (await bench.RefusedAsync("account.status", "recvWindow=60001")).Code));
    }

    [Theory]
    [InlineData("simulated", "wrong", 400, -1022)]
    [InlineData("nobody", "simulated", 401, -2015)]
    [InlineData("no key at all", "simulated", 401, -2014)]
    public async Task Key_WrongInSomeWay_IsRefused(string key, string secret, int status, int code)
    {
        await using var bench = await OrderBench.StartAsync();
        await using var client = await ApiClient.OpenAsync(bench.Venue.Venue, key, secret, subscribe: false);
        var error = await client.SignedAsync("account.status");
        Assert.Equal((status, code), (error.GetProperty("status").GetInt32(), error.GetProperty("error").GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task WrongClock_OfTheVenue_MakesAGoodTimestampTooOld()
    {
        await using var bench = await OrderBench.StartAsync();
        var now = await bench.Client.Now();
        bench.Client.Now = () => Task.FromResult(now);
        await bench.FaultAsync("wrong-clock&for=60s&offset=6s");
        Assert.Equal(-1021, (await bench.RefusedAsync("account.status", "")).Code);
        await bench.PlayAsync(TimeSpan.FromSeconds(61));
        bench.Client.Now = () => Task.FromResult(now + 61_000);
        Assert.Equal(200, (await bench.AskAsync("account.status", "")).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task WrongClock_BehindTheTruth_LeavesAnAccountThatNeverChangedWithoutATime()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.FaultAsync("wrong-clock&for=60s&offset=-1s");
        var answer = await bench.AskAsync("account.status", "");
        Assert.Equal(0, answer.GetProperty("result").GetProperty("updateTime").GetInt64());
    }

    [Fact]
    public async Task OrderCount_BeyondTheLimit_Is429UntilTheTenSecondsAreOver()
    {
        await using var bench = await OrderBench.StartAsync(o => o with { OrderLimit = 3 });
        await bench.PlayAsync(TimeSpan.FromSeconds(8));
        await bench.LookAsync();
        for (var i = 0; i < 3; i++)
        {
            var answer = await bench.AskAsync("order.place", Maker.Replace("{bid}", $"{{bid-{i + 3}}}"));
            Assert.Equal((200, i + 1), (answer.GetProperty("status").GetInt32(), answer.GetProperty("rateLimits")[0].GetProperty("count").GetInt32()));
        }

        var full = await bench.AskAsync("order.place", Maker);
        var error = full.GetProperty("error");
        Assert.Equal((429, -1015, "Too many new orders; current limit is 3 orders per 10 SECOND."), (full.GetProperty("status").GetInt32(), error.GetProperty("code").GetInt32(), error.GetProperty("msg").GetString()));
        Assert.InRange(error.GetProperty("data").GetProperty("retryAfter").GetInt64() - error.GetProperty("data").GetProperty("serverTime").GetInt64(), 1, 10_000);
        var replaced = await bench.AskAsync("order.cancelReplace", Maker + "cancelReplaceMode=STOP_ON_FAILURE cancelOrderId=1 orderRateLimitExceededMode=CANCEL_ONLY");
        Assert.Equal((409, -2021), (replaced.GetProperty("status").GetInt32(), replaced.GetProperty("error").GetProperty("code").GetInt32()));
        Assert.Equal(-1015, replaced.GetProperty("error").GetProperty("data").GetProperty("newOrderResponse").GetProperty("code").GetInt32());
        await bench.DoAsync("openOrders.cancelAll");
        Assert.Equal(429, (await bench.RefusedAsync("order.place", Maker)).Status);
        await bench.PlayAsync(TimeSpan.FromSeconds(10));
        await bench.LookAsync();
        Assert.Equal(200, (await bench.AskAsync("order.place", Maker)).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task MaxNumOrders_TwoHundredOpen_RefusesTheNextByItsFilter()
    {
        await using var bench = await OrderBench.StartAsync(o => o with { OrderLimit = 1_000 });
        for (var i = 0; i < 200; i++)
        {
            await bench.Client.SendSignedAsync("order.place", $"symbol=NEXOUSDT side=BUY type=LIMIT_MAKER quantity=10 price={(bench.Bid - 0.01m).ToString(CultureInfo.InvariantCulture)}");
        }

        Assert.Equal((400, -1013, "Filter failure: MAX_NUM_ORDERS"), await bench.RefusedAsync("order.place", Maker));
        Assert.Equal(200, (await bench.DoAsync("openOrders.cancelAll")).GetArrayLength());
    }

    [Fact]
    public async Task Parameters_OfAnotherJsonType_AreRefused()
    {
        await using var bench = await OrderBench.StartAsync();
        foreach (var (name, value) in ((string, string)[])[("omitZeroBalances", "\"true\""), ("symbol", "1"), ("omitZeroBalances", "1")])
        {
            await bench.Client.SendTextAsync("{\"id\":\"typed\",\"method\":\"account.status\",\"params\":{\"" + name + "\":" + value + "}}");
            var answer = await bench.Client.AnswerAsync("typed");
            Assert.Equal((400, -1130), (answer.GetProperty("status").GetInt32(), answer.GetProperty("error").GetProperty("code").GetInt32()));
        }
    }

    [Fact]
    public async Task Amendments_BeyondTen_AreRefused()
    {
        await using var bench = await OrderBench.StartAsync();
        await bench.DoAsync("order.place", "side=BUY type=LIMIT_MAKER quantity=50 price={bid} newClientOrderId=a");
        for (var i = 1; i <= 10; i++)
        {
            var amended = (await bench.DoAsync("order.amend.keepPriority", $"orderId=1 newQty={50 - i} newClientOrderId=a")).GetProperty("amendedOrder");
            Assert.Equal(50 - i, OrderBench.Number(amended.GetProperty("qty")));
        }

        Assert.Equal((400, -2038, "Order has already been amended the maximum number of times (MAX_NUM_ORDER_AMENDS)."), await bench.RefusedAsync("order.amend.keepPriority", "symbol=NEXOUSDT orderId=1 newQty=30"));
        Assert.Equal((bench.Bid * 40, 40m), ((await bench.BalanceAsync("USDT")).Locked, 40m));
    }
}
