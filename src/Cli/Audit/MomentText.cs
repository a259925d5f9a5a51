using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Moments;

namespace EventSourcedMM.Cli.Audit;

/// <summary>A run's state at a moment for people.</summary>
public static class MomentText
{
    /// <summary>Writes it.</summary>
    public static string Write(RunMoment moment)
    {
        var state = moment.State;
        var instrument = state.Instrument!;
        var book = state.Tracker.Book;
        var text = new StringBuilder();
        void Line(string label, FormattableString value) => text.AppendLine(label.PadRight(11) + value.ToString(CultureInfo.InvariantCulture));

        Line("moment", $"{Moments.Text(state.Now)}, after event {moment.Position.Sequence} of {moment.Run.Name.Parts[1]} and event {moment.Position.Last.Sequence} of input {moment.Position.Last.Stream}");
        Line("book", $"{state.Tracker.State} at update {state.Tracker.LastUpdateId}: {instrument.FormatPrice(book.Bids.BestPrice)} x {instrument.FormatQuantity(book.Bids.BestQuantity)} to {instrument.FormatPrice(book.Asks.BestPrice)} x {instrument.FormatQuantity(book.Asks.BestQuantity)}, {book.Bids.Count} + {book.Asks.Count} levels");
        Line("σ", $"{Math.Sqrt(state.Volatility!.Variance):G6} {instrument.QuoteAsset}/√s from {state.Volatility.Changes} changes{(state.Volatility.IsReady ? "" : $", {state.Volatility.Warmup} are needed")}");
        Line("position", $"{instrument.FormatQuantity(state.Ledger.Position)} {instrument.BaseAsset}, q {instrument.FormatQuantity(state.Inventory)}, cash {instrument.FormatMoney(state.Ledger.Cash)} {instrument.QuoteAsset}, {state.Ledger.Fills} fills");
        Line("PnL", $"{instrument.FormatMoney(state.Risk.Equity)} {instrument.QuoteAsset} as last observed: realised {instrument.FormatMoney(state.Ledger.Realised)}, fees {instrument.FormatMoney(state.Ledger.Fees)}, {instrument.FormatMoney(state.Risk.Drawdown)} below its peak");
        Line("quoting", $"{(state.Stop.Reason == StopReason.None ? $"decision {state.Decisions}: bids {Codes.Name(state.BidReason)}, asks {Codes.Name(state.AskReason)}" : $"stopped: {Codes.Name(state.Stop.Reason)}")}");
        foreach (ref readonly var order in state.Orders.Span)
        {
            Line("order", $"{order.OrderId} {Codes.Name(order.Side)} {instrument.FormatQuantity(order.Remaining)} at {instrument.FormatPrice(order.Price)}, {Codes.Name(order.Status)}{Ahead(moment.Venue, order.OrderId) switch { { } ahead => $", {instrument.FormatQuantity(ahead)} ahead", _ => "" }}");
        }

        Line("state", $"{StateHash.Of(state)}");
        if (moment.Venue is not null)
        {
            Line("venue", $"{StateHash.Of(moment.Venue)}");
        }

        Line("executed", $"{(moment.From == 0 ? "from the run's start" : $"from the snapshot at event {moment.From}")}: {moment.Equal} events, {(moment.Difference is null ? "each as stored" : $"up to event {moment.Difference.Sequence}, WHICH IS STORED OTHERWISE: mm verify says more")}");
        return text.ToString().TrimEnd();
    }

    /// <summary>Quantity before an order in the venue's queue, in quantity units; null when it does not rest there.</summary>
    internal static long? Ahead(ZeroLatencyVenue? venue, long orderId)
    {
        if (venue is null)
        {
            return null;
        }

        foreach (var side in (ReadOnlySpan<Side>)[Side.Bid, Side.Ask])
        {
            foreach (ref readonly var order in side == Side.Bid ? venue.Bids : venue.Asks)
            {
                if (order.OrderId == orderId)
                {
                    return order.QueueAhead;
                }
            }
        }

        return null;
    }
}
