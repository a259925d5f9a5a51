using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>
/// A naive market maker with a journal: what it knows follows from the journal alone, what it asks for is in the journal
/// first. It refuses events that the engine would refuse, and counts position and cash by its own arithmetic.
/// </summary>
internal sealed class ToyMaker(Instrument instrument) : IGatewayEventHandler
{
    private readonly List<object> journal = [];
    private readonly Dictionary<EventType, int> counts = [];
    private long lastOrderId;

    public WorkingOrders Orders { get; private set; } = new();

    public HashSet<long> Trades { get; private set; } = [];

    public long Position { get; private set; }

    public Int128 Cash { get; private set; }

    public bool IsUp { get; private set; }

    public long OtherFees { get; private set; }

    public BalanceReported Balance { get; private set; }

    public IReadOnlyList<object> Journal => journal;

    public int Count(EventType type) => counts.GetValueOrDefault(type);

    /// <summary>A process that was killed and started again: everything is what the journal says.</summary>
    public void Restart()
    {
        (Orders, Trades, Position, Cash, OtherFees, IsUp, lastOrderId) = (new(), [], 0, 0, 0, false, 0);
        foreach (var entry in journal)
        {
            Fold(entry);
        }

        IsUp = false;
    }

    public DeskStart Start(string run, long since) => new()
    {
        Run = run,
        Instrument = instrument,
        Working = Orders.Span.ToArray(),
        VenueOrderIds = journal.OfType<OrderAccepted>().ToDictionary(a => a.OrderId, a => a.VenueOrderId),
        KnownTrades = Trades,
        Since = since,
    };

    /// <summary>Decides; what it decides is in the journal when this returns.</summary>
    public List<GatewayRequest> Decide(Random random, long bid, long ask, bool calm = false)
    {
        var requests = new List<GatewayRequest>();
        if (!IsUp)
        {
            return requests;
        }

        var places = new List<Side>();
        foreach (var side in (ReadOnlySpan<Side>)[Side.Bid, Side.Ask])
        {
            var mine = Orders.Span.ToArray().Where(o => o.Side == side).ToList();
            if (mine.Exists(o => o.Status != OrderStatus.Resting))
            {
                continue;
            }

            if (mine.Count == 0)
            {
                places.Add(side);
            }
            else if (!calm && random.Next(3) > 0)
            {
                var old = mine[0];
                Journaled(new OrderCancelRequested { OrderId = old.OrderId, Reason = CancelReason.Replaced }, requests, new OrderRequest(true, old.OrderId, side, old.Price, old.Remaining));
                if (random.Next(4) > 0)
                {
                    places.Add(side);
                }
            }
        }

        foreach (var side in places)
        {
            var kept = Orders.Span.ToArray().Where(o => o.Side == side && o.Status == OrderStatus.PendingCancel).ToList();
            var away = random.Next(0, 4) * instrument.Tick;
            var price = kept.Count > 0 && random.Next(2) == 0 ? kept[0].Price : side == Side.Bid ? bid - away : ask + away;
            var least = Lots((long)(instrument.MinNotional / price) + instrument.MinQuantity) + instrument.Lot;
            var quantity = kept.Count > 0 && random.Next(2) == 0 ? Math.Max(least, Lots(kept[0].Remaining / 2)) : Lots(least * random.Next(1, 6));
            var id = ++lastOrderId;
            Journaled(new OrderSubmitted { OrderId = id, Side = side, Price = price, Quantity = quantity }, requests, new OrderRequest(false, id, side, price, quantity));
        }

        return requests;
    }

    /// <summary>Asks for one order; it is in the journal when this returns.</summary>
    public GatewayRequest Ask(in OrderRequest request)
    {
        var requests = new List<GatewayRequest>();
        Journaled(new OrderSubmitted { OrderId = request.OrderId, Side = request.Side, Price = request.Price, Quantity = request.Quantity }, requests, request);
        return requests[0];
    }

    /// <summary>Takes what the gateway reports into the journal.</summary>
    public void Read(IOrderDesk desk)
    {
        var self = this;
        while (desk.Events.TryRead(out var next))
        {
            Assert.False(next is GatewayFailure, (next as GatewayFailure)?.What.ToString());
            next.HandTo(ref self);
        }
    }

    void IGatewayEventHandler.On<T>(GatewayEvent source, in T payload)
    {
        journal.Add(payload);
        counts[T.Type] = counts.GetValueOrDefault(T.Type) + 1;
        Fold(payload);
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The engine would stop: " + what);
        }
    }

    private long Lots(long quantity) => Math.Max(instrument.Lot, quantity / instrument.Lot * instrument.Lot);

    private void Journaled<T>(in T decided, List<GatewayRequest> requests, OrderRequest request)
        where T : struct, IPayload<T>
    {
        journal.Add(decided);
        Fold(decided);
        requests.Add(new GatewayRequest(request, journal.Count));
    }

    private void Fold(object happened)
    {
        switch (happened)
        {
            case OrderSubmitted submitted:
                lastOrderId = submitted.OrderId;
                Orders.Add(new WorkingOrder { OrderId = submitted.OrderId, Side = submitted.Side, Price = submitted.Price, Remaining = submitted.Quantity, Status = OrderStatus.PendingNew });
                break;
            case OrderCancelRequested cancel:
                Orders.Get(cancel.OrderId).Status = OrderStatus.PendingCancel;
                break;
            case OrderAccepted accepted:
                ref var taken = ref Orders.Get(accepted.OrderId);
                taken.Status = taken.Status == OrderStatus.PendingNew ? OrderStatus.Resting : taken.Status;
                break;
            case OrderRejected rejected:
                Require(Orders.Get(rejected.OrderId).Status == OrderStatus.PendingNew, $"order {rejected.OrderId} is rejected and was accepted");
                Orders.Remove(rejected.OrderId);
                break;
            case OrderFilled fill:
                Filled(fill);
                break;
            case OrderCancelled cancelled:
                Require(Orders.Get(cancelled.OrderId).Remaining == cancelled.Remaining, $"order {cancelled.OrderId} ends with {cancelled.Remaining} left");
                Orders.Remove(cancelled.OrderId);
                break;
            case OrderExpired expired:
                Require(Orders.Get(expired.OrderId).Remaining == expired.Remaining, $"order {expired.OrderId} expires with {expired.Remaining} left");
                Orders.Remove(expired.OrderId);
                break;
            case OrderCancelRejected refused:
                foreach (ref var order in Orders.Span)
                {
                    if (order.OrderId == refused.OrderId)
                    {
                        Require(order.Status == OrderStatus.PendingCancel, $"a cancel of order {refused.OrderId} is refused that nobody asked for");
                        order.Status = OrderStatus.Resting;
                    }
                }

                break;
            case ConnectionChanged changed:
                Require(changed.Connection == ConnectionChanged.Account, changed.Connection);
                IsUp = changed.Up;
                break;
            case BalanceReported balance:
                Balance = balance;
                break;
        }
    }

    private void Filled(in OrderFilled fill)
    {
        ref var order = ref Orders.Get(fill.OrderId);
        Require(order.Side == fill.Side && fill.Quantity > 0 && order.Remaining - fill.Quantity == fill.Remaining && fill.Remaining >= 0, $"a fill of {fill.Quantity} on {order.Remaining} leaves {fill.Remaining}");
        Require(Trades.Add(fill.TradeId), $"trade {fill.TradeId} is there twice");
        Require(order.Price == fill.Price, $"order {fill.OrderId} at {order.Price} filled at {fill.Price}");
        order.Remaining = fill.Remaining;
        if (fill.Remaining == 0)
        {
            Orders.Remove(fill.OrderId);
        }

        var sign = fill.Side == Side.Bid ? 1 : -1;
        Position += sign * fill.Quantity;
        Cash -= (Int128)sign * fill.Quantity * fill.Price;
        switch (fill.CommissionAsset)
        {
            case FeeAsset.Base:
                Position -= fill.Commission;
                Require(fill.CommissionValue == (Int128)fill.Commission * fill.Price, "the commission's value is not its amount at the fill's price");
                break;
            case FeeAsset.Quote:
                Cash -= fill.CommissionValue;
                break;
            default:
                OtherFees += fill.Commission;
                break;
        }
    }
}
