using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>What is refused here so that the venue need not refuse it, with a time that is told.</summary>
public sealed class LimitTests
{
    private const long Second = Nanoseconds.PerSecond;

    private static readonly Instrument Btc = new()
    {
        Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1_000_000, Lot = 1_000, MinQuantity = 1_000, MinNotional = 5 * (Int128)10_000_000_000_000_000,
    };

    [Fact]
    public void OrderCount_WindowUsedUp_RefusesUntilTheNextCalendarWindow()
    {
        var budget = new OrderCountBudget();
        budget.Learn(Json("""[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":10},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":20},{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}]"""));
        var now = (1_000 * 86_400 * Second) + (3 * Second);
        for (var i = 0; i < 9; i++)
        {
            Assert.True(budget.TryTake(now, out _));
        }

        Assert.False(budget.TryTake(now, out var full));
        Assert.Equal((9, 10, now + (7 * Second), false), full);
        Assert.True(budget.TryTake(now + (7 * Second), out _));
        for (var i = 0; i < 8; i++)
        {
            Assert.True(budget.TryTake(now + (7 * Second), out _));
        }

        Assert.False(budget.TryTake(now + (17 * Second), out full));
        Assert.True(full.IsDay);
    }

    [Fact]
    public void OrderCount_VenueTellsItsCount_IsBelievedWithWhatIsUnderWay()
    {
        var budget = new OrderCountBudget();
        var now = 86_400 * Second;
        Assert.True(budget.TryTake(now, out _));
        Assert.True(budget.TryTake(now, out _));
        budget.Answered();
        budget.Observe(Json("""[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":50,"count":30}]"""), now);
        Assert.Equal((31, 50, 10 * Second), budget.Short(now));
        budget.Answered();
        budget.Observe(10 * Second, 2, now);
        Assert.Equal(2, budget.Short(now).Used);
        Assert.Equal(0, budget.Short(now + (10 * Second)).Used);
    }

    [Theory]
    [InlineData(Side.Bid, "60000.00", "0.001", null)]
    [InlineData(Side.Bid, "60000.005", "0.001", OrderRejectReason.PriceFilter)]
    [InlineData(Side.Bid, "0", "0.001", OrderRejectReason.PriceFilter)]
    [InlineData(Side.Bid, "1000000.01", "0.001", OrderRejectReason.PriceFilter)]
    [InlineData(Side.Bid, "60000", "0.000005", OrderRejectReason.LotSize)]
    [InlineData(Side.Bid, "60000", "9001", OrderRejectReason.LotSize)]
    [InlineData(Side.Ask, "60000", "0.00008", OrderRejectReason.Notional)]
    [InlineData(Side.Ask, "60000", "0.00009", null)]
    [InlineData(Side.Bid, "9999.99", "0.001", OrderRejectReason.PriceFilter)]
    [InlineData(Side.Ask, "9999.99", "0.001", null)]
    [InlineData(Side.Ask, "250000.01", "0.001", OrderRejectReason.PriceFilter)]
    [InlineData(Side.Bid, "60000", "3.5", OrderRejectReason.Venue)]
    [InlineData(Side.Ask, "60000", "3.5", null)]
    public void Rules_AnOrder_PassesTheFiltersOrNamesTheOne(Side side, string price, string quantity, OrderRejectReason? reason)
    {
        var rules = SymbolRules.Read(Json("""
            {"symbol":"BTCUSDT","status":"TRADING","orderTypes":["LIMIT","LIMIT_MAKER"],"amendAllowed":true,"allowedSelfTradePreventionModes":["NONE","EXPIRE_MAKER"],"filters":[
            {"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},
            {"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},
            {"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,"maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":5},
            {"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"5","bidMultiplierDown":"0.2","askMultiplierUp":"5","askMultiplierDown":"0.1","avgPriceMins":5},
            {"filterType":"MAX_POSITION","maxPosition":"10.00000000"},{"filterType":"MAX_NUM_ORDERS","maxNumOrders":200},{"filterType":"MAX_NUM_ORDER_AMENDS","maxNumOrderAmends":10}]}
            """), Btc);
        var order = new OrderRequest(false, 1, side, FixedPoint.Parse(price, Scale.Eight), FixedPoint.Parse(quantity, Scale.Eight));
        Assert.Equal(reason, rules.Check(order, FixedPoint.Parse("50000", Scale.Eight), FixedPoint.Parse("7", Scale.Eight))?.Reason);
        Assert.Equal((200, 10, true), (rules.MostOrders, rules.MostAmends, rules.AllowsAmend));
    }

    [Theory]
    [InlineData("""{"symbol":"BTCUSDT","status":"HALT","filters":[]}""", "HALT")]
    [InlineData("""{"symbol":"BTCUSDT","status":"TRADING","orderTypes":["MARKET"],"filters":[]}""", "LIMIT_MAKER")]
    public void Rules_SymbolThatCannotBeTraded_SayWhy(string entry, string says) =>
        Assert.Contains(says, Assert.Throws<GatewayException>(() => SymbolRules.Read(Json(entry), Btc)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(200, "{}", AnswerKind.Done)]
    [InlineData(400, """{"code":-2010,"msg":"Account has insufficient balance for requested action."}""", AnswerKind.Refused)]
    [InlineData(409, """{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{}}""", AnswerKind.Refused)]
    [InlineData(429, """{"code":-1015,"msg":"Too many new orders."}""", AnswerKind.Refused)]
    [InlineData(503, """{"code":-1008,"msg":"Request throttled by system-level protection."}""", AnswerKind.Refused)]
    [InlineData(408, """{"code":-1007,"msg":"Timeout waiting for response from backend server."}""", AnswerKind.Unknown)]
    [InlineData(400, """{"code":-1006,"msg":"An unexpected response was received from the message bus. Execution status unknown."}""", AnswerKind.Unknown)]
    [InlineData(502, "{}", AnswerKind.Unknown)]
    [InlineData(0, "{}", AnswerKind.Unknown)]
    internal void Answer_OfTheVenue_IsDoneRefusedOrUnknown(int status, string body, AnswerKind kind) =>
        Assert.Equal(kind, VenueAnswer.From(status, Json(body), TimeSpan.Zero).Kind);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
