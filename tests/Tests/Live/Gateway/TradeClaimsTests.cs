using System.Globalization;
using System.Text.Json;
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

/// <summary>
/// No trade of the account is lost, however it comes to be known late: an order whose answer never was stored and that a guard or a failed start
/// cancelled, a hole below the newest known trade, an order that is over too early.
/// </summary>
public sealed class TradeClaimsTests
{
    private static readonly Instrument Btc = new() { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1, Lot = 1, MinQuantity = 1 };

    private readonly Clock clock = Clock.Simulated(1_700_000_000L * Nanoseconds.PerSecond, 200);
    private readonly List<GatewayEvent> told = [];
    private readonly List<string> questions = [];
    private readonly List<string> statuses = [];
    private readonly List<VenueOrder> orders = [];
    private readonly List<VenueTrade> trades = [];

    [Fact]
    public async Task Unanswered_CancelledUnderTheCancelsName_IsFoundByItsTrades()
    {
        var link = Link();
        await using var gateway = Gateway(link, new DeskStart { Run = "run", Instrument = Btc });
        await gateway.ReconcileAsync(ReconciliationTrigger.Start, default);
        var desk = gateway.Desks.Single();
        desk.Submit([new GatewayRequest(new OrderRequest(false, 1, Side.Bid, 100, 10), 3)]);
        orders.Add(new VenueOrder(1_001, "cancel-1001", "CANCELED", 100, 10, 4));
        trades.AddRange([new VenueTrade(5, 1_001, 100, 3), new VenueTrade(6, 1_001, 100, 1)]);
        link.AnswerFirst(VenueAnswer.Unknown("lost"));
        await UntilAsync(() => desk.Tracker.Open.Count == 0);
        Assert.Equal([5, 6], Events<OrderFilled>(desk).Select(f => f.TradeId));
        Assert.Equal(6, Assert.Single(Events<OrderExpired>(desk)).Remaining);
        Assert.Empty(Events<OrderRejected>(desk));
        Assert.DoesNotContain(Events<ReconciliationFound>(desk), f => f.Finding == ReconciliationFinding.ForeignTrade);
    }

    // The venue finds a cancelled order by its first name no more: what it had accepted is asked for by the id that the venue gave it, now and after a restart.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Accepted_CancelledUnderTheCancelsName_IsAskedForByTheVenuesId(bool afterRestart)
    {
        orders.Add(new VenueOrder(1_001, "cancel-1001", "CANCELED", 100, 10, 4));
        trades.Add(new VenueTrade(5, 1_001, 100, 4));
        var working = Pending(1, 100, 10) with { Status = OrderStatus.Resting };
        var link = Link();
        await using var gateway = Gateway(link, afterRestart ? Start([], 0, working, new Dictionary<long, long> { [1] = 1_001 }) : new DeskStart { Run = "run", Instrument = Btc });
        var desk = gateway.Desks.Single();
        if (!afterRestart)
        {
            var (order, trade) = (orders[0], trades[0]);
            orders.Clear();
            trades.Clear();
            await gateway.ReconcileAsync(ReconciliationTrigger.Start, default);
            desk.Submit([new GatewayRequest(new OrderRequest(false, 1, Side.Bid, 100, 10), 3)]);
            link.AnswerFirst(ScriptedLink.Done("""{"orderId":1001,"transactTime":1700000000000}"""));
            orders.Add(order);
            trades.Add(trade);
        }

        await gateway.ReconcileAsync(afterRestart ? ReconciliationTrigger.Start : ReconciliationTrigger.Periodic, default);
        await UntilAsync(() => desk.Tracker.Open.Count == 0);
        Assert.Equal((5L, 4L), (Assert.Single(Events<OrderFilled>(desk)).TradeId, told.OfType<GatewayEvent<OrderFilled>>().Single().Payload.Quantity));
        Assert.Equal(6, Assert.Single(Events<OrderExpired>(desk)).Remaining);
        Assert.DoesNotContain(Events<ReconciliationFound>(desk), f => f.Finding is ReconciliationFinding.Vanished or ReconciliationFinding.ForeignTrade);
        Assert.All(statuses, q => Assert.Contains("orderId=1001", q, StringComparison.Ordinal));
        Assert.NotEmpty(statuses);
    }

    // What was lost in a storm: the answer not in the journal, the order partly filled, swept by a start that failed, and a later trade known.
    [Fact]
    public async Task Restart_UnansweredOrderWasSweptAndALaterTradeIsKnown_HasItsFills()
    {
        orders.AddRange([new VenueOrder(1_001, "cancel-1001", "CANCELED", 100, 10, 4), new VenueOrder(1_002, Id(2), "FILLED", 101, 7, 7)]);
        trades.AddRange([new VenueTrade(27, 1_001, 100, 3), new VenueTrade(29, 1_001, 100, 1), new VenueTrade(53, 1_002, 101, 7)]);
        var (desk, gateway) = await RestartAsync([53], 9, Pending(1, 100, 10));
        await using var closing = gateway;
        Assert.Equal([27, 29], Events<OrderFilled>(desk).Select(f => f.TradeId));
        Assert.Empty(Events<OrderRejected>(desk));
        Assert.Contains(Events<ReconciliationFound>(desk), f => f is { Finding: ReconciliationFinding.MissedFill, OrderId: 1 });
        Assert.Contains(questions, q => q.Contains("fromId=10&", StringComparison.Ordinal) || q.EndsWith("fromId=10", StringComparison.Ordinal));
        Assert.True(desk.IsUp);
    }

    // The order before it has its end in the journal, the venue's one order got the name of the cancel.
    [Fact]
    public async Task Restart_AmendmentWasSwept_FillsAreTheLaterOrders()
    {
        orders.Add(new VenueOrder(1_001, "cancel-1001", "CANCELED", 100, 7, 5));
        trades.AddRange([new VenueTrade(3, 1_001, 100, 2), new VenueTrade(4, 1_001, 100, 3)]);
        var (desk, gateway) = await RestartAsync([3], 3, Pending(2, 100, 5), ofJournal: new Dictionary<long, long> { [1] = 1_001 });
        await using var closing = gateway;
        var fill = Assert.Single(Events<OrderFilled>(desk));
        Assert.Equal((2, 4, 2), (fill.OrderId, fill.TradeId, fill.Remaining));
        Assert.Empty(Events<OrderRejected>(desk));
        Assert.True(desk.IsUp);
    }

    [Theory]
    [InlineData("somebody", 100, 10)]
    [InlineData("cancel-1001", 101, 10)]
    [InlineData("cancel-1001", 100, 11)]
    public async Task Restart_TradeOfAnotherOrder_StaysSomebodyElses(string name, long price, long quantity)
    {
        orders.Add(new VenueOrder(1_001, name, name == "somebody" ? "PARTIALLY_FILLED" : "CANCELED", price, quantity, 4));
        trades.Add(new VenueTrade(27, 1_001, price, 4));
        var (desk, gateway) = await RestartAsync([], 0, Pending(1, 100, 10));
        await using var closing = gateway;
        Assert.Empty(Events<OrderFilled>(desk));
        Assert.Equal(OrderRejectReason.Gateway, Assert.Single(Events<OrderRejected>(desk)).Reason);
        Assert.Contains(Events<ReconciliationFound>(desk), f => f is { Finding: ReconciliationFinding.ForeignTrade, VenueOrderId: 1_001 });
    }

    [Fact]
    public async Task Restart_TradeOfAnOrderThatTheJournalHasAsOver_StopsTheRun()
    {
        orders.Add(new VenueOrder(1_001, "cancel-1001", "CANCELED", 100, 10, 4));
        trades.Add(new VenueTrade(27, 1_001, 100, 4));
        var (desk, gateway) = await RestartAsync([], 0, null, ofJournal: new Dictionary<long, long> { [1] = 1_001 });
        await using var closing = gateway;
        Assert.False(desk.IsUp);
        Assert.Contains("1001, which is over for the run's journal", Failure(desk), StringComparison.Ordinal);
        Assert.DoesNotContain(Events<ReconciliationFound>(desk), f => f.Finding == ReconciliationFinding.ForeignTrade);
    }

    // A list that lagged: the order was told as never having arrived, and is heard of under the cancel's name afterwards.
    [Fact]
    public async Task NeverArrived_TradesAfterAll_StopsTheRun()
    {
        var (desk, gateway) = await RestartAsync([], 0, Pending(1, 100, 10));
        await using var closing = gateway;
        Assert.Single(Events<OrderRejected>(desk));
        orders.Add(new VenueOrder(1_001, "cancel-1001", "CANCELED", 100, 10, 4));
        trades.Add(new VenueTrade(27, 1_001, 100, 4));
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Contains("never having arrived", Failure(desk), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trades_AreListedFromTheLastSettledOne_AndNoneBelowTheNewestIsPassedOver()
    {
        orders.Add(new VenueOrder(2_002, "somebody", "FILLED", 100, 5, 5));
        trades.Add(new VenueTrade(40, 2_002, 100, 5));
        var (desk, gateway) = await RestartAsync([], 0, null);
        await using var closing = gateway;
        Assert.Equal((0, 40), (desk.SettledTrade, desk.LastTradeId));

        // One below it shows itself late: it is in the next list all the same.
        orders.Add(new VenueOrder(2_001, "somebody", "FILLED", 100, 5, 5));
        trades.Insert(0, new VenueTrade(39, 2_001, 100, 5));
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Equal(2, Events<ReconciliationFound>(desk).Count(f => f.Finding == ReconciliationFinding.ForeignTrade));
        Assert.Equal(40, desk.SettledTrade);
        questions.Clear();
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Contains(questions, q => q.Contains("fromId=41", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trade_WhoseOrderTheVenueDoesNotTell_KeepsTheReconciliationOpen()
    {
        trades.Add(new VenueTrade(27, 1_001, 100, 4));
        var e = await Assert.ThrowsAsync<VenueOutOfReachException>(() => RestartAsync([], 0, null));
        Assert.Contains("whose order 1001 is, which traded, is not known", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sweep_OfAStartThatFailed_AsksWhatBecameOfAnUnansweredOrder()
    {
        var link = Link();
        await using var gateway = Gateway(link, Start([], 0, Pending(1, 100, 10), null));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var outcome = await gateway.CancelAllAsync("BTCUSDT", patience.Token);
        Assert.True(outcome.Confirmed, outcome.Detail);
        Assert.Single(Events<OrderRejected>(gateway.Desks.Single()));
    }

    // With the simulated venue over sockets, as mm guard and a start that fails leave it.
    [Fact]
    public async Task Restart_AtAVenue_OrderSweptBeforeItsAnswerWasStored_AgreesWithIt()
    {
        await using var bench = await GatewayBench.StartAsync("NEXOUSDT", "40");
        var before = await bench.BalancesAsync(0);
        var maker = new ToyMaker(bench.Instrument);
        var since = bench.Clock.Now;
        var (first, desk) = await OpenAsync(bench, maker, since);
        await using (first)
        {
            var tracker = ((OrderDesk)desk).Tracker;
            for (var order = 1; tracker.Open.Count == 0; order++)
            {
                // Where the market has moved on it would match, and is refused: that is stored, and another one asked for.
                maker.Read(desk);
                desk.Submit([maker.Ask(new OrderRequest(false, order, Side.Bid, (await bench.BestAsync()).Bid, 100_000 * bench.Instrument.QuantityScale.Factor))]);
                await UntilAsync(() => !tracker.Open.Any(o => o.Phase == EventSourcedMM.Live.Gateway.Orders.OrderPhase.Asked) && desk.Unanswered == 0);
            }

            await UntilAsync(() => tracker.Open.Any(o => o.Filled > 0));

            // Nothing of it was stored when the process died.
            await first.AbandonAsync();
        }

        maker.Restart();
        await bench.AskAsync(0, VenueMethod.CancelAll);
        var trades = (await bench.AskAsync(0, VenueMethod.Trades)).EnumerateArray().Select(t => t.GetProperty("id").GetInt64()).ToArray();
        Assert.NotEmpty(trades);
        var (second, again) = await OpenAsync(bench, maker, since);
        await using var closing = second;
        maker.Read(again);
        Assert.Equal(trades, maker.Trades.Order());
        Assert.Equal(0, maker.Orders.Count);
        var after = await bench.BalancesAsync(0);
        Assert.Equal(after[bench.Instrument.BaseAsset], before[bench.Instrument.BaseAsset] + decimal.Parse(bench.Instrument.FormatQuantity(maker.Position), CultureInfo.InvariantCulture));
        Assert.Equal(after[bench.Instrument.QuoteAsset], before[bench.Instrument.QuoteAsset] + decimal.Parse(bench.Instrument.FormatMoney(maker.Cash), CultureInfo.InvariantCulture));
    }

    private static string Id(long order) => ClientOrderId.Of("run", "BTCUSDT", order).ToString();

    private static WorkingOrder Pending(long order, long price, long quantity) => new() { OrderId = order, Side = Side.Bid, Price = price, Remaining = quantity, Status = OrderStatus.PendingNew };

    private static DeskStart Start(long[] known, long settled, WorkingOrder? working, IReadOnlyDictionary<long, long>? ofJournal) => new()
    {
        Run = "run", Instrument = Btc, Working = working is { } order ? [order] : [], KnownTrades = known.ToHashSet(), SettledTrade = settled, VenueOrderIds = ofJournal ?? new Dictionary<long, long>(),
    };

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 6_000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    // A busy machine may refuse a start: its stamps are too old at the venue's speed. What was told before is kept.
    private static async Task<(OrderGateway Gateway, IOrderDesk Desk)> OpenAsync(GatewayBench bench, ToyMaker maker, long since)
    {
        while (true)
        {
            var gateway = bench.Gateway(0);
            var desk = gateway.AddDesk(maker.Start("swept", since));
            try
            {
                await gateway.OpenAsync(default);
                return (gateway, desk);
            }
            catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException)
            {
                maker.Read(desk);
                await gateway.DisposeAsync();
                maker.Restart();
            }
        }
    }

    private async Task<(OrderDesk Desk, OrderGateway Gateway)> RestartAsync(long[] known, long settled, WorkingOrder? working, IReadOnlyDictionary<long, long>? ofJournal = null)
    {
        var gateway = Gateway(Link(), Start(known, settled, working, ofJournal));
        try
        {
            await gateway.ReconcileAsync(ReconciliationTrigger.Start, default);
            return (gateway.Desks.Single(), gateway);
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    private OrderGateway Gateway(ScriptedLink link, DeskStart start)
    {
        var gateway = new OrderGateway(VenueEndpoint.Parse("http://127.0.0.1:9"), ApiKeys.Of("key", "secret"), clock, new GatewayOptions(), (_, _) => link);
        gateway.AddDesk(start);
        gateway.ClockWatch.Adopt(new VenueTime(clock.Now, clock.Now, 1_000));
        return gateway;
    }

    private ScriptedLink Link() => new() { Answer = (method, text, _) => Answer(method, text) };

    private VenueAnswer Answer(VenueMethod method, string text)
    {
        if (method == VenueMethod.Account)
        {
            return ScriptedLink.Done("""{"balances":[]}""");
        }

        var query = text.Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        if (method == VenueMethod.OrderStatus)
        {
            lock (questions)
            {
                statuses.Add(text);
            }

            var order = orders.Find(o => query.TryGetValue("orderId", out var id) ? o.Id.ToString(CultureInfo.InvariantCulture) == id : o.Name == query["origClientOrderId"]);
            return order is null ? ScriptedLink.Refused(-2013) : ScriptedLink.Done(order.Json());
        }

        if (method == VenueMethod.Trades || method == VenueMethod.TradesOfOrder)
        {
            var from = query.TryGetValue("fromId", out var first) ? long.Parse(first, CultureInfo.InvariantCulture) : 0;
            var of = query.TryGetValue("orderId", out var one) ? long.Parse(one, CultureInfo.InvariantCulture) : 0;
            lock (questions)
            {
                questions.Add(text);
            }

            return ScriptedLink.Done($"[{string.Join(',', trades.Where(t => t.Id >= from && (of == 0 || t.OrderId == of)).Select(t => t.Json()))}]");
        }

        return ScriptedLink.Done("[]");
    }

    private T[] Events<T>(OrderDesk desk)
        where T : struct, IPayload<T>
    {
        Read(desk);
        return [.. told.OfType<GatewayEvent<T>>().Select(e => e.Payload)];
    }

    private string Failure(OrderDesk desk)
    {
        Read(desk);
        return Assert.Single(told.OfType<GatewayFailure>()).What.Message;
    }

    private void Read(OrderDesk desk)
    {
        while (desk.Events.TryRead(out var next))
        {
            told.Add(next);
        }
    }

    // Placed after every request of a test, however long the machine takes to come to it: the clock here runs 200 times as fast.
    private sealed record VenueOrder(long Id, string Name, string Status, long Price, long Quantity, long Executed)
    {
        public string Json() => $$"""{"clientOrderId":"{{Name}}","orderId":{{Id}},"status":"{{Status}}","side":"BUY","price":"{{Btc.FormatPrice(Price)}}","origQty":"{{Btc.FormatQuantity(Quantity)}}","executedQty":"{{Btc.FormatQuantity(Executed)}}","time":1700003600000,"updateTime":1700000000000}""";
    }

    private sealed record VenueTrade(long Id, long OrderId, long Price, long Quantity)
    {
        public string Json() => $$"""{"id":{{Id}},"orderId":{{OrderId}},"isBuyer":true,"price":"{{Btc.FormatPrice(Price)}}","qty":"{{Btc.FormatQuantity(Quantity)}}","commission":"0","commissionAsset":"BTC","time":1700000000000}""";
    }
}
