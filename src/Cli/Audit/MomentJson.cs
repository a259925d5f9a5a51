using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Moments;

namespace EventSourcedMM.Cli.Audit;

/// <summary>A run's state at a moment for programs (docs/cli.md); amounts as decimal text.</summary>
public static class MomentJson
{
    /// <summary>Writes it.</summary>
    public static string Write(RunMoment moment) => JsonText.Object(json =>
    {
        var state = moment.State;
        var instrument = state.Instrument!;
        var book = state.Tracker.Book;
        json.WriteString("run", moment.Run.Name.Parts[1]);
        json.WriteNumber("sequence", moment.Position.Sequence);
        json.WriteNumber("input", moment.Position.Last.Stream);
        json.WriteNumber("inputSequence", moment.Position.Last.Sequence);
        json.WriteString("time", Moments.Text(state.Now));
        json.WriteString("book", state.Tracker.State.ToString());
        json.WriteNumber("lastUpdateId", state.Tracker.LastUpdateId);
        json.WriteString("bestBid", instrument.FormatPrice(book.Bids.BestPrice));
        json.WriteString("bestAsk", instrument.FormatPrice(book.Asks.BestPrice));
        json.WriteNumber("variance", state.Volatility!.Variance);
        json.WriteBoolean("varianceReady", state.Volatility.IsReady);
        json.WriteString("position", instrument.FormatQuantity(state.Ledger.Position));
        json.WriteString("inventory", instrument.FormatQuantity(state.Inventory));
        json.WriteString("cash", instrument.FormatMoney(state.Ledger.Cash));
        json.WriteString("equity", instrument.FormatMoney(state.Risk.Equity));
        json.WriteString("realised", instrument.FormatMoney(state.Ledger.Realised));
        json.WriteString("fees", instrument.FormatMoney(state.Ledger.Fees));
        json.WriteString("drawdown", instrument.FormatMoney(state.Risk.Drawdown));
        json.WriteNumber("fills", state.Ledger.Fills);
        json.WriteNumber("decisions", state.Decisions);
        json.WriteString("stop", Codes.Name(state.Stop.Reason));
        json.WriteString("bidReason", Codes.Name(state.BidReason));
        json.WriteString("askReason", Codes.Name(state.AskReason));
        json.WriteStartArray("orders");
        foreach (var order in state.Orders.Span.ToArray())
        {
            json.WriteStartObject();
            json.WriteNumber("orderId", order.OrderId);
            json.WriteString("side", Codes.Name(order.Side));
            json.WriteString("price", instrument.FormatPrice(order.Price));
            json.WriteString("remaining", instrument.FormatQuantity(order.Remaining));
            json.WriteString("status", Codes.Name(order.Status));
            json.WriteString("queueAhead", MomentText.Ahead(moment.Venue, order.OrderId) is { } ahead ? instrument.FormatQuantity(ahead) : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("stateHash", StateHash.Of(state).ToString());
        json.WriteString("venueHash", moment.Venue is null ? null : StateHash.Of(moment.Venue).ToString());
        json.WriteNumber("fromSnapshot", moment.From);
        json.WriteNumber("executed", moment.Equal);
        json.WriteBoolean("equal", moment.Difference is null);
    });
}
