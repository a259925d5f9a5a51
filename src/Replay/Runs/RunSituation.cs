using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Where a run stands at an event, by its own log: what it holds, has made, has working and decided last.</summary>
public sealed class RunSituation : IEventHandler
{
    private readonly SortedDictionary<long, OrderSubmitted> working = [];

    /// <summary>Cash, position and PnL.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Orders asked for and not known to be over, oldest first, with what is open of them as quantity.</summary>
    public IReadOnlyCollection<OrderSubmitted> Working => working.Values;

    /// <summary>The last decision; its levels are its own.</summary>
    public QuoteDecided? Decision { get; private set; }

    /// <summary>The last stop, when nothing was decided since.</summary>
    public QuotingStopped? Stop { get; private set; }

    /// <summary>The last mark.</summary>
    public Marked? Mark { get; private set; }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        switch (payload)
        {
            case OrderSubmitted order:
                working[order.OrderId] = order;
                break;
            case OrderRejected order:
                working.Remove(order.OrderId);
                break;
            case OrderCancelled order:
                working.Remove(order.OrderId);
                break;
            case OrderExpired order:
                working.Remove(order.OrderId);
                break;
            case OrderFilled fill:
                Ledger.Apply(fill);
                OnFill(fill);
                break;
            case QuoteDecided decided:
                Decision = decided with { Bids = decided.Bids.Copy(), Asks = decided.Asks.Copy() };
                Stop = null;
                break;
            case QuotingStopped stopped:
                Stop = stopped;
                break;
            case Marked mark:
                Mark = mark;
                break;
            default:
                break;
        }
    }

    private void OnFill(in OrderFilled fill)
    {
        if (fill.Remaining == 0)
        {
            working.Remove(fill.OrderId);
        }
        else if (working.TryGetValue(fill.OrderId, out var order))
        {
            working[fill.OrderId] = order with { Quantity = fill.Remaining };
        }
    }

    /// <summary>Best working price of a side, in price units; 0 when none.</summary>
    public long Best(Side side) => working.Values.Where(o => o.Side == side).Select(o => o.Price).DefaultIfEmpty().Aggregate((a, b) => side == Side.Bid ? Math.Max(a, b) : Math.Min(a, b));
}
