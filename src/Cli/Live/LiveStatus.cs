using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Live.Trading;

namespace EventSourcedMM.Cli.Live;

/// <summary>One symbol of a live run at a moment; money and quantities in the instrument's units.</summary>
/// <param name="Symbol">Symbol.</param>
/// <param name="Instrument">Instrument; null before the run started.</param>
/// <param name="Book">State of the book.</param>
/// <param name="BestBid">Best bid of the market; 0 for none.</param>
/// <param name="BestAsk">Best ask of the market; 0 for none.</param>
/// <param name="Bid">Our best resting bid; 0 for none.</param>
/// <param name="Ask">Our best resting ask; 0 for none.</param>
/// <param name="Position">Base held, relative to the start.</param>
/// <param name="Pnl">PnL at mid after fees.</param>
/// <param name="Realised">Realised PnL before fees.</param>
/// <param name="Fees">Fees.</param>
/// <param name="Drawdown">Fall from the peak now.</param>
/// <param name="Fills">Fills.</param>
/// <param name="Decisions">Decisions.</param>
/// <param name="Stop">Why nothing is quoted; None while quoting.</param>
/// <param name="Events">Events of the run.</param>
/// <param name="Durable">Of those, on disk.</param>
/// <param name="ToDecision">From bytes in to the decision.</param>
/// <param name="ToOrder">From bytes in to the order out.</param>
internal sealed record LiveStatus(
    string Symbol, Instrument? Instrument, BookState Book, long BestBid, long BestAsk, long Bid, long Ask, long Position, Int128 Pnl, Int128 Realised, Int128 Fees, Int128 Drawdown, long Fills, long Decisions, StopReason Stop, long Events, long Durable, LatencyFigures ToDecision, LatencyFigures ToOrder)
{
    /// <summary>Looks at a symbol between two turns.</summary>
    public static LiveStatus Of(LiveSymbol symbol)
    {
        var state = symbol.State;
        var started = state.Setup is not null;
        var (bid, ask) = (0L, 0L);
        foreach (ref readonly var order in state.Orders.Span)
        {
            // What was asked for and not answered is no quote yet.
            if (order.Status == Projections.Trading.OrderStatus.PendingNew)
            {
                continue;
            }

            if (order.Side == Side.Bid)
            {
                bid = Math.Max(bid, order.Price);
            }
            else
            {
                ask = ask == 0 ? order.Price : Math.Min(ask, order.Price);
            }
        }

        return new LiveStatus(
            symbol.Symbol,
            started ? state.Instrument : null,
            state.Tracker.State,
            state.BestBid,
            state.BestAsk,
            bid,
            ask,
            state.Ledger.Position,
            started && state.HasMarket ? state.Ledger.Equity(state.MidTwice) : 0,
            state.Ledger.Realised,
            state.Ledger.Fees,
            state.Risk.Drawdown,
            state.Ledger.Fills,
            state.Decisions,
            state.Stop.Reason,
            symbol.Events,
            symbol.Durable,
            LatencyFigures.Of(symbol.ToDecision),
            LatencyFigures.Of(symbol.ToOrder));
    }
}
