using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Replay.Explain;

/// <summary>What of the walked book is the run's own, where the recording shows its orders (docs/model.md §8.6): from the run's log, without the engine.</summary>
internal sealed class OwnWalk(IReadOnlyList<OrderMove> moves)
{
    private readonly WorkingOrders working = new();
    private readonly OwnDisplay display = new();
    private int next;

    /// <summary>A market event was folded: what it tells of our levels, then what happened to our orders after it.</summary>
    public void Folded<T>(Cause at, in T payload)
        where T : struct, IPayload<T>
    {
        if (payload is DepthDiff diff)
        {
            display.Told(diff, working);
        }
        else if (payload is BookSnapshot or PartialBook)
        {
            display.Told(working);
        }

        for (; next < moves.Count && moves[next].After == at; next++)
        {
            Apply(moves[next]);
        }
    }

    /// <summary>Best price at which somebody else stands; 0 when there is none.</summary>
    public long BestOf(OrderBook book, Side side) => display.BestOf(book[side], side);

    /// <summary>What others have at a price.</summary>
    public long OthersAt(Side side, long price, long displayed) => display.OthersAt(side, price, displayed);

    /// <summary>What others have in a level that is being told.</summary>
    public long OthersTold(Side side, in Level level)
    {
        var own = 0L;
        foreach (ref readonly var order in working.Span)
        {
            own += order.Side == side && order.Price == level.Price ? order.Remaining : 0;
        }

        return Math.Max(0, level.Quantity - own);
    }

    private void Apply(OrderMove move)
    {
        if (move.Placed is { } placed)
        {
            working.Add(new WorkingOrder { OrderId = placed.OrderId, Side = placed.Side, Price = placed.Price, Remaining = placed.Quantity });
            if (placed.Execution == OrderExecution.PostOnly)
            {
                display.Placed(placed.OrderId, placed.Side, placed.Price);
            }

            return;
        }

        if (move.Remaining > 0)
        {
            working.Get(move.OrderId).Remaining = move.Remaining;
            return;
        }

        working.Remove(move.OrderId);
        if (move.Refused)
        {
            display.Refused(move.OrderId);
        }
    }
}
