using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections.Venue;

/// <summary>
/// The venue of the model (DESIGN.md §5, docs/model.md "Venue"): a pure fold of market events and our requests into
/// answers and fills. Our fills do not change the recorded market. It reads a book that somebody else folds: before
/// the event when matching, after it when answering.
/// </summary>
public sealed class ZeroLatencyVenue(Instrument instrument, QueueModel queue, long feePartsPerMillion, PrintSource prints = PrintSource.Trades)
{
    private readonly RestingOrders bids = new(Side.Bid);
    private readonly RestingOrders asks = new(Side.Ask);
    private readonly List<OrderFilled> fills = [];
    private long lastTradeId;

    /// <summary>
    /// What of the book is ours, in a recording that shows our orders: it is taken off, so that nobody is behind himself or fills himself.
    /// Null in every other recording.
    /// </summary>
    public OwnDisplay? Own { get; internal set; }

    /// <summary>Our resting bids in matching order.</summary>
    public ReadOnlySpan<RestingOrder> Bids => bids.Span;

    /// <summary>Our resting asks in matching order.</summary>
    public ReadOnlySpan<RestingOrder> Asks => asks.Span;

    /// <summary>True when any order rests.</summary>
    public bool HasOrders => bids.Count + asks.Count > 0;

    /// <summary>Fills of the last event, oldest order first.</summary>
    public IReadOnlyList<OrderFilled> Fills => fills;

    /// <summary>A trade printed: it fills what it reached, where trades are what the recording's prints are.</summary>
    public void Match(in Trade trade) => Print(PrintSource.Trades, trade.Price, trade.Quantity, trade.BuyerIsMaker);

    /// <summary>An aggregate trade printed: the same, in a recording without trades.</summary>
    public void Match(in AggregateTrade trade) => Print(PrintSource.AggregateTrades, trade.Price, trade.Quantity, trade.BuyerIsMaker);

    /// <summary>A diff is about to be applied: quantity newly displayed across our price fills us, and the queue shrinks.</summary>
    /// <param name="diff">The diff.</param>
    /// <param name="tracker">The book before the diff.</param>
    public void Match(in DepthDiff diff, BookTracker tracker)
    {
        fills.Clear();
        if (!HasOrders || !tracker.WouldApply(diff))
        {
            return;
        }

        MatchCrossing(bids, diff.Asks.Span, Side.Ask, tracker.Book.Asks);
        MatchCrossing(asks, diff.Bids.Span, Side.Bid, tracker.Book.Bids);
        CapQueue(bids, Side.Bid, diff.Bids.Span);
        CapQueue(asks, Side.Ask, diff.Asks.Span);
        Finish(bids);
        Finish(asks);
    }

    /// <summary>
    /// A partial book is about to replace the book of a recording without diffs: as a diff of what it shows, and a
    /// price of ours that it would show but does not has nothing displayed.
    /// </summary>
    public void Match(in PartialBook partial, BookTracker tracker)
    {
        fills.Clear();
        if (!HasOrders || tracker.State != BookState.Partial || partial.LastUpdateId <= tracker.LastUpdateId)
        {
            return;
        }

        MatchCrossing(bids, partial.Asks.Span, Side.Ask, tracker.Book.Asks);
        MatchCrossing(asks, partial.Bids.Span, Side.Bid, tracker.Book.Bids);
        CapShown(bids, Side.Bid, partial.Bids.Span);
        CapShown(asks, Side.Ask, partial.Asks.Span);
        Finish(bids);
        Finish(asks);
    }

    /// <summary>Takes a new order: null when it rests now, otherwise why not.</summary>
    /// <param name="request">The order.</param>
    /// <param name="tracker">The book now.</param>
    /// <param name="queueAhead">Displayed quantity at its price.</param>
    public OrderRejectReason? Place(in OrderRequest request, BookTracker tracker, out long queueAhead)
    {
        queueAhead = 0;
        if (Refuse(request, tracker) is { } reason)
        {
            return reason;
        }

        var (own, opposite) = request.Side == Side.Bid ? (bids, Side.Ask) : (asks, Side.Bid);
        if (own.AtLeast(request.Price, Best(tracker, opposite)))
        {
            return OrderRejectReason.WouldMatch;
        }

        queueAhead = Rest(request, tracker);
        return null;
    }

    /// <summary>
    /// An order that takes at once and never rests: it fills with what is displayed up to its price, best price first, each level at its own
    /// price. The fills are in <see cref="Fills"/>. As everywhere, they do not change the recorded market.
    /// </summary>
    /// <param name="request">The order.</param>
    /// <param name="tracker">The book now.</param>
    /// <param name="remaining">What did not fill, and is over.</param>
    /// <returns>Null when it was taken, otherwise why not.</returns>
    public OrderRejectReason? Take(in OrderRequest request, BookTracker tracker, out long remaining)
    {
        fills.Clear();
        remaining = request.Quantity;
        if (Refuse(request, tracker) is { } reason)
        {
            return reason;
        }

        var (against, opposite) = (request.Side == Side.Bid ? Side.Ask : Side.Bid, tracker.Book[request.Side == Side.Bid ? Side.Ask : Side.Bid]);
        var order = new RestingOrder { OrderId = request.OrderId, Side = request.Side, Price = request.Price, Remaining = request.Quantity };
        for (var rank = 0; rank < opposite.Count && order.Remaining > 0; rank++)
        {
            var (price, displayed) = opposite[rank];
            if (request.Side == Side.Bid ? price > request.Price : price < request.Price)
            {
                break;
            }

            // Of a level that shows our own order only what others show can be taken.
            var others = Others(against, price, displayed);
            if (others > 0)
            {
                Fill(ref order, Math.Min(order.Remaining, others), FillRule.Taken, price, displayed);
            }
        }

        remaining = order.Remaining;
        return null;
    }

    /// <summary>Lets an order rest that was accepted elsewhere, what is left of one that took, too.</summary>
    /// <param name="request">The order, with the quantity that is left.</param>
    /// <param name="tracker">The book now.</param>
    /// <returns>Displayed quantity at its price.</returns>
    public long Rest(in OrderRequest request, BookTracker tracker)
    {
        var queueAhead = Others(request.Side, request.Price, tracker.Book[request.Side].QuantityAt(request.Price));
        (request.Side == Side.Bid ? bids : asks).Add(new RestingOrder
        {
            OrderId = request.OrderId,
            Side = request.Side,
            Price = request.Price,
            Remaining = request.Quantity,
            QueueAhead = queueAhead,
        });
        return queueAhead;
    }

    /// <summary>Leaves less of a resting order, at its place in the queue. It must rest, and keep some of its quantity.</summary>
    public void Reduce(Side side, long orderId, long remaining)
    {
        var own = side == Side.Bid ? bids : asks;
        ref var order = ref own.Span[own.Find(orderId)];
        if (remaining <= 0 || remaining >= order.Remaining)
        {
            throw new ArgumentOutOfRangeException(nameof(remaining), remaining, "An order is reduced to less than it has, and not to nothing.");
        }

        order.Remaining = remaining;
    }

    /// <summary>Cancels an order.</summary>
    /// <returns>False when it does not rest: it filled, or never did.</returns>
    public bool Cancel(in OrderRequest request, out long remaining)
    {
        var own = request.Side == Side.Bid ? bids : asks;
        var index = own.Find(request.OrderId);
        remaining = index >= 0 ? own.Span[index].Remaining : 0;
        if (index >= 0)
        {
            own.RemoveAt(index);
        }

        return index >= 0;
    }

    /// <summary>Another queue model and commission from now on; the queue ahead of resting orders stays as it is.</summary>
    public void Change(QueueModel queueModel, long commissionPartsPerMillion) =>
        (queue, feePartsPerMillion) = (queueModel, commissionPartsPerMillion);

    /// <summary>Gives the fills of the last event their trade ids; called once, when they are appended.</summary>
    public OrderFilled TakeFill(int index)
    {
        var fill = fills[index];
        fill.TradeId = ++lastTradeId;
        return fill;
    }

    /// <summary>Writes everything that a later answer or fill may depend on, in its one order, for the venue's hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        instrument.WriteTo(writer);
        writer.Signed((long)queue);
        writer.Signed(feePartsPerMillion);
        writer.Signed((long)prints);
        bids.WriteTo(writer);
        asks.WriteTo(writer);
        writer.Signed(lastTradeId);
    }

    /// <summary>Writes what changes within a run, to be continued from.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        writer.Signed((long)prints);
        bids.WriteTo(writer);
        asks.WriteTo(writer);
        writer.Signed(lastTradeId);
    }

    /// <summary>A venue that continues from what <see cref="Keep"/> wrote.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such venue.</exception>
    internal static ZeroLatencyVenue From(ref CanonicalReader reader, Instrument instrument, QueueModel queue, long feePartsPerMillion)
    {
        var venue = new ZeroLatencyVenue(instrument, queue, feePartsPerMillion, (PrintSource)reader.Signed());
        venue.bids.Continue(ref reader);
        venue.asks.Continue(ref reader);
        venue.lastTradeId = reader.Signed();
        return venue;
    }

    private long Others(Side side, long price, long displayed) => Own is null ? displayed : Own.OthersAt(side, price, displayed);

    private long Best(BookTracker tracker, Side side) => Own is null ? tracker.Book[side].BestPrice : Own.BestOf(tracker.Book[side], side);

    // A level that is being told shows what rests of our orders before it is matched.
    private long OthersTold(in Level level, Side side)
    {
        if (Own is null)
        {
            return level.Quantity;
        }

        var own = 0L;
        foreach (ref readonly var order in (side == Side.Bid ? bids : asks).Span)
        {
            own += order.Price == level.Price ? order.Remaining : 0;
        }

        // What this very event filled was shown by it, too.
        foreach (var fill in fills)
        {
            own += fill.Side == side && fill.Price == level.Price ? fill.Quantity : 0;
        }

        return Math.Max(0, level.Quantity - own);
    }

    private OrderRejectReason? Refuse(in OrderRequest request, BookTracker tracker)
    {
        if (tracker.State is not (BookState.Synced or BookState.Partial) || Best(tracker, Side.Bid) == 0 || Best(tracker, Side.Ask) == 0)
        {
            return OrderRejectReason.NoBook;
        }

        if (request.Price <= 0 || request.Price % instrument.Tick != 0)
        {
            return OrderRejectReason.PriceFilter;
        }

        if (request.Quantity < instrument.MinQuantity || request.Quantity % instrument.Lot != 0)
        {
            return OrderRejectReason.LotSize;
        }

        if (Math.BigMul(request.Price, request.Quantity) < instrument.MinNotional)
        {
            return OrderRejectReason.Notional;
        }

        return null;
    }

    private void Print(PrintSource source, long price, long quantity, bool buyerIsMaker)
    {
        fills.Clear();
        if (!HasOrders || source != prints)
        {
            return;
        }

        // The buyer was resting, so the aggressor sold into the bids; mirrored otherwise.
        var hit = buyerIsMaker ? bids : asks;
        var left = quantity;
        foreach (ref var order in hit.Span)
        {
            if (left == 0 || order.Price == price || !hit.AtLeast(order.Price, price))
            {
                break;
            }

            left -= Fill(ref order, Math.Min(order.Remaining, left), FillRule.PrintThrough, price, quantity);
        }

        MatchAtPrice(hit, price, quantity, left);
        Finish(hit);
    }

    // A print at exactly our price: the queue model decides. Orders of one price share what is left, oldest first.
    private void MatchAtPrice(RestingOrders hit, long price, long quantity, long left)
    {
        if (left == 0 || queue == QueueModel.Pessimistic)
        {
            return;
        }

        var taken = 0L;
        foreach (ref var order in hit.Span)
        {
            if (order.Price != price || order.Remaining == 0)
            {
                continue;
            }

            var ahead = queue == QueueModel.Fifo ? order.QueueAhead : 0;
            var available = left - ahead - taken;
            if (available > 0)
            {
                taken += Fill(ref order, Math.Min(order.Remaining, available), FillRule.PrintAtPrice, price, quantity);
            }

            order.QueueAhead = Math.Max(0, order.QueueAhead - left);
        }
    }

    // Only what a level gained is new: what was displayed before could fill us once already.
    private void MatchCrossing(RestingOrders own, ReadOnlySpan<Level> levels, Side opposite, BookSide before)
    {
        if (own.Count == 0)
        {
            return;
        }

        var best = own.Span[0].Price;
        foreach (ref readonly var level in levels)
        {
            if (!own.AtLeast(best, level.Price) || level.Quantity == 0)
            {
                continue;
            }

            var shown = OthersTold(level, opposite) - Others(opposite, level.Price, before.QuantityAt(level.Price));
            var left = shown;
            foreach (ref var order in own.Span)
            {
                if (left <= 0 || !own.AtLeast(order.Price, level.Price))
                {
                    break;
                }

                if (order.Remaining > 0)
                {
                    left -= Fill(ref order, Math.Min(order.Remaining, left), FillRule.BookCrossed, level.Price, shown);
                }
            }
        }
    }

    private void CapQueue(RestingOrders own, Side side, ReadOnlySpan<Level> levels)
    {
        foreach (ref var order in own.Span)
        {
            foreach (ref readonly var level in levels)
            {
                if (level.Price == order.Price)
                {
                    order.QueueAhead = Math.Min(order.QueueAhead, OthersTold(level, side));
                }
            }
        }
    }

    private void CapShown(RestingOrders own, Side side, ReadOnlySpan<Level> levels)
    {
        if (levels.Length == 0)
        {
            return;
        }

        var farthest = levels[^1].Price;
        foreach (ref var order in own.Span)
        {
            if (!own.AtLeast(order.Price, farthest))
            {
                continue;
            }

            var shown = 0L;
            foreach (ref readonly var level in levels)
            {
                if (level.Price == order.Price)
                {
                    shown = OthersTold(level, side);
                }
            }

            order.QueueAhead = Math.Min(order.QueueAhead, shown);
        }
    }

    private long Fill(ref RestingOrder order, long quantity, FillRule rule, long eventPrice, long eventQuantity)
    {
        order.Remaining -= quantity;
        var fill = new OrderFilled
        {
            OrderId = order.OrderId,
            Side = order.Side,
            Price = rule == FillRule.Taken ? eventPrice : order.Price,
            Quantity = quantity,
            Remaining = order.Remaining,
            Rule = rule,
            QueueAhead = order.QueueAhead,
            EventPrice = eventPrice,
            EventQuantity = eventQuantity,
        };
        Commission.Charge(ref fill, instrument, feePartsPerMillion);
        fills.Add(fill);
        return quantity;
    }

    private void Finish(RestingOrders own)
    {
        if (fills.Count > 0)
        {
            own.RemoveFilled();
            SortFills();
        }
    }

    // Oldest order first; an order's own fills stay in the order they happened. Trade ids follow that order.
    private void SortFills()
    {
        for (var i = 1; i < fills.Count; i++)
        {
            var fill = fills[i];
            var j = i - 1;
            for (; j >= 0 && fills[j].OrderId > fill.OrderId; j--)
            {
                fills[j + 1] = fills[j];
            }

            fills[j + 1] = fill;
        }
    }
}
