using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>What the gateway does when the account is moved by somebody else: another engine, another program, a human. The venue's words are given by hand.</summary>
public sealed class GatewayAccountTests
{
    private static readonly Instrument Btc = new() { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1, Lot = 1, MinQuantity = 1, CommissionDecimals = 8 };

    private readonly ScriptedLink link = new();
    private readonly Clock clock = Clock.Simulated(1_700_000_000L * Nanoseconds.PerSecond, 200);
    private readonly List<GatewayEvent> told = [];
    private string balances = """{"asset":"BTC","free":"0.5","locked":"0"},{"asset":"USDT","free":"100","locked":"0"}""";
    private string trades = "[]";

    [Fact]
    public async Task Start_SomebodyTookBalanceOutWhileNothingRan_IsAFindingAndNoOrderBeforeItIsToldAgain()
    {
        // The journal closed with 1 BTC and 160 USDT, then bought 0.001 BTC at 60,000 for 0.000001 BTC.
        var known = new KnownBalances(3, new BalanceReported { BaseFree = 90_000_000, BaseLocked = 10_000_000, QuoteFree = (Int128)160 * 10_000_000_000_000_000 }, [Bought(100_000, 60_000)]);
        await using var gateway = await StartAsync(known);
        var desk = gateway.Desks.Single();
        var findings = Events<ReconciliationFound>(desk);
        Assert.Contains(findings, f => f.Finding == ReconciliationFinding.Balance && f.Detail.Contains("0.5 BTC", StringComparison.Ordinal) && f.Detail.Contains("1.000999", StringComparison.Ordinal));
        Assert.False(desk.IsUp);
        Assert.False(gateway.Status.IsUp);
        Assert.Contains("fills and transfers", gateway.Status.Why, StringComparison.Ordinal);

        // USDT is what the journal makes it, and no finding.
        Assert.DoesNotContain(findings, f => f.Detail.Contains("USDT", StringComparison.Ordinal));

        // Told, and nothing new: what the account has is what is expected from now on.
        await gateway.ReconcileAsync(ReconciliationTrigger.Doubt, default);
        Assert.True(desk.IsUp);
        Assert.True(gateway.Status.IsUp);
    }

    [Fact]
    public async Task Start_BalancesAreWhatTheJournalMakesThem_FindsNothing()
    {
        balances = """{"asset":"BTC","free":"1.000999","locked":"0"},{"asset":"USDT","free":"100","locked":"0"}""";
        var known = new KnownBalances(3, new BalanceReported { BaseFree = 100_000_000, QuoteFree = (Int128)160 * 10_000_000_000_000_000 }, [Bought(100_000, 60_000)]);
        await using var gateway = await StartAsync(known);
        Assert.Empty(Events<ReconciliationFound>(gateway.Desks.Single()));
        Assert.True(gateway.Status.IsUp);
    }

    [Fact]
    public async Task Trade_OfSomebodyElse_StopsNewRiskUntilItIsReconciled()
    {
        await using var gateway = await StartAsync(null);
        var desk = gateway.Desks.Single();
        Assert.True(desk.IsUp);
        trades = """[{"id":77,"orderId":4242,"isBuyer":true,"price":"60000","qty":"0.1","commission":"0","commissionAsset":"BTC","time":1700000000000}]""";
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Contains(Events<ReconciliationFound>(desk), f => f.Finding == ReconciliationFinding.ForeignTrade);
        Assert.False(desk.IsUp);
        await gateway.ReconcileAsync(ReconciliationTrigger.Doubt, default);
        Assert.True(desk.IsUp);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    public async Task Order_OfAnotherRun_IsALeftoverOrProvesALivingEngine(int secondsAfterTheGrace, bool isLeftover)
    {
        await using var gateway = await StartAsync(null);
        var desk = gateway.Desks.Single();
        var other = ClientOrderId.Of("another-run", "BTCUSDT", 1).ToString();
        var placed = (gateway.OthersAreOverBy / Nanoseconds.PerMillisecond) + (secondsAfterTheGrace * 1_000);
        var order = $$"""{"orderId":9,"clientOrderId":"{{other}}","status":"NEW","side":"BUY","price":"1","origQty":"1","executedQty":"0","time":{{placed}},"updateTime":{{placed}}}""";
        var open = link.Answer;
        link.Answer = (method, text, how) => method == VenueMethod.OpenOrders ? ScriptedLink.Done($"[{order}]") : method == VenueMethod.Cancel ? ScriptedLink.Done(order) : open(method, text, how);
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Contains(Events<ReconciliationFound>(desk), f => f.Finding == ReconciliationFinding.OrderOfOtherRun);
        Assert.Equal(isLeftover, gateway.Status.IsUp);
        if (!isLeftover)
        {
            Assert.Contains("another engine", gateway.Status.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Replacement_IntoThePriceThatTheOtherSideLeaves_FollowsItsCancel()
    {
        await using var gateway = await StartAsync(null);
        var desk = gateway.Desks.Single();
        desk.Submit([Place(1, Side.Bid, 100), Place(2, Side.Ask, 110)]);
        Assert.Equal(2, link.Posted.Count);
        link.AnswerFirst(ScriptedLink.Done("""{"orderId":1001,"transactTime":1700000000000}"""));
        link.AnswerFirst(ScriptedLink.Done("""{"orderId":1002,"transactTime":1700000000000}"""));

        // The market went up: the new bid is where the ask still rests.
        desk.Submit([Cancel(1, Side.Bid), Cancel(2, Side.Ask), Place(3, Side.Bid, 110), Place(4, Side.Ask, 120)]);
        Assert.Equal([VenueMethod.CancelReplace, VenueMethod.CancelReplace], link.Posted.Select(p => p.Method));
        Assert.Contains("side=SELL", link.Posted[0].Text, StringComparison.Ordinal);
        Assert.Contains("side=BUY", link.Posted[1].Text, StringComparison.Ordinal);

        // Nothing is answered: one that would meet what may still rest does not leave.
        desk.Submit([Place(5, Side.Ask, 105)]);
        Assert.Equal(2, link.Posted.Count);
        Assert.Contains(Events<OrderRejected>(desk), r => r is { OrderId: 5, Reason: OrderRejectReason.WouldMatch });
    }

    [Fact]
    public async Task SelfTradePrevention_OfTheSymbol_GoesWithEveryOrder()
    {
        await using var gateway = await StartAsync(null, s => s with { SelfTradePrevention = "EXPIRE_BOTH" });
        gateway.Desks.Single().Submit([Place(1, Side.Bid, 100)]);
        Assert.Contains("selfTradePreventionMode=EXPIRE_BOTH", link.Posted[0].Text, StringComparison.Ordinal);
    }

    private static GatewayRequest Place(long id, Side side, long price) => new(new OrderRequest(IsCancel: false, id, side, price, 5), id);

    private static GatewayRequest Cancel(long id, Side side) => new(new OrderRequest(IsCancel: true, id, side, 0, 0), 100 + id);

    private static OrderFilled Bought(long quantity, long price) => new()
    {
        OrderId = 1, Side = Side.Bid, Price = price * 100_000_000, Quantity = quantity, Commission = quantity / 1_000, CommissionAsset = FeeAsset.Base,
    };

    private async Task<OrderGateway> StartAsync(KnownBalances? known, Func<DeskStart, DeskStart>? change = null)
    {
        link.Answer = (method, _, _) => method == VenueMethod.Account ? ScriptedLink.Done($$"""{"updateTime":1,"balances":[{{balances}}]}""")
            : method == VenueMethod.OrderStatus ? ScriptedLink.Done("""{"clientOrderId":"somebody","orderId":4242,"status":"FILLED","side":"BUY","price":"60000","origQty":"0.1","executedQty":"0.1"}""")
            : method == VenueMethod.Trades ? ScriptedLink.Done(trades) : ScriptedLink.Done("[]");
        var gateway = new OrderGateway(VenueEndpoint.Parse("http://127.0.0.1:9"), ApiKeys.Of("key", "secret"), clock, new GatewayOptions(), (_, _) => link);
        var start = new DeskStart { Run = "run", Instrument = Btc, Balances = known };
        gateway.AddDesk(change?.Invoke(start) ?? start);
        gateway.ClockWatch.Adopt(new VenueTime(clock.Now, clock.Now, 1_000));
        gateway.Remember();
        await gateway.ReconcileAsync(ReconciliationTrigger.Start, default);
        return gateway;
    }

    private T[] Events<T>(OrderDesk desk)
        where T : struct, IPayload<T>
    {
        while (desk.Events.TryRead(out var next))
        {
            told.Add(next);
        }

        return [.. told.OfType<GatewayEvent<T>>().Select(e => e.Payload)];
    }
}
