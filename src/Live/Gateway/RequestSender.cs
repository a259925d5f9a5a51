using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// Turns requests into the venue's, within every limit that is known, and answers into what the tracker learns. Called
/// under the gateway's lock; answers come on the thread that reads.
/// </summary>
internal sealed partial class RequestSender(OrderGateway gateway, IAccountLink link, DoubtResolver resolver, OrderCountBudget orderCount, GatewayOptions options, Clock clock)
{
    private const int FilterFailure = -1013;
    private const int UnknownOrder = -2011;
    private const int PartlyReplaced = -2021;
    private const int NotReplaced = -2022;

    // A cancel that the venue refuses is asked for again by the engine at once: from the second time on, the answer waits.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // Orders whose cancel was sent in this turn: the venue takes them away before it looks at what is sent behind.
    private readonly List<TrackedOrder> leaving = [];

    /// <summary>Sends the requests of one turn.</summary>
    public void Submit(OrderDesk desk, ReadOnlySpan<GatewayRequest> requests)
    {
        Span<bool> done = requests.Length <= 256 ? stackalloc bool[requests.Length] : new bool[requests.Length];
        leaving.Clear();
        if (options.CombineReplacements && SideToClear(desk, requests) is { } first)
        {
            // A new order of one side replaces into the price that the other side is just leaving: that one leaves first.
            Submit(desk, requests, done, first);
        }

        Submit(desk, requests, done, null);
    }

    private void Submit(OrderDesk desk, ReadOnlySpan<GatewayRequest> requests, Span<bool> done, Side? only)
    {
        for (var i = 0; i < requests.Length; i++)
        {
            if (done[i])
            {
                continue;
            }

            var request = requests[i];
            if (!request.Request.IsCancel)
            {
                if (only is null)
                {
                    done[i] = true;
                    if (Ask(desk, request) is { } order)
                    {
                        SendPlace(desk, order);
                    }
                }

                continue;
            }

            if (only is { } side && desk.Tracker.FindOrder(request.Request.OrderId)?.Side != side)
            {
                continue;
            }

            done[i] = true;
            if (desk.Tracker.AskCancel(request.Request.OrderId, request.Sequence) is not { } cancelled)
            {
                continue;
            }

            var partner = options.CombineReplacements && desk.Rules.AllowsCancelReplace && cancelled.Phase == OrderPhase.Resting ? Partner(requests, i, done, cancelled.Side) : -1;
            if (partner >= 0)
            {
                done[partner] = true;
                if (Ask(desk, requests[partner]) is { } next)
                {
                    Replace(desk, cancelled, next);
                    leaving.Add(cancelled);
                    continue;
                }
            }

            SendCancel(desk, cancelled);
            leaving.Add(cancelled);
        }
    }

    /// <summary>Sends a new order that was asked for.</summary>
    public void SendPlace(OrderDesk desk, TrackedOrder order)
    {
        order.SentAt = clock.GetTimestamp();
        Post(desk, VenueMethod.Place, NewOrder(desk, order), isPaid: true, order, null, answer => OnPlaced(desk, order, answer));
    }

    /// <summary>Sends a cancel that was asked for.</summary>
    public void SendCancel(OrderDesk desk, TrackedOrder order)
    {
        if (options.Weight.BlockedUntil is var until && until > clock.Now)
        {
            Held(GatewayLimit.Ban, until, "sent when the venue takes requests again");
        }
        else if (!link.IsUp)
        {
            Held(GatewayLimit.Connection, 0, "the connection is down: sent by REST, or when it is back");
        }
        else if (options.Weight.IsUsedUp(VenueMethod.Cancel.Weight, clock.Now))
        {
            Held(GatewayLimit.RequestWeight, 0, "sent in the next minute");
        }

        void Held(GatewayLimit limit, long over, string words) => desk.Emit(
            new RequestThrottled { OrderId = order.OrderId, Request = GatewayRequestKind.Cancel, Limit = limit, Used = limit == GatewayLimit.RequestWeight ? options.Weight.Used : 0, Allowed = limit == GatewayLimit.RequestWeight ? options.Weight.Limit : 0, Until = over, Detail = words }, 0, order.CancelSequence);

        var parameters = new RequestParameters().Add("symbol", desk.Instrument.Symbol);
        _ = order.VenueOrderId > 0 ? parameters.Add("orderId", order.VenueOrderId) : parameters.Add("origClientOrderId", order.ClientOrderId);
        Post(desk, VenueMethod.Cancel, parameters, isPaid: false, order, null, answer => Cancelled(desk, order, answer.Kind, answer.Body, answer.Code, answer.Words));
    }

    // The first new order of the same side behind the cancel that is in no pair yet.
    private static int Partner(ReadOnlySpan<GatewayRequest> requests, int cancel, Span<bool> paired, Side side)
    {
        for (var i = cancel + 1; i < requests.Length; i++)
        {
            if (!paired[i] && requests[i].Request is { IsCancel: false, Execution: OrderExecution.PostOnly } place && place.Side == side)
            {
                return i;
            }
        }

        return -1;
    }

    // Null when the order was refused here.
    private TrackedOrder? Ask(OrderDesk desk, in GatewayRequest request)
    {
        var order = request.Request;
        var now = clock.Now;
        if (desk.IsClosed)
        {
            return Refuse(desk, request, GatewayLimit.Closed, OrderRejectReason.Gateway, "no new orders are taken: everything is being cancelled, or the session ends");
        }

        if (!desk.IsUp)
        {
            var clockIsBad = gateway.ClockError is { Excessive: true };
            return Refuse(desk, request, clockIsBad ? GatewayLimit.ClockError : GatewayLimit.Connection, OrderRejectReason.Gateway, "orders may not be sent now: the account's connection, its reconciliation or our clock is not in order", gateway.ClockError?.Offset ?? 0);
        }

        var balance = desk.LastBalance;
        var bids = order.Side == Side.Bid && desk.Rules.LimitsPosition ? desk.Tracker.Open.Where(o => o.IsOpen && o.Side == Side.Bid && o.Predecessor is null).Sum(o => o.Remaining) : 0;
        if (desk.Rules.Check(order, desk.AveragePrice, balance.BaseFree + balance.BaseLocked + bids) is { } failed)
        {
            return Refuse(desk, request, GatewayLimit.Filter, failed.Reason, failed.Detail);
        }

        foreach (var own in desk.Tracker.Open)
        {
            if (options.PreventSelfTrades && Meets(order, own) && !leaving.Contains(own))
            {
                return Refuse(desk, request, GatewayLimit.Filter, OrderRejectReason.WouldMatch, $"it would meet our own order {own.OrderId}, which is not known to be over");
            }
        }

        if (desk.Rules.MostOrders > 0 && desk.Tracker.Resting + desk.Tracker.Unanswered + desk.OtherOrders >= desk.Rules.MostOrders)
        {
            return Refuse(desk, request, GatewayLimit.OpenOrders, OrderRejectReason.Gateway, "as many orders rest in the symbol as it allows (MAX_NUM_ORDERS)", desk.Tracker.Resting + desk.OtherOrders, desk.Rules.MostOrders);
        }

        if (gateway.MostOrders > 0 && gateway.OrdersElsewhere + gateway.Desks.Sum(d => d.Tracker.Resting + d.Tracker.Unanswered + d.OtherOrders) is var all && all >= gateway.MostOrders)
        {
            return Refuse(desk, request, GatewayLimit.OpenOrders, OrderRejectReason.Gateway, "as many orders rest in all symbols of the account as the venue allows (EXCHANGE_MAX_NUM_ORDERS)", all, gateway.MostOrders);
        }

        if (options.Weight.BlockedUntil is var until && until > now)
        {
            return Refuse(desk, request, GatewayLimit.Ban, OrderRejectReason.Gateway, "the venue takes no requests now", until: until);
        }

        // An order that waited for the next minute would carry a price of the last one.
        if (options.Weight.Take(VenueMethod.Place.Weight, now, urgent: true) is var wait && wait > TimeSpan.Zero)
        {
            return Refuse(desk, request, GatewayLimit.RequestWeight, OrderRejectReason.Gateway, "the request weight of this minute is used up", options.Weight.Used, options.Weight.Limit, now + (wait.Ticks * 100));
        }

        lock (orderCount)
        {
            if (!orderCount.TryTake(now, out var full))
            {
                return Refuse(desk, request, full.IsDay ? GatewayLimit.OrderCountDay : GatewayLimit.OrderCountShort, OrderRejectReason.Gateway, "the account's order count is nearly used up", full.Used, full.Limit, full.Until);
            }
        }

        return desk.Tracker.Ask(order, request.Sequence, now);
    }

    private static TrackedOrder? Refuse(OrderDesk desk, in GatewayRequest request, GatewayLimit limit, OrderRejectReason reason, string detail, long used = 0, long allowed = 0, long until = 0)
    {
        var orderId = request.Request.OrderId;
        desk.Emit(new RequestThrottled { OrderId = orderId, Request = GatewayRequestKind.Place, Limit = limit, Refused = true, Used = used, Allowed = allowed, Until = until, Detail = detail }, 0, request.Sequence);
        desk.Rejected(request.Request.Side, new OrderRejected { OrderId = orderId, Reason = reason, Detail = detail }, 0, request.Sequence, now: false);
        return null;
    }

    private RequestParameters NewOrder(OrderDesk desk, TrackedOrder order)
    {
        var parameters = new RequestParameters()
            .Add("symbol", desk.Instrument.Symbol)
            .Add("side", order.Side == Side.Bid ? "BUY" : "SELL")
            .Add("type", order.Execution == OrderExecution.PostOnly ? "LIMIT_MAKER" : "LIMIT")
            .Add("quantity", desk.Instrument.FormatQuantity(order.Quantity))
            .Add("price", desk.Instrument.FormatPrice(order.Price))
            .Add("newClientOrderId", order.ClientOrderId)
            .Add("newOrderRespType", "ACK");
        if (order.Execution == OrderExecution.ImmediateOrCancel)
        {
            _ = parameters.Add("timeInForce", "IOC");
        }

        return (desk.Start.SelfTradePrevention ?? options.SelfTradePrevention) is { } mode ? parameters.Add("selfTradePreventionMode", mode) : parameters;
    }

    private void Replace(OrderDesk desk, TrackedOrder old, TrackedOrder next)
    {
        next.SentAt = clock.GetTimestamp();
        var told = old.Before + old.Filled;
        var amends = options.KeepQueue && desk.Rules.AllowsAmend && next.Price == old.Price && next.Quantity < old.Remaining
            && old.KnowsBefore && !old.LacksTrades && old.VenueOrderId > 0 && (desk.Rules.MostAmends == 0 || old.Amendments < desk.Rules.MostAmends);

        // An amendment weighs more than an order until it is done, and counts as none.
        if (amends && options.Weight.Take(VenueMethod.Amend.Weight - VenueMethod.Place.Weight, clock.Now, urgent: true) == TimeSpan.Zero)
        {
            lock (orderCount)
            {
                orderCount.GiveBack(clock.Now);
            }

            next.Predecessor = old;
            next.Amendments = old.Amendments + 1;
            var amendment = new RequestParameters()
                .Add("symbol", desk.Instrument.Symbol)
                .Add("orderId", old.VenueOrderId)
                .Add("newClientOrderId", next.ClientOrderId)
                .Add("newQty", desk.Instrument.FormatQuantity(told + next.Quantity));
            Post(desk, VenueMethod.Amend, amendment, isPaid: true, next, old, answer => OnAmended(desk, next, answer));
            return;
        }

        var both = NewOrder(desk, next).Add("cancelReplaceMode", "ALLOW_FAILURE").Add("orderRateLimitExceededMode", "CANCEL_ONLY");
        _ = old.VenueOrderId > 0 ? both.Add("cancelOrderId", old.VenueOrderId) : both.Add("cancelOrigClientOrderId", old.ClientOrderId);
        Post(desk, VenueMethod.CancelReplace, both, isPaid: true, next, old, answer => OnReplaced(desk, old, next, answer));
    }

    // Everything an answer does, in one place for what no answer should do. Of one or two orders.
    private void Post(OrderDesk desk, VenueMethod method, RequestParameters parameters, bool isPaid, TrackedOrder order, TrackedOrder? other, Action<VenueAnswer> then)
    {
        order.UnderWay++;
        if (other is not null)
        {
            other.UnderWay++;
        }

        link.Post(method, parameters, isPaid, answer => Answered(desk, order, other, answer, then));
    }

    private void Answered(OrderDesk desk, TrackedOrder order, TrackedOrder? other, VenueAnswer answer, Action<VenueAnswer> then)
    {
        lock (gateway.Gate)
        {
            order.UnderWay--;
            if (other is not null)
            {
                other.UnderWay--;
            }

            try
            {
                then(answer);
            }
            catch (MalformedMessageException)
            {
                resolver.Resolve(desk, order);
                if (other is not null)
                {
                    resolver.Resolve(desk, other);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                gateway.Failed(e);
            }
        }
    }

    private void OnPlaced(OrderDesk desk, TrackedOrder order, VenueAnswer answer)
    {
        lock (orderCount)
        {
            orderCount.Answered();
        }

        Placed(desk, order, answer.Kind, answer.Body, answer.Code, answer.Words);
    }

    private void Placed(OrderDesk desk, TrackedOrder order, AnswerKind kind, JsonElement body, int code, string words)
    {
        switch (kind)
        {
            case AnswerKind.Done:
                desk.Tracker.Accepted(order, AccountJson.Number(body, "orderId"), AccountJson.Stamp(body, "transactTime"));
                resolver.IfNeeded(desk, order);
                break;
            case AnswerKind.NotSent:
                NotSent(desk, order, GatewayRequestKind.Place, words);
                break;
            case AnswerKind.Refused when !words.Contains("Duplicate order", StringComparison.Ordinal):
                if (code == FilterFailure || words.Contains("Market is closed", StringComparison.Ordinal))
                {
                    // It has other rules than those that are known, or does not trade: both are asked for.
                    gateway.RequestReconciliation(ReconciliationTrigger.Periodic);
                }

                desk.Tracker.Refused(order, RejectReasons.Of(words), words, 0);
                break;
            default:
                resolver.Resolve(desk, order);
                break;
        }
    }

    // It was asked for and accepted here, and could not leave after all.
    private static void NotSent(OrderDesk desk, TrackedOrder order, GatewayRequestKind request, string words)
    {
        if (order.Phase == OrderPhase.Asked)
        {
            desk.Emit(new RequestThrottled { OrderId = order.OrderId, Request = request, Limit = GatewayLimit.Connection, Refused = true, Detail = words }, 0, order.PlaceSequence);
        }

        desk.Tracker.Refused(order, OrderRejectReason.Gateway, words, 0);
    }

    private void Cancelled(OrderDesk desk, TrackedOrder order, AnswerKind kind, JsonElement body, int code, string words)
    {
        switch (kind)
        {
            case AnswerKind.Done:
                var facts = AccountJson.Order(body, desk.Instrument);
                desk.Tracker.Stands(order, facts);
                resolver.IfNeeded(desk, order);
                break;
            case AnswerKind.Refused when !order.IsOpen || order.CancelRefusals == 0 && (code != UnknownOrder && code != 0):
                order.CancelRefusals++;
                desk.Tracker.CancelRefused(order, words, 0);
                break;
            case AnswerKind.Refused when code != UnknownOrder && code != 0:
                _ = RefuseLaterAsync(desk, order, words);
                break;
            case AnswerKind.Unknown:
                Doubt(desk, order);
                break;
            default:
                // Filled, cancelled by another request, never arrived, or not sent: the venue knows.
                resolver.Resolve(desk, order);
                break;
        }
    }

    // Whether the cancel arrived is not known, and it may still do so.
    private void Doubt(OrderDesk desk, TrackedOrder order)
    {
        order.IsCancelInDoubt = true;
        order.CancelInDoubtSince = clock.GetTimestamp();
        resolver.Resolve(desk, order);
    }

    private async Task RefuseLaterAsync(OrderDesk desk, TrackedOrder order, string words)
    {
        var pause = FirstPause * Math.Min(LongestPause / FirstPause, Math.Pow(2, Math.Min(30, order.CancelRefusals++)));
        order.UnderWay++;
        try
        {
            await Task.Delay(pause, clock, gateway.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The end: the next start asks.
        }

        lock (gateway.Gate)
        {
            order.UnderWay--;
            desk.Tracker.CancelRefused(order, words, 0);
        }
    }

    private string? WhyNot(OrderDesk desk)
    {
        if (desk.IsClosed)
        {
            return "no new orders are taken";
        }

        if (!desk.IsUp)
        {
            return "orders may not be sent now";
        }

        if (options.Weight.BlockedUntil > clock.Now)
        {
            return "the venue takes no requests now";
        }

        lock (orderCount)
        {
            return orderCount.TryTake(clock.Now, out _) ? null : "the account's order count is nearly used up";
        }
    }
}
