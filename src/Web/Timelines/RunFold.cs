using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>Where a run stands after one of its events, by its own log alone: it holds for a live run as for a backtest.</summary>
internal sealed class RunFold : IEventHandler
{
    private readonly SortedDictionary<long, ViewedOrder> orders = [];

    /// <summary>Last event folded.</summary>
    public long Sequence { get; set; }

    /// <summary>Market event of its turn.</summary>
    public Cause Root { get; set; }

    /// <summary>Cash, position and PnL.</summary>
    public Ledger Ledger { get; set; } = new();

    /// <summary>Orders not known to be over, oldest first.</summary>
    public IReadOnlyCollection<ViewedOrder> Orders => orders.Values;

    /// <summary>The last decision with its sequence; its levels are its own.</summary>
    public (long Sequence, long Time, QuoteDecided Decided)? Decision { get; set; }

    /// <summary>The last stop, when nothing was decided since.</summary>
    public (long Sequence, long Time, QuotingStopped Stopped)? Stop { get; set; }

    /// <summary>The last halt, when it was not lifted since.</summary>
    public (long Sequence, long Time, Halted Halted)? Halt { get; set; }

    /// <summary>The last mark.</summary>
    public (long Time, Marked Mark)? Mark { get; set; }

    /// <summary>How the run ended; null while it did not.</summary>
    public string? Ended { get; set; }

    /// <summary>Sequence of the last decision; 0 before the first.</summary>
    public long LastDecision { get; set; }

    /// <summary>Puts orders into a fold that has none.</summary>
    public static RunFold Of(RunFold fold, IEnumerable<ViewedOrder> orders)
    {
        foreach (var order in orders)
        {
            fold.orders.Add(order.Submitted.OrderId, order);
        }

        return fold;
    }

    /// <summary>A copy that goes its own way.</summary>
    public RunFold Copy()
    {
        var copy = new RunFold
        {
            Sequence = Sequence,
            Root = Root,
            Ledger = Ledger.From(Ledger.State),
            Decision = Decision,
            Stop = Stop,
            Halt = Halt,
            Mark = Mark,
            Ended = Ended,
            LastDecision = LastDecision,
        };
        return Of(copy, orders.Values);
    }

    /// <summary>Best resting price of a side in price units; 0 when none rests.</summary>
    public long Best(Side side)
    {
        var best = 0L;
        foreach (var order in orders.Values)
        {
            if (order.Side == side && order.Rests)
            {
                best = best == 0 ? order.Price : side == Side.Bid ? Math.Max(best, order.Price) : Math.Min(best, order.Price);
            }
        }

        return best;
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        Sequence = header.Sequence;
        if (header.Cause.Stream > 0)
        {
            Root = header.Cause;
        }

        switch (payload)
        {
            case QuoteDecided decided:
                Decision = (header.Sequence, header.ReceiveTime, decided with { Bids = decided.Bids.Copy(), Asks = decided.Asks.Copy() });
                LastDecision = header.Sequence;
                Stop = null;
                break;
            case QuotingStopped stopped:
                Stop = (header.Sequence, header.ReceiveTime, stopped);
                break;
            case Halted halted:
                Halt = (header.Sequence, header.ReceiveTime, halted);
                break;
            case Resumed:
                Halt = null;
                break;
            case Marked mark:
                Mark = (header.ReceiveTime, mark);
                break;
            case RunEnded ended:
                Ended = ended.Reason;
                break;
            default:
                OnOrder(header, payload);
                break;
        }
    }

    private void OnOrder<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        switch (payload)
        {
            case OrderSubmitted submitted:
                orders[submitted.OrderId] = new ViewedOrder(submitted, header.Sequence, header.ReceiveTime, submitted.Decision == 0 ? 0 : LastDecision);
                break;
            case OrderAccepted accepted:
                Change(accepted.OrderId, o => o with { Accepted = Sequence, AcceptedAfter = Root, QueueAtStart = accepted.QueueAhead });
                break;
            case OrderCancelRequested cancel:
                Change(cancel.OrderId, o => o with { Cancelling = true });
                break;
            case OrderCancelRejected rejected:
                Change(rejected.OrderId, o => o with { Cancelling = false });
                break;
            case OrderRejected rejected:
                orders.Remove(rejected.OrderId);
                break;
            case OrderCancelled cancelled:
                orders.Remove(cancelled.OrderId);
                break;
            case OrderExpired expired:
                orders.Remove(expired.OrderId);
                break;
            case OrderFilled fill:
                Ledger.Apply(fill);
                if (fill.Remaining == 0)
                {
                    orders.Remove(fill.OrderId);
                }
                else
                {
                    Change(fill.OrderId, o => o with { Remaining = fill.Remaining });
                }

                break;
            default:
                break;
        }
    }

    private void Change(long orderId, Func<ViewedOrder, ViewedOrder> change)
    {
        if (orders.TryGetValue(orderId, out var order))
        {
            orders[orderId] = change(order);
        }
    }
}
