using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>Everything at a cursor: book, our orders with their queues, holdings, PnL, σ, and what was wanted last.</summary>
internal sealed class SituationAnswer(ViewTimeline timeline, QueueEstimate queues)
{
    /// <summary>Writes the members.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="cursor">The moment.</param>
    /// <param name="depth">Levels per side.</param>
    public void Write(Utf8JsonWriter json, ViewCursor cursor, int depth)
    {
        var instrument = timeline.Instrument ?? throw new BadQuestionException("The recording has not said yet which instrument it is of.");
        var run = timeline.Run?.After(cursor.Run);
        var market = Market(cursor, depth);
        var time = Math.Max(market.Time, cursor.Run > 0 ? RunTime(cursor.Run) : 0);
        json.WriteString("at", cursor.ToString());
        json.WriteString("time", Texts.Time(time));
        json.WriteNumber("seconds", Texts.Seconds(time));
        json.WriteString("marketEvent", cursor.Market.Sequence == 0 ? null : FormattableString.Invariant($"m{cursor.Market.Stream}.{cursor.Market.Sequence}"));
        json.WriteNumber("runEvent", cursor.Run);
        json.WriteString("book", Texts.Code(market.State));
        json.WriteBoolean("trusted", market.Usable);
        if (market.Usable)
        {
            json.WriteString("mid", Domain.Units.FixedPoint.Format((Int128)market.MidTwice * 5, instrument.PriceScale.Decimals + 1));
            json.WriteString("spread", instrument.FormatPrice(market.Asks[0].Price - market.Bids[0].Price));
            json.WriteNumber("spreadPpm", 2e6 * (market.Asks[0].Price - market.Bids[0].Price) / market.MidTwice);
        }

        Levels(json, "bids", market.Bids, instrument);
        Levels(json, "asks", market.Asks, instrument);
        if (run is not null)
        {
            Run(json, cursor, run, market, instrument, time);
        }
    }

    private void Run(Utf8JsonWriter json, ViewCursor cursor, RunFold run, MarketView market, Instrument instrument, long time)
    {
        var started = timeline.Run!.Run.Started;
        var ahead = queues.At(timeline, cursor, run.Orders);
        json.WriteStartArray("orders");
        foreach (var order in run.Orders)
        {
            json.WriteStartObject();
            json.WriteNumber("id", order.Submitted.OrderId);
            json.WriteString("side", order.Side == Side.Bid ? "bid" : "ask");
            json.WriteNumber("level", order.Submitted.Level);
            json.WriteString("price", instrument.FormatPrice(order.Price));
            json.WriteString("open", instrument.FormatQuantity(order.Remaining));
            json.WriteString("status", order.Cancelling ? "cancelling" : order.Rests ? "resting" : "sent");
            json.WriteString("ahead", ahead.TryGetValue(order.Submitted.OrderId, out var now) && now is { } value ? instrument.FormatQuantity(value) : null);
            json.WriteString("aheadAtStart", order.Rests ? instrument.FormatQuantity(order.QueueAtStart) : null);
            json.WriteNumber("age", (time - order.Time) / 1e9);
            json.WriteNumber("sequence", order.Sequence);
            json.WriteNumber("decision", order.Decision);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        var ledger = run.Ledger;
        json.WriteString("inventory", instrument.FormatQuantity(ledger.Position - RunFacts.Target(started, instrument)));
        json.WriteString("position", instrument.FormatQuantity(ledger.Position));
        json.WriteString("cash", instrument.FormatMoney(ledger.Cash));
        json.WriteString("realised", instrument.FormatMoney(ledger.Realised));
        json.WriteString("fees", instrument.FormatMoney(ledger.Fees));
        json.WriteNumber("fills", ledger.Fills);
        if (market.Usable || ledger.Position == 0)
        {
            var unrealised = market.Usable ? ledger.Unrealised(market.MidTwice) : 0;
            json.WriteString("unrealised", instrument.FormatMoney(unrealised));
            json.WriteString("pnl", instrument.FormatMoney(ledger.Realised + unrealised - ledger.Fees));
        }

        json.WriteString("drawdown", run.Mark is var (_, mark) ? instrument.FormatMoney(mark.Drawdown) : null);
        json.WriteString("markedAt", run.Mark is var (markTime, _) ? Texts.Time(markTime) : null);
        Decision(json, run, instrument);
    }

    private static void Decision(Utf8JsonWriter json, RunFold run, Instrument instrument)
    {
        if (run.Decision is var (sequence, time, decided))
        {
            json.WriteStartObject("decision");
            json.WriteNumber("sequence", sequence);
            json.WriteString("time", Texts.Time(time));
            json.WriteNumber("number", decided.Decision);
            json.WriteNumber("sigma", Math.Sqrt(decided.Variance));
            json.WriteNumber("reservation", decided.ReservationPrice);
            json.WriteNumber("spread", decided.Spread);
            json.WriteNumber("horizon", decided.Horizon);
            json.WriteNumber("shift", decided.InventoryShift);
            json.WriteString("bidReason", Texts.Code(decided.BidReason));
            json.WriteString("askReason", Texts.Code(decided.AskReason));
            json.WriteBoolean("inForce", run.Stop is null);
            Levels(json, "bids", decided.Bids.Span, instrument);
            Levels(json, "asks", decided.Asks.Span, instrument);
            json.WriteEndObject();
        }

        if (run.Stop is var (stopSequence, stopTime, stopped))
        {
            json.WriteStartObject("stop");
            json.WriteNumber("sequence", stopSequence);
            json.WriteString("time", Texts.Time(stopTime));
            json.WriteString("reason", Texts.Code(stopped.Reason));
            json.WriteEndObject();
        }

        if (run.Halt is var (haltSequence, haltTime, halted))
        {
            json.WriteStartObject("halt");
            json.WriteNumber("sequence", haltSequence);
            json.WriteString("time", Texts.Time(haltTime));
            json.WriteString("reason", Texts.Code(halted.Reason));
            json.WriteString("observed", instrument.FormatMoney(halted.Observed));
            json.WriteString("limit", instrument.FormatMoney(halted.Limit));
            json.WriteEndObject();
        }
    }

    private static void Levels(Utf8JsonWriter json, string name, ReadOnlySpan<Level> levels, Instrument instrument)
    {
        json.WriteStartArray(name);
        foreach (ref readonly var level in levels)
        {
            json.WriteStartArray();
            json.WriteStringValue(instrument.FormatPrice(level.Price));
            json.WriteStringValue(instrument.FormatQuantity(level.Quantity));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private MarketView Market(ViewCursor cursor, int depth)
    {
        var index = cursor.Market.Stream - 1;
        return index >= timeline.Markets.Count
            ? new MarketView(0, BookState.Buffering, false, 0, [], [])
            : timeline.Markets[index].BookAfter(cursor.Market.Sequence, fold =>
            {
                var book = fold.Tracker.Book;
                var usable = fold.Tracker.IsUsable();
                return new MarketView(fold.ReceiveTime, fold.Tracker.State, usable, usable ? book.MidTwice : 0, book.Bids.ToLevels(depth), book.Asks.ToLevels(depth));
            });
    }

    private long RunTime(long sequence)
    {
        lock (timeline.Run!.Gate)
        {
            return timeline.Run.Points[(int)(sequence - 1)].Time;
        }
    }

    private sealed record MarketView(long Time, BookState State, bool Usable, long MidTwice, Level[] Bids, Level[] Asks);
}
