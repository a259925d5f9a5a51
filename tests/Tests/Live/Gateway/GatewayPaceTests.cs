using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Tests.Live.Capturing;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>A venue that says no again and again, that changes its rules, or whose word is none: what the gateway makes of it. Answers are given by hand.</summary>
public sealed class GatewayPaceTests
{
    private static readonly Instrument Btc = new() { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1, Lot = 1, MinQuantity = 1, CommissionDecimals = 8 };

    private readonly ScriptedLink link = new();
    private readonly Clock clock = Clock.Simulated(1_700_000_000L * Nanoseconds.PerSecond, 1);
    private readonly List<GatewayEvent> told = [];

    [Fact]
    public async Task Refusals_OfOneSideInARow_AreToldLaterAndLaterAndAllAtTheEnd()
    {
        await using var gateway = await StartAsync();
        var desk = gateway.Desks.Single();
        for (var id = 1L; id <= 6; id++)
        {
            desk.Submit([Place(id, Side.Bid)]);
            link.AnswerFirst(ScriptedLink.Refused(-2010));
        }

        // The first is told at once; from the fourth on a second and more passes, in which the engine asks nothing of this side.
        var ids = Rejected(desk);
        Assert.Contains(1L, ids);
        Assert.DoesNotContain(5L, ids);
        Assert.True(desk.Unanswered > 0, "what waits to be told is not answered yet");

        // The other side is another matter.
        desk.Submit([Place(7, Side.Ask)]);
        link.AnswerFirst(ScriptedLink.Refused(-2010));
        Assert.Contains(7L, Rejected(desk));

        // The kill switch: nothing waits any longer, each is told once.
        link.Answer = (_, _, _) => ScriptedLink.Done("[]");
        await gateway.CancelAllAsync("BTCUSDT", default);
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], Rejected(desk).Order());
        Assert.Equal(0, desk.Unanswered);
    }

    [Fact]
    public async Task Refusals_AfterAnOrderThatWasAccepted_BeginAnew()
    {
        await using var gateway = await StartAsync();
        var desk = gateway.Desks.Single();
        desk.Submit([Place(1, Side.Bid)]);
        link.AnswerFirst(ScriptedLink.Refused(-2010));
        desk.Submit([Place(2, Side.Bid)]);
        link.AnswerFirst(ScriptedLink.Done("""{"orderId":1002,"transactTime":1700000000000}"""));
        desk.Submit([Place(3, Side.Bid)]);
        link.AnswerFirst(ScriptedLink.Refused(-2010));
        Assert.Equal([1L, 3], Rejected(desk));
    }

    [Theory]
    [InlineData(1, OrderRejectReason.Venue, 250)]
    [InlineData(2, OrderRejectReason.Venue, 500)]
    [InlineData(7, OrderRejectReason.Venue, 16_000)]
    [InlineData(8, OrderRejectReason.Venue, 30_000)]
    [InlineData(1_000, OrderRejectReason.Balance, 30_000)]
    [InlineData(1_000, OrderRejectReason.WouldMatch, 1_000)]
    public void Pause_BehindRefusalsInARow_DoublesUpToItsEnd(int before, OrderRejectReason reason, int milliseconds) =>
        Assert.Equal(milliseconds, RefusalPace.Pause(before, reason).TotalMilliseconds);

    [Fact]
    public async Task Rules_SymbolHaltedThenTradedAgain_TakesTheDeskDownAndUp()
    {
        var rules = await ExchangeInfoAsync();
        await using var gateway = await StartAsync(rules);
        var desk = gateway.Desks.Single();
        Assert.True(desk.IsUp);
        Learn(gateway, rules.Replace("\"TRADING\"", "\"CANCEL_ONLY\"", StringComparison.Ordinal));
        Assert.False(desk.IsUp);
        Assert.Contains("CANCEL_ONLY", gateway.Status.Why, StringComparison.Ordinal);
        Learn(gateway, rules);
        Assert.True(desk.IsUp);
    }

    [Fact]
    public async Task Rules_FiltersThatChanged_EndTheRunAndSayWhich()
    {
        var rules = await ExchangeInfoAsync();
        await using var gateway = await StartAsync(rules);
        var desk = gateway.Desks.Single();
        Learn(gateway, Regex.Replace(rules, "\"stepSize\":\"[0-9.]+\"", "\"stepSize\":\"10.00000000\""));
        Assert.False(desk.IsUp);
        Rejected(desk);
        var failure = told.OfType<GatewayFailure>().Single().What.Message;
        Assert.Contains("has changed the filters of NEXOUSDT", failure, StringComparison.Ordinal);
        Assert.Matches("lot was [0-9.]+ and is 10", failure);
    }

    // What the account alone is told, which exchangeInfo does not repeat.
    [Fact]
    public async Task Rules_MostOfAnAssetInOneOrder_HoldsAfterTheSymbolsAreLearnedAgain()
    {
        var rules = await ExchangeInfoAsync();
        await using var gateway = await StartAsync(rules);
        var desk = gateway.Desks.Single();
        link.Answer = (method, text, _) => method == VenueMethod.RelevantFilters && text == "symbol=NEXOUSDT"
            ? ScriptedLink.Done("""{"exchangeFilters":[],"symbolFilters":[],"assetFilters":[{"filterType":"MAX_ASSET","asset":"NEXO","limit":"200.00000000"},{"filterType":"MAX_ASSET","asset":"USDT","limit":"240.00000000"},{"filterType":"MAX_ASSET","asset":"JPY","limit":"1.00000000"}]}""")
            : ScriptedLink.Done("[]");
        await gateway.Limits.LearnAssetsAsync(new Dictionary<string, OrderDesk> { ["NEXOUSDT"] = desk }, default);
        Check();
        var before = desk.Rules;
        Learn(gateway, rules);
        Assert.NotSame(before, desk.Rules);
        Check();

        void Check()
        {
            Assert.Null(Of("1.2", "200"));
            Assert.EndsWith("MAX_ASSET: at most 200 NEXO in one order", Of("1", "201"), StringComparison.Ordinal);
            Assert.EndsWith("MAX_ASSET: at most 240 USDT in one order", Of("1.21", "200"), StringComparison.Ordinal);
        }

        string? Of(string price, string quantity) => desk.Rules.Check(
            new OrderRequest(IsCancel: false, 1, Side.Bid, FixedPoint.Parse(price, desk.Instrument.PriceScale), FixedPoint.Parse(quantity, desk.Instrument.QuantityScale)), 0, 0)?.Detail;
    }

    /// <summary>A start over which the account's limits cannot be had asks again with the next reconciliation, and no more when it was answered.</summary>
    [Fact]
    public async Task Rules_MostOfAnAssetThatWasNotAnswered_IsAskedForAgain()
    {
        var rules = await ExchangeInfoAsync();
        await using var rest = new ScriptedRest(path => (200, path == "/api/v3/time" ? $$"""{"serverTime":{{clock.Now / Nanoseconds.PerMillisecond}}}""" : rules));
        await using var gateway = Make(rules, endpoint: rest.Address);
        var usual = link.Answer;
        link.Answer = (method, text, how) => method == VenueMethod.RelevantFilters ? ScriptedLink.Refused(-1003, 429) : usual(method, text, how);
        await gateway.OpenAsync(default);
        var desk = gateway.Desks.Single();
        Assert.Equal((0L, (Int128)0), desk.Rules.MostOfAsset);
        Assert.Equal(1, link.CountOf(VenueMethod.RelevantFilters));

        link.Answer = (method, text, how) => method == VenueMethod.RelevantFilters
            ? ScriptedLink.Done("""{"exchangeFilters":[],"symbolFilters":[],"assetFilters":[{"filterType":"MAX_ASSET","asset":"NEXO","limit":"200.00000000"}]}""")
            : usual(method, text, how);
        for (var again = 0; again < 2; again++)
        {
            await gateway.RefreshRulesAsync(default);
            Assert.Equal(FixedPoint.Parse("200", desk.Instrument.QuantityScale), desk.Rules.MostOfAsset.Base);
            Assert.Equal(2, link.CountOf(VenueMethod.RelevantFilters));
        }
    }

    // PERCENT_PRICE_BY_SIDE: the simulated venue has no reference price, so its answers are given by hand.
    [Theory]
    [InlineData(200, """{"symbol":"NEXOUSDT","referencePrice":"1.25","timestamp":1700000000000}""", "1.25")]
    [InlineData(200, """{"symbol":"NEXOUSDT","referencePrice":null,"timestamp":1700000000000}""", "1.2")]
    [InlineData(400, """{"code":-2043,"msg":"This symbol doesn't have a reference price."}""", "1.2")]
    [InlineData(404, "<html></html>", "1.2")]
    public async Task Distances_AreMeasuredByTheReferencePriceWhereThereIsOne(int status, string reference, string measured)
    {
        var rules = await ExchangeInfoAsync();
        await using var rest = new ScriptedRest(Prices(status, reference, rules));
        await using var gateway = await StartAsync(rules, endpoint: rest.Address);
        Learn(gateway, rules);
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        var desk = gateway.Desks.Single();
        Assert.Equal(measured, desk.Instrument.FormatPrice(desk.AveragePrice));

        // A question that the venue does not answer says nothing of either: what was known stays.
        rest.Answer(Prices(503, "", rules, average: "1.30000000"));
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Equal(measured, desk.Instrument.FormatPrice(desk.AveragePrice));
    }

    [Fact]
    public async Task Amendment_IsNoOrderOfTheCountAndWeighsWhatItWeighs()
    {
        var rules = await ExchangeInfoAsync();
        var weight = new RequestBudget();
        await using var gateway = await StartAsync(rules, weight);
        Learn(gateway, rules);
        var desk = gateway.Desks.Single();
        var lots = desk.Instrument.Lot;
        var price = desk.Instrument.Tick * 10_000;
        desk.Submit([new GatewayRequest(new OrderRequest(IsCancel: false, 1, Side.Bid, price, 1_000 * lots), 1)]);
        link.AnswerFirst(ScriptedLink.Done("""{"orderId":1001,"transactTime":1700000000000}"""));
        var (count, before) = (gateway.Budgets.OrdersUsed, weight.Used);
        desk.Submit([Cancel(1, Side.Bid), new GatewayRequest(new OrderRequest(IsCancel: false, 2, Side.Bid, price, 600 * lots), 2)]);
        Assert.Equal(VenueMethod.Amend, link.Posted.Single().Method);
        Assert.Equal((count, before + VenueMethod.Amend.Weight), (gateway.Budgets.OrdersUsed, weight.Used));

        // Refused, it becomes a cancel and an order, which counts.
        link.AnswerFirst(ScriptedLink.Refused(-2038));
        Assert.Equal([VenueMethod.Cancel, VenueMethod.Place], link.Posted.Select(p => p.Method));
        Assert.Equal(count + 1, gateway.Budgets.OrdersUsed);
    }

    [Theory]
    [InlineData(408, false)]
    [InlineData(400, false)]
    [InlineData(403, true)]
    [InlineData(429, true)]
    public void Answer_WithoutTheVenuesCode_IsARefusalOnlyWhereItTurnsAway(int status, bool isRefusal)
    {
        var answer = VenueAnswer.From(status, JsonDocument.Parse("{}").RootElement, TimeSpan.Zero);
        Assert.Equal(isRefusal ? AnswerKind.Refused : AnswerKind.Unknown, answer.Kind);
        Assert.Equal(AnswerKind.Refused, ScriptedLink.Refused(-2010, status).Kind);
    }

    [Theory]
    [InlineData("Too many new orders; current limit is 50 orders per 10 SECOND.", GatewayLimit.OrderCountShort)]
    [InlineData("Too many new orders; current limit is 160000 orders per 1 DAY.", GatewayLimit.OrderCountDay)]
    public async Task Limit_OfTheDay_IsToldAsTheDays(string words, GatewayLimit limit)
    {
        await using var gateway = await StartAsync();
        ((ILinkOwner)gateway).OnLimit(VenueMethod.Place, VenueAnswer.From(429, JsonDocument.Parse($$"""{"code":-1015,"msg":"{{words}}"}""").RootElement, TimeSpan.Zero));
        Rejected(gateway.Desks.Single());
        Assert.Equal(limit, told.OfType<GatewayEvent<RequestThrottled>>().Single().Payload.Limit);
    }

    private static void Learn(OrderGateway gateway, string rules)
    {
        gateway.Limits.Refresh(Encoding.UTF8.GetBytes(rules), gateway.Desks.ToDictionary(d => d.Instrument.Symbol));
        lock (gateway.Gate)
        {
            gateway.UpdateUp("the venue trades the symbol");
        }
    }

    private static Func<string, (int Status, string Body)> Prices(int status, string reference, string rules, string average = "1.20000000") => path => path switch
    {
        "/api/v3/referencePrice" => (status, reference),
        "/api/v3/avgPrice" => (200, $$"""{"mins":5,"price":"{{average}}","closeTime":1700000000000}"""),
        _ => (200, rules),
    };

    // What the simulated venue says of its symbol.
    private static async Task<string> ExchangeInfoAsync()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1");
        using var http = new HttpClient();
        var rules = await http.GetStringAsync(new Uri(bench.Venue.HttpUri, "/api/v3/exchangeInfo?symbol=NEXOUSDT"));
        return Regex.Replace(rules, "\"status\":\"[A-Z]+\"", "\"status\":\"TRADING\"");
    }

    private static GatewayRequest Cancel(long id, Side side) => new(new OrderRequest(IsCancel: true, id, side, 0, 0), 100 + id);

    private static GatewayRequest Place(long id, Side side) => new(new OrderRequest(IsCancel: false, id, side, side == Side.Bid ? 100 : 200, 5), id);

    private async Task<OrderGateway> StartAsync(string? rules = null, RequestBudget? weight = null, string endpoint = "http://127.0.0.1:9")
    {
        var gateway = Make(rules, weight, endpoint);
        gateway.ClockWatch.Adopt(new VenueTime(clock.Now, clock.Now, 1_000));
        gateway.Remember();
        await gateway.ReconcileAsync(ReconciliationTrigger.Start, default);
        return gateway;
    }

    private OrderGateway Make(string? rules = null, RequestBudget? weight = null, string endpoint = "http://127.0.0.1:9")
    {
        link.Answer = (method, _, _) => method == VenueMethod.Account ? ScriptedLink.Done("""{"updateTime":1,"balances":[]}""") : ScriptedLink.Done("[]");
        var instrument = rules is null ? Btc
            : EventSourcedMM.Live.Instruments.InstrumentJson.Read(Encoding.UTF8.GetBytes(rules), "NEXOUSDT", "exchangeInfo", InstrumentSource.ExchangeInfo)!;
        var gateway = new OrderGateway(VenueEndpoint.Parse(endpoint), ApiKeys.Of("key", "secret"), clock, new GatewayOptions { Weight = weight ?? new RequestBudget() }, (_, _) => link);
        gateway.AddDesk(new DeskStart { Run = "run", Instrument = instrument });
        return gateway;
    }

    private List<long> Rejected(OrderDesk desk)
    {
        while (desk.Events.TryRead(out var next))
        {
            told.Add(next);
        }

        return [.. told.OfType<GatewayEvent<OrderRejected>>().Select(e => e.Payload.OrderId)];
    }
}
