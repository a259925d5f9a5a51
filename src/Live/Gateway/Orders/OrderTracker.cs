using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway.Wire;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Gateway.Orders;

/// <summary>
/// From what the venue says, in whatever order and however often, to events each once and in a legal order: an order is
/// accepted or refused, then its trades in the venue's order, then its end. A trade counts by its id and by the order's
/// filled quantity after it: what is at or below the quantity already told is a repetition, what leaves a gap waits for
/// its predecessor. An end waits for the fills before it. No I/O and no clock: whoever calls asks the venue for what is missing.
/// </summary>
internal sealed class OrderTracker(string run, Instrument instrument, IReportSink sink, CommissionValue commissions)
{
    // Orders that are over are remembered for a while, so that late repetitions are known for what they are.
    private const int Remembered = 4_096;

    private readonly Dictionary<long, TrackedOrder> byOrder = [];
    private readonly Dictionary<string, TrackedOrder> byClient = new(StringComparer.Ordinal);
    private readonly Dictionary<long, TrackedOrder> byVenue = [];
    private readonly HashSet<long> seenTrades = [];
    private readonly Queue<TrackedOrder> over = new();

    /// <summary>Orders that the venue may still speak of, oldest first.</summary>
    public IReadOnlyList<TrackedOrder> Open => [.. byOrder.Values.Where(o => o.IsOpen || o.CancelAsked).OrderBy(o => o.OrderId)];

    /// <summary>Orders that are remembered, over or not, oldest first.</summary>
    public IEnumerable<TrackedOrder> All => byOrder.Values.OrderBy(o => o.OrderId);

    /// <summary>Requests without an answer.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Orders accepted and not over.</summary>
    public int Resting { get; private set; }

    /// <summary>Trades that the run's journal holds already.</summary>
    public void Know(IEnumerable<long> trades) => seenTrades.UnionWith(trades);

    /// <summary>True when the trade became a fill, here or in an earlier session.</summary>
    public bool Knows(long tradeId) => seenTrades.Contains(tradeId);

    /// <summary>Finds an order by its client id.</summary>
    public TrackedOrder? Find(string clientOrderId) => byClient.GetValueOrDefault(clientOrderId);

    /// <summary>Finds an order by the venue's id; of those that share one in the queue, the one that is not over.</summary>
    public TrackedOrder? Find(long venueOrderId) => byVenue.GetValueOrDefault(venueOrderId);

    /// <summary>Finds an order by our ordinal.</summary>
    public TrackedOrder? FindOrder(long orderId) => byOrder.GetValueOrDefault(orderId);

    /// <summary>A new order is about to be sent.</summary>
    public TrackedOrder Ask(in OrderRequest request, long sequence, long now = 0)
    {
        if (byOrder.ContainsKey(request.OrderId))
        {
            throw new InvalidOperationException($"Order {request.OrderId} was handed in twice.");
        }

        return Add(new TrackedOrder
        {
            OrderId = request.OrderId,
            ClientOrderId = ClientOrderId.Of(run, instrument.Symbol, request.OrderId).ToString(),
            Side = request.Side,
            Price = request.Price,
            Quantity = request.Quantity,
            Execution = request.Execution,
            PlaceSequence = sequence,
            RequestedAt = now,
            Phase = OrderPhase.Asked,
            KnowsBefore = true,
        });
    }

    /// <summary>An order of an earlier session of this run, of which the engine knows this much.</summary>
    public TrackedOrder Restore(in WorkingOrder order, long venueOrderId = 0)
    {
        var cancel = order.Status == OrderStatus.PendingCancel;
        var restored = Add(new TrackedOrder
        {
            OrderId = order.OrderId,
            ClientOrderId = ClientOrderId.Of(run, instrument.Symbol, order.OrderId).ToString(),
            Side = order.Side,
            Price = order.Price,
            Quantity = order.Remaining,
            Phase = order.Status == OrderStatus.PendingNew ? OrderPhase.Asked : OrderPhase.Resting,
            CancelAsked = cancel,
            RequestedAt = order.RequestedAt,
            IsRestored = true,
        });
        Unanswered += cancel ? 1 : 0;
        Learn(restored, venueOrderId);
        return restored;
    }

    /// <summary>A cancel is about to be sent. Null when there is nothing to cancel: then it is answered already.</summary>
    public TrackedOrder? AskCancel(long orderId, long sequence)
    {
        if (byOrder.GetValueOrDefault(orderId) is not { IsOpen: true } order)
        {
            sink.Emit(new OrderCancelRejected { OrderId = orderId, Detail = "the order was over before the cancel was sent" }, 0, sequence);
            return null;
        }

        if (!order.CancelAsked)
        {
            Unanswered++;
        }

        order.CancelAsked = true;
        order.CancelSequence = sequence;
        return order;
    }

    /// <summary>The venue took the order.</summary>
    public void Accepted(TrackedOrder order, long venueOrderId, long time)
    {
        Learn(order, venueOrderId);
        switch (order.Phase)
        {
            case OrderPhase.Asked:
                order.Phase = OrderPhase.Resting;
                Unanswered--;
                Resting++;
                sink.Emit(new OrderAccepted { OrderId = order.OrderId, VenueOrderId = venueOrderId }, time, order.PlaceSequence);
                break;
            case OrderPhase.Refused:
                sink.Contradiction(order, "was reported as never having arrived, and the venue has it");
                break;
        }
    }

    /// <summary>The order never was in the book.</summary>
    public void Refused(TrackedOrder order, OrderRejectReason reason, string detail, long time)
    {
        if (order.Phase != OrderPhase.Asked)
        {
            return;
        }

        var cancelWaits = order.CancelAsked;
        order.Phase = OrderPhase.Refused;
        Unanswered--;
        sink.Rejected(order.Side, new OrderRejected { OrderId = order.OrderId, Reason = reason, Detail = detail }, time, order.PlaceSequence, cancelWaits);
        if (cancelWaits)
        {
            AnswerCancel(order, "the order was refused", time);
        }

        Forget(order);
    }

    /// <summary>A trade of an order, as often as it is reported.</summary>
    public void Traded(TrackedOrder order, in TradeFacts trade)
    {
        if (seenTrades.Contains(trade.TradeId) || trade.ExecutedAfter <= order.Before + order.Filled && order.KnowsBefore && order.Phase is OrderPhase.Resting)
        {
            return;
        }

        if (!order.IsOpen)
        {
            if (order.Successor is { } successor)
            {
                Traded(successor, trade);
                return;
            }

            sink.Contradiction(order, $"is over for the engine, and trade {trade.TradeId} says that it filled");
            return;
        }

        Accepted(order, trade.VenueOrderId, trade.Time);
        order.Executed = Math.Max(order.Executed, trade.ExecutedAfter);
        order.Early[trade.ExecutedAfter] = trade;
        Advance(order);
    }

    /// <summary>All trades of an order at the venue, by id: what is missing becomes fills. For a restored order also what it had filled before.</summary>
    public void AllTrades(TrackedOrder order, IEnumerable<TradeFacts> trades)
    {
        var sorted = trades.OrderBy(t => t.TradeId).ToList();
        if (!order.KnowsBefore)
        {
            order.Before = sorted.Where(t => seenTrades.Contains(t.TradeId)).Sum(t => t.Quantity);
            order.KnowsBefore = true;
        }

        var sum = 0L;
        foreach (var trade in sorted)
        {
            sum += trade.Quantity;
            if (!seenTrades.Contains(trade.TradeId))
            {
                // Where two share the venue's id, of the one that is not over; where nothing is open, that is a contradiction.
                Traded(byVenue.GetValueOrDefault(trade.VenueOrderId) is { IsOpen: true } current ? current : order, trade with { ExecutedAfter = sum });
            }
        }

        Advance(order);
    }

    /// <summary>
    /// The venue speaks of an unanswered order under the id of another one that is open: it is an amendment of that, which
    /// shows itself before its answer, or whose answer an earlier session was to get.
    /// </summary>
    public void Link(TrackedOrder order, in OrderFacts facts)
    {
        var before = order.Predecessor ?? byVenue.GetValueOrDefault(facts.VenueOrderId);
        if (order.Phase == OrderPhase.Asked && before is { IsOpen: true } && before != order && (facts.NewClientOrderId == order.ClientOrderId || facts.ClientOrderId == order.ClientOrderId))
        {
            Amended(before, order, facts);
        }
    }

    /// <summary>A status, an open order, a report without trade: the order is at least this far.</summary>
    public void Stands(TrackedOrder order, in OrderFacts facts)
    {
        Link(order, facts);
        if (order.Phase == OrderPhase.Asked && byVenue.GetValueOrDefault(facts.VenueOrderId) is { IsOpen: true } before && before != order)
        {
            // Its turn comes with the end of the order before it, whose fills are asked for.
            return;
        }

        if (facts.Status == VenueOrderStatus.Rejected)
        {
            Refused(order, RejectReasons.Of(facts.Detail), facts.Detail, facts.Time);
            return;
        }

        // The name is ours, so the order has to be: a name that another process gave to another order stands for nothing here.
        var isFirst = order.VenueOrderId == 0;
        if (isFirst && (facts.Side != order.Side || facts.Price != order.Price || (!order.IsRestored && order.Amendments == 0 && facts.Quantity != order.Quantity)))
        {
            sink.Contradiction(order, $"is {Words(order.Side, order.Quantity, order.Price)}, and the venue has {Words(facts.Side, facts.Quantity, facts.Price)} under its name: another process places orders with the names of this run");
            return;
        }

        Accepted(order, facts.VenueOrderId, facts.Time);
        if (!order.IsOpen)
        {
            return;
        }

        order.Executed = Math.Max(order.Executed, facts.Executed);
        if (facts.Status is VenueOrderStatus.Filled or VenueOrderStatus.Cancelled or VenueOrderStatus.Expired && order.End is null)
        {
            order.End = new TrackedOrder.PendingEnd(facts.Status, facts.Executed, facts.Detail ?? "", facts.Time);
        }

        Advance(order);
    }

    /// <summary>The venue does not know an order that it had taken: it ends as far as it was told.</summary>
    public void Vanished(TrackedOrder order)
    {
        if (order.IsOpen)
        {
            order.KnowsBefore = true;
            order.Early.Clear();
            End(order, new TrackedOrder.PendingEnd(VenueOrderStatus.Expired, order.Before + order.Filled, "the venue does not know the order", 0));
        }
    }

    /// <summary>The venue had nothing to cancel, or did not cancel: the engine decides anew. An end that is on its way comes first.</summary>
    public void CancelRefused(TrackedOrder order, string detail, long time)
    {
        if (order.CancelAsked)
        {
            AnswerCancel(order, detail, time);
        }
    }

    /// <summary>
    /// An order was amended into another: the same place in the queue and the same venue id under the new order's client
    /// id. To the engine the old one is cancelled and the new one accepted. What was filled when the amendment was sent is
    /// the old one's, whatever fills later the new one's: it then has exactly the quantity that was asked for. A fill
    /// that was told of the old one meanwhile stays there, and the new one ends that much short.
    /// </summary>
    /// <param name="old">The order that was.</param>
    /// <param name="next">The order that goes on.</param>
    /// <param name="facts">The venue's order after it.</param>
    public void Amended(TrackedOrder old, TrackedOrder next, in OrderFacts facts)
    {
        if (old.Successor is not null || !old.IsOpen || next.Phase != OrderPhase.Asked)
        {
            return;
        }

        Accepted(old, facts.VenueOrderId, facts.Time);
        old.Successor = next;
        next.Predecessor = null;
        var until = Math.Max(facts.Quantity - next.Quantity, old.KnowsBefore ? old.Before + old.Filled : 0);
        next.VenueOrderId = facts.VenueOrderId;
        next.Before = until;
        next.KnowsBefore = true;
        next.Executed = Math.Max(until, facts.Executed);
        old.Executed = until;
        old.End = new TrackedOrder.PendingEnd(VenueOrderStatus.Cancelled, until, "", facts.Time);
        Advance(old);
    }

    // Tells what can be told: trades without a gap, then the end.
    private void Advance(TrackedOrder order)
    {
        if (!order.KnowsBefore || !order.IsOpen)
        {
            return;
        }

        while (order.Early.Count > 0)
        {
            var trade = order.Early.Values[0];
            var told = order.Before + order.Filled;
            if (trade.ExecutedAfter <= told)
            {
                order.Early.RemoveAt(0);
                continue;
            }

            if (order.End is { } end && trade.ExecutedAfter > end.Executed && order.Successor is { } successor && told >= end.Executed)
            {
                break;
            }

            if (trade.ExecutedAfter - trade.Quantity != told)
            {
                break;
            }

            order.Early.RemoveAt(0);
            Fill(order, trade);
            if (!order.IsOpen)
            {
                return;
            }
        }

        if (order.End is { } known && order.Before + order.Filled >= known.Executed)
        {
            End(order, known);
        }
    }

    private void Fill(TrackedOrder order, in TradeFacts trade)
    {
        if (trade.Side != order.Side || trade.Quantity <= 0 || trade.Quantity > order.Remaining)
        {
            sink.Contradiction(order, $"has {instrument.FormatQuantity(order.Remaining)} left, and trade {trade.TradeId} says that {instrument.FormatQuantity(trade.Quantity)} filled");
            return;
        }

        // Its commission first: should that not be readable, the trade stays untold, and is neither lost nor counted.
        var fill = new OrderFilled
        {
            OrderId = order.OrderId,
            TradeId = trade.TradeId,
            Side = order.Side,
            Price = trade.Price,
            Quantity = trade.Quantity,
            Remaining = order.Remaining - trade.Quantity,
            Rule = FillRule.Venue,
            EventQuantity = trade.Quantity,
            EventPrice = trade.Price,
        };
        commissions.Set(ref fill, trade.Commission, trade.CommissionAsset, sink);
        seenTrades.Add(trade.TradeId);
        order.Filled += trade.Quantity;
        sink.Emit(fill, trade.Time, order.PlaceSequence);
        if (order.Remaining == 0)
        {
            Over(order);
        }
    }

    private void End(TrackedOrder order, TrackedOrder.PendingEnd end)
    {
        if (order.Phase == OrderPhase.Asked)
        {
            Accepted(order, order.VenueOrderId, end.Time);
        }

        var ours = order.CancelAsked || order.SweepAsked || order.CancelMayArrive;
        if (end.Status == VenueOrderStatus.Cancelled && ours)
        {
            sink.Emit(new OrderCancelled { OrderId = order.OrderId, Remaining = order.Remaining }, end.Time, order.CancelAsked ? order.CancelSequence : 0);
        }
        else
        {
            var detail = end switch
            {
                { Detail.Length: > 0 } => end.Detail,
                { Status: VenueOrderStatus.Cancelled } => "cancelled at the venue, not by this run",
                { Status: VenueOrderStatus.Filled } => "filled while it was amended: less was left than asked for",
                _ => "",
            };
            sink.Emit(new OrderExpired { OrderId = order.OrderId, Remaining = order.Remaining, Detail = detail }, end.Time, order.CancelAsked ? order.CancelSequence : 0);
        }

        if (order.CancelAsked)
        {
            order.CancelAsked = false;
            Unanswered--;
        }

        Over(order);
        if (order.Successor is { } successor)
        {
            byVenue[order.VenueOrderId] = successor;
            successor.Before = Math.Max(successor.Before, order.Before + order.Filled);
            successor.Executed = Math.Max(successor.Executed, successor.Before);
            Accepted(successor, order.VenueOrderId, end.Time);
            foreach (var trade in order.Early.Values)
            {
                Traded(successor, trade);
            }
        }
    }

    private void AnswerCancel(TrackedOrder order, string detail, long time)
    {
        order.CancelAsked = false;
        Unanswered--;
        sink.Emit(new OrderCancelRejected { OrderId = order.OrderId, Detail = detail }, time, order.CancelSequence);
    }

    private string Words(Side side, long quantity, long price) =>
        $"a {(side == Side.Bid ? "bid" : "ask")} of {instrument.FormatQuantity(quantity)} at {instrument.FormatPrice(price)}";

    private void Over(TrackedOrder order)
    {
        order.Phase = OrderPhase.Over;
        Resting--;
        Forget(order);
    }

    private void Forget(TrackedOrder order)
    {
        over.Enqueue(order);
        while (over.Count > Remembered && !over.Peek().CancelAsked)
        {
            var old = over.Dequeue();
            byOrder.Remove(old.OrderId);
            byClient.Remove(old.ClientOrderId);
            if (byVenue.GetValueOrDefault(old.VenueOrderId) == old)
            {
                byVenue.Remove(old.VenueOrderId);
            }
        }
    }

    private TrackedOrder Add(TrackedOrder order)
    {
        byOrder.Add(order.OrderId, order);
        byClient.Add(order.ClientOrderId, order);
        if (order.Phase == OrderPhase.Asked)
        {
            Unanswered++;
        }
        else
        {
            Resting++;
        }

        return order;
    }

    private void Learn(TrackedOrder order, long venueOrderId)
    {
        if (order.VenueOrderId == 0 && venueOrderId != 0)
        {
            order.VenueOrderId = venueOrderId;
            byVenue.TryAdd(venueOrderId, order);
        }
    }
}
