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
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>What the gateway does when the venue's words come at the worst moment, each moment given by hand.</summary>
public sealed class GatewayDoubtTests : IAsyncLifetime
{
    private static readonly Instrument Btc = new() { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1, Lot = 1, MinQuantity = 1 };

    private readonly ScriptedLink link = new();
    private readonly List<GatewayEvent> told = [];
    private Clock clock = null!;
    private OrderGateway gateway = null!;
    private OrderDesk desk = null!;

    public Task InitializeAsync() => StartAsync(200);

    public async Task DisposeAsync() => await gateway.DisposeAsync();

    // The clock runs by itself, so many of its seconds in one of the machine's.
    private async Task StartAsync(double factor)
    {
        clock = Clock.Simulated(1_700_000_000L * Nanoseconds.PerSecond, factor);
        gateway = new OrderGateway(VenueEndpoint.Parse("http://127.0.0.1:9"), ApiKeys.Of("key", "secret"), clock, new GatewayOptions { CombineReplacements = true }, (_, _) => link);
        desk = (OrderDesk)gateway.AddDesk(new DeskStart { Run = "run", Instrument = Btc });
        gateway.ClockWatch.Adopt(new VenueTime(clock.Now, clock.Now, 1_000));
        link.Answer = (method, _, _) => method == VenueMethod.Account ? ScriptedLink.Done("""{"balances":[]}""") : ScriptedLink.Done("[]");
        await gateway.ReconcileAsync(ReconciliationTrigger.Start, default);
        Assert.True(desk.IsUp);
    }

    [Fact]
    public async Task Reconciliation_AnswersThatCannotBeRead_AreAskedForAgain()
    {
        var asked = 0;
        link.Answer = (method, _, _) => method != VenueMethod.Account ? ScriptedLink.Done("[]")
            : ScriptedLink.Done(++asked < 3 ? """{"updateTime":-1,"balances":[]}""" : """{"updateTime":1,"balances":[]}""");
        await gateway.ReconcileAsync(ReconciliationTrigger.Reconnected, default);
        Assert.Equal(3, asked);
        Assert.True(desk.IsUp);
    }

    [Fact]
    public void Request_ThatCannotLeaveOrHasToWait_IsAnEventBesideWhatBecomesOfIt()
    {
        Place(1);
        link.AnswerFirst(VenueAnswer.NotSent("the connection was over"));
        Assert.Equal((1, 1), (Count<OrderRejected>(), Count<RequestThrottled>()));
        Accept(2);
        link.IsUp = false;
        Cancel(2);
        Assert.Equal(2, Count<RequestThrottled>());
        ((ILinkOwner)gateway).OnHeld(VenueMethod.Account, TimeSpan.FromSeconds(3));
        Assert.Equal(3, Count<RequestThrottled>());
    }

    [Fact]
    public async Task AcceptedOrder_NotKnownForAMoment_GoesOn()
    {
        // Asked four times within a second of the clock, out of the thirty after which it has vanished: a machine that stands still
        // for three seconds meanwhile is needed to miss that, not one for a seventh of a second.
        await gateway.DisposeAsync();
        await StartAsync(10);
        Accept(1);
        var asked = 0;
        Answering(VenueMethod.OrderStatus, () => ++asked < 4 ? ScriptedLink.Refused(-2013) : Order(1, "NEW"));
        await Ask(1);
        Assert.Equal(4, asked);
        Assert.Equal(1, desk.Tracker.Resting);
        Assert.Equal(0, Count<OrderExpired>());
    }

    [Fact]
    public async Task AcceptedOrder_NotKnownForHalfAMinuteAndNowhereElse_HasVanished()
    {
        Accept(1);
        var since = clock.GetTimestamp();
        Answering(VenueMethod.OrderStatus, () => ScriptedLink.Refused(-2013));
        await Ask(1);
        Assert.True(clock.GetElapsedTime(since) > TimeSpan.FromSeconds(30));
        Assert.Equal(1, Count<OrderExpired>());
        Assert.True(link.CountOf(VenueMethod.OpenOrders) > 1 && link.CountOf(VenueMethod.TradesOfOrder) > 0);
    }

    [Fact]
    public async Task UnansweredOrder_StatusLagsButItIsListedAsOpen_IsAccepted()
    {
        Place(1);
        link.AnswerFirst(VenueAnswer.Unknown("lost"));
        var open = Order(1, "NEW").Body.GetRawText();
        link.Answer = (method, _, _) => method == VenueMethod.OrderStatus ? (Count<OrderAccepted>() > 0 ? Order(1, "NEW") : ScriptedLink.Refused(-2013)) : ScriptedLink.Done($"[{open}]");
        await Ask(1);
        Assert.Equal((1, 0), (desk.Tracker.Resting, desk.Tracker.Unanswered));
        Assert.Equal(0, Count<OrderRejected>());
    }

    [Fact]
    public async Task OrderToldAsOver_ListedAsOpen_IsCancelledAndFound()
    {
        Place(1);
        link.AnswerFirst(ScriptedLink.Refused(-2010));
        var open = Order(1, "NEW").Body.GetRawText();
        link.Answer = (method, _, _) => method == VenueMethod.OpenOrders ? ScriptedLink.Done($"[{open}]")
            : method == VenueMethod.Cancel ? Order(1, "CANCELED")
            : method == VenueMethod.Account ? ScriptedLink.Done("""{"balances":[]}""") : ScriptedLink.Done("[]");
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Equal(1, link.CountOf(VenueMethod.Cancel));
        Assert.Contains(Found(), f => f.Finding == ReconciliationFinding.Vanished && f.OrderId == 1);
    }

    [Fact]
    public async Task Cancel_FallsIntoDoubtWhileTheStatusIsAsked_IsAskedAboutAgain()
    {
        Accept(1);
        Cancel(1);
        var first = true;
        Answering(VenueMethod.OrderStatus, () =>
        {
            if (!first)
            {
                return Order(1, "CANCELED");
            }

            // Lost while the question is on its way: its answer says nothing about the cancel.
            first = false;
            link.AnswerFirst(VenueAnswer.Unknown("lost"));
            return Order(1, "NEW");
        });
        await Ask(1);
        await Until(() => desk.Unanswered == 0);
        Assert.Equal((0, 1), (Count<OrderCancelRejected>(), Count<OrderCancelled>()));
    }

    [Fact]
    public async Task Cancel_OnItsWay_IsNotToldAsNotArrived()
    {
        Accept(1);
        Cancel(1);
        Answering(VenueMethod.OrderStatus, () => Order(1, "NEW"));
        await Ask(1);
        Assert.Equal(0, Count<OrderCancelRejected>());
        link.AnswerFirst(Order(1, "CANCELED"));
        Assert.Equal(1, Count<OrderCancelled>());
        Assert.Equal(0, desk.Unanswered);
    }

    [Fact]
    public async Task Cancel_Lost_IsToldAsSuchWhenItCanNoLongerArrive_AndIsOursIfItDoes()
    {
        Accept(1);
        Cancel(1);
        Answering(VenueMethod.OrderStatus, () => Order(1, "NEW"));
        var since = clock.GetTimestamp();
        link.AnswerFirst(VenueAnswer.Unknown("lost"));
        await Until(() => desk.Unanswered == 0);
        Assert.True(clock.GetElapsedTime(since) > TimeSpan.FromSeconds(5));
        Assert.Equal(1, Count<OrderCancelRejected>());
        gateway.Apply(desk, JsonDocument.Parse($"[{Order(1, "CANCELED").Body.GetRawText()}]").RootElement);
        Assert.Equal((1, 0), (Count<OrderCancelled>(), Count<OrderExpired>()));
    }

    [Fact]
    public async Task AFailureWhileAsking_IsTold()
    {
        Accept(1);
        Answering(VenueMethod.OrderStatus, () => throw new InvalidOperationException("unforeseen"));
        await Ask(1);
        Read();
        Assert.IsType<InvalidOperationException>(Assert.Single(told.OfType<GatewayFailure>()).What);

        // What becomes of the order is told all the same.
        gateway.Apply(desk, JsonDocument.Parse($"[{Order(1, "CANCELED").Body.GetRawText()}]").RootElement);
        Assert.Equal(1, Count<OrderExpired>());
    }

    [Fact]
    public void Amendment_RefusedAfterTheKillSwitch_SendsNoNewOrder()
    {
        Accept(1);
        var (old, next) = (desk.Tracker.FindOrder(1)!, desk.Tracker.Ask(new OrderRequest(false, 2, Side.Bid, 100, 5), 9));
        next.Predecessor = old;
        desk.IsClosed = true;
        gateway.SendApart(desk, old, next);
        Assert.Empty(link.Posted);
        Assert.Equal(1, Count<OrderRejected>());
    }

    [Fact]
    public async Task Sweep_NoAnswerOverTheSocket_GoesByRest()
    {
        var rests = true;
        link.Answer = (method, _, how) =>
        {
            rests &= !(how.ByRest && method == VenueMethod.CancelAll);
            return !how.ByRest ? VenueAnswer.Unknown("silent") : ScriptedLink.Done(rests ? $"[{Order(9, "NEW").Body.GetRawText()}]" : "[]");
        };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.True((await gateway.CancelAllAsync("BTCUSDT", patience.Token)).Confirmed);
        Assert.Contains(link.Calls, c => c.Method == VenueMethod.CancelAll && c.How is { ByRest: true, Urgent: true });
    }

    [Fact]
    public async Task Sweep_OrderArrivesBehindIt_IsNotConfirmedBeforeItIsCancelled()
    {
        Place(1);
        var rounds = 0;
        link.Answer = (method, _, _) =>
        {
            if (method == VenueMethod.CancelAll && ++rounds > 1)
            {
                return ScriptedLink.Done($"[{Order(1, "CANCELED").Body.GetRawText()}]");
            }

            if (method == VenueMethod.OpenOrders && rounds == 1)
            {
                // The list was made before the order came in, and is handed on behind its answer.
                link.AnswerFirst(ScriptedLink.Done("""{"orderId":1001,"transactTime":1700000000000}"""));
            }

            return ScriptedLink.Done("[]");
        };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var outcome = await gateway.CancelAllAsync("BTCUSDT", patience.Token);
        Assert.True(outcome.Confirmed);
        Assert.Equal((2, 0), (rounds, desk.Tracker.Resting));
    }

    [Fact]
    public async Task Trades_OfAnOrderWithoutAnswer_AreNobodyElses()
    {
        Place(1);
        link.Answer = (method, _, _) => method == VenueMethod.Account ? ScriptedLink.Done("""{"balances":[]}""")
            : method == VenueMethod.OrderStatus ? Order(1, "PARTIALLY_FILLED")
            : method == VenueMethod.Trades || method == VenueMethod.TradesOfOrder ? ScriptedLink.Done("""[{"id":5,"orderId":1001,"isBuyer":true,"price":"100","qty":"0.00000001","commission":"0","commissionAsset":"BTC","time":1700000000000}]""") : ScriptedLink.Done("[]");
        await gateway.ReconcileAsync(ReconciliationTrigger.Periodic, default);
        Assert.Equal(1, Count<OrderAccepted>());
        link.AnswerFirst(ScriptedLink.Done("""{"orderId":1001,"transactTime":1700000000000}"""));
        await Until(() => Count<OrderFilled>() == 1);
        Assert.DoesNotContain(Found(), f => f.Finding == ReconciliationFinding.ForeignTrade);
    }

    [Fact]
    public async Task Reconciliation_LinkLostMeanwhile_IsNotClosed()
    {
        var closed = Count<ReconciliationClosed>();
        link.Answer = (method, _, _) =>
        {
            ((ILinkOwner)gateway).OnDown("lost");
            return method == VenueMethod.Account ? ScriptedLink.Done("""{"balances":[]}""") : ScriptedLink.Done("[]");
        };
        await gateway.ReconcileAsync(ReconciliationTrigger.Reconnected, default);
        Assert.Equal(closed, Count<ReconciliationClosed>());
        Assert.False(desk.IsUp);
    }

    [Fact]
    public void Order_OfAnotherSizeUnderOurName_StopsTheRun()
    {
        Place(1);
        gateway.Apply(desk, JsonDocument.Parse($"[{Order(1, "NEW", quantity: 11).Body.GetRawText()}]").RootElement);
        Assert.Equal(0, Count<OrderAccepted>());
        Assert.False(desk.IsUp);
    }

    [Fact]
    public void Order_BeyondWhatTheExchangeAllowsTheAccount_IsRefusedHere()
    {
        gateway.Limits.LearnExchange(JsonDocument.Parse("""{"exchangeFilters":[{"filterType":"EXCHANGE_MAX_NUM_ORDERS","maxNumOrders":3}]}""").RootElement);
        gateway.OrdersElsewhere = 1;
        Accept(1);
        Accept(2);
        Place(3);
        Assert.Equal((2, 1, 1), (desk.Tracker.Resting, Count<OrderRejected>(), Count<RequestThrottled>()));
        Assert.Contains("EXCHANGE_MAX_NUM_ORDERS", told.OfType<GatewayEvent<OrderRejected>>().Single().Payload.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_OfAnotherAccount_AreRefusedBeforeAnythingIsAsked()
    {
        var other = new ScriptedLink { Answer = (method, _, _) => method == VenueMethod.Account ? ScriptedLink.Done("""{"uid":8,"balances":[]}""") : throw new InvalidOperationException("asked") };
        await using var refused = new OrderGateway(VenueEndpoint.Parse("http://127.0.0.1:9"), ApiKeys.Of("key", "secret"), clock, new GatewayOptions(), (_, _) => other);
        refused.AddDesk(new DeskStart { Run = "run", Instrument = Btc, Account = 7 });
        refused.ClockWatch.Adopt(new VenueTime(clock.Now, clock.Now, 1_000));
        var e = await Assert.ThrowsAsync<OtherAccountException>(() => refused.ReconcileAsync(ReconciliationTrigger.Start, default));
        Assert.Contains("account 8; the orders of run run are of account 7", e.Message, StringComparison.Ordinal);
    }

    private static string Id(long order) => ClientOrderId.Of("run", "BTCUSDT", order).ToString();

    private static string Money(long units) => Btc.FormatPrice(units);

    private static VenueAnswer Order(long order, string status, long quantity = 10) => ScriptedLink.Done($$"""
        {"clientOrderId":"{{Id(order)}}","orderId":{{1_000 + order}},"status":"{{status}}","side":"BUY","price":"{{Money(100)}}","origQty":"{{Btc.FormatQuantity(quantity)}}","executedQty":"0","transactTime":1700000000000}
        """);

    private void Place(long order) => desk.Submit([new GatewayRequest(new OrderRequest(false, order, Side.Bid, 100, 10), 3)]);

    private void Cancel(long order) => desk.Submit([new GatewayRequest(new OrderRequest(true, order, Side.Bid, 0, 0), 4)]);

    private void Accept(long order)
    {
        Place(order);
        link.AnswerFirst(ScriptedLink.Done($$"""{"orderId":{{1_000 + order}},"transactTime":1700000000000}"""));
    }

    private void Answering(VenueMethod method, Func<VenueAnswer> answer) => link.Answer = (m, _, _) => m == method ? answer() : ScriptedLink.Done("[]");

    private async Task Ask(long order)
    {
        Task asking;
        lock (gateway.Gate)
        {
            asking = gateway.Resolve(desk, desk.Tracker.FindOrder(order)!);
        }

        await asking.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 6_000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private void Read()
    {
        lock (told)
        {
            while (desk.Events.TryRead(out var next))
            {
                told.Add(next);
            }
        }
    }

    private int Count<T>()
        where T : struct, IPayload<T>
    {
        Read();
        lock (told)
        {
            return told.OfType<GatewayEvent<T>>().Count();
        }
    }

    private List<ReconciliationFound> Found()
    {
        Read();
        lock (told)
        {
            return [.. told.OfType<GatewayEvent<ReconciliationFound>>().Select(e => e.Payload)];
        }
    }
}
