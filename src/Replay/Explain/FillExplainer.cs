using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Explain;

/// <summary>How a fill came about: the order, the queue before it, the rule, commission and accounting (docs/model.md §9 to §11).</summary>
internal static class FillExplainer
{
    /// <summary>Every section.</summary>
    public static IEnumerable<ExplainedSection> Sections(RunPhase phase, Instrument instrument, RunTrail trail, MarketWalk walk, OrderTrail order, OrderFilled fill)
    {
        if (fill.Rule == FillRule.Taken)
        {
            yield return Taken(instrument, trail, order, fill);
            yield return Commission(instrument, fill, phase.Started.FeePartsPerMillion);
            yield return Accounting(instrument, trail, fill);
            yield break;
        }

        if (fill.Rule == FillRule.Venue)
        {
            yield return VenueFill.Queue(instrument, walk, order, fill, phase.Started.Queue);
            yield return VenueFill.Rule(instrument, trail, order, fill);
            yield return VenueFill.Commission(instrument, fill, phase.Started.FeePartsPerMillion);
            yield return Accounting(instrument, trail, fill);
            yield break;
        }

        yield return Queue(instrument, trail, walk, order, fill, phase.Started.Queue);
        yield return Rule(instrument, trail, walk, order, fill, phase.Started.Queue);
        yield return Commission(instrument, fill, phase.Started.FeePartsPerMillion);
        yield return Accounting(instrument, trail, fill);
    }

    /// <summary>The fill in one sentence.</summary>
    public static string Headline(Instrument instrument, in OrderFilled fill) =>
        $"fill {fill.TradeId}: {(fill.Side == Side.Bid ? "bought" : "sold")} {instrument.FormatQuantity(fill.Quantity)} {instrument.BaseAsset} at {instrument.FormatPrice(fill.Price)} by {RuleName(fill.Rule)}";

    private static ExplainedSection Queue(Instrument instrument, RunTrail trail, MarketWalk walk, OrderTrail order, in OrderFilled fill, QueueModel queue)
    {
        var terms = new TermList("queue", "Order and queue");
        var submitted = order.Submitted;
        terms.Compare("price", "price of the order", instrument.FormatPrice(submitted.Price), instrument.FormatPrice(fill.Price), instrument.QuoteAsset, $"order {submitted.OrderId}, {Words.Of(submitted.Side)} level {submitted.Level}, submitted at event {order.Header.Sequence}, resting since event {order.Accepted.Sequence}");
        terms.Show("model", "queue model", Words.Code(queue), "");
        if (!walk.QueueKnown)
        {
            terms.Show("queueAhead", "queue ahead", instrument.FormatQuantity(fill.QueueAhead), instrument.BaseAsset, "as logged: the queue before partial books is not rebuilt here");
            return terms.Section;
        }

        terms.Compare("queueAtStart", "displayed when it came", instrument.FormatQuantity(walk.QueueAtStart), instrument.FormatQuantity(order.QueueAhead), instrument.BaseAsset, "the recorded book after the event it was placed on");
        var moves = walk.QueueMoves.TakeLast(5).ToArray();
        for (var i = 0; i < moves.Length; i++)
        {
            terms.Show($"move{i + 1}", i == 0 && walk.QueueMoves.Count > moves.Length ? $"moved {walk.QueueMoves.Count} times, lastly" : "moved", moves[i], "");
        }

        var ahead = walk.QueueAhead;
        terms.Compare("queueAhead", "queue ahead", instrument.FormatQuantity(ahead), instrument.FormatQuantity(fill.QueueAhead), instrument.BaseAsset, "just before the event that filled us");
        return terms.Section;
    }

    private static ExplainedSection Taken(Instrument instrument, RunTrail trail, OrderTrail order, in OrderFilled fill)
    {
        var terms = new TermList("taken", "Order that took");
        var submitted = order.Submitted;
        terms.Show("limit", "limit of the order", instrument.FormatPrice(submitted.Price), instrument.QuoteAsset, $"order {submitted.OrderId}, {Words.Of(submitted.Side)}, immediate or cancel: it closes the position after the kill switch");
        terms.Show("level", "price of the level", instrument.FormatPrice(fill.EventPrice), instrument.QuoteAsset, $"{instrument.FormatQuantity(fill.EventQuantity)} {instrument.BaseAsset} were displayed there");
        var open = order.RemainingBefore(trail.Header.Sequence);
        terms.Compare("quantity", "filled", instrument.FormatQuantity(Math.Min(open, fill.EventQuantity)), instrument.FormatQuantity(fill.Quantity), instrument.BaseAsset, $"the smaller of that and what was open, {instrument.FormatQuantity(open)}");
        return terms.Section;
    }

    private static ExplainedSection Rule(Instrument instrument, RunTrail trail, MarketWalk walk, OrderTrail order, in OrderFilled fill, QueueModel queue)
    {
        var terms = new TermList("rule", "Rule");
        var (price, quantity, rule) = Event(walk, order, fill);
        terms.Compare("rule", "rule", RuleName(rule), RuleName(fill.Rule), "", RuleText(fill.Rule, order.IsBid));
        terms.Compare("eventPrice", fill.Rule == FillRule.BookCrossed ? "price of the level" : "price of the print", instrument.FormatPrice(price), instrument.FormatPrice(fill.EventPrice), instrument.QuoteAsset, "from the recording");
        terms.Compare("eventQuantity", fill.Rule == FillRule.BookCrossed ? "newly displayed there" : "quantity of the print", instrument.FormatQuantity(quantity), instrument.FormatQuantity(fill.EventQuantity), instrument.BaseAsset, fill.Rule == FillRule.BookCrossed ? "quantity of the diff less what was displayed before" : "from the recording");
        var copy = fill;
        var taken = trail.Fills
            .Where(f => f.Header.Cause == trail.Header.Cause && f.Fill.EventPrice == copy.EventPrice && f.Fill.OrderId != copy.OrderId && GoesBefore(f.Fill, copy))
            .Sum(f => f.Fill.Quantity);
        if (taken > 0)
        {
            terms.Show("taken", "taken by our orders before it", instrument.FormatQuantity(taken), instrument.BaseAsset);
        }

        var ahead = fill.Rule == FillRule.PrintAtPrice && queue == QueueModel.Fifo ? fill.QueueAhead : 0;
        var available = quantity - taken - ahead;
        terms.Show("available", "left for us", instrument.FormatQuantity(available), instrument.BaseAsset, ahead > 0 || fill.Rule == FillRule.PrintAtPrice ? $"{instrument.FormatQuantity(quantity)} − {instrument.FormatQuantity(ahead)} ahead − {instrument.FormatQuantity(taken)} taken" : $"{instrument.FormatQuantity(quantity)} − {instrument.FormatQuantity(taken)} taken; what stands ahead at our price was swept");
        var open = order.RemainingBefore(trail.Header.Sequence);
        terms.Compare("quantity", "filled", instrument.FormatQuantity(Math.Min(open, available)), instrument.FormatQuantity(fill.Quantity), instrument.BaseAsset, $"the smaller of that and what was open, {instrument.FormatQuantity(open)}");
        terms.Compare("remaining", "still open", instrument.FormatQuantity(open - Math.Min(open, available)), instrument.FormatQuantity(fill.Remaining), instrument.BaseAsset);
        return terms.Section;
    }

    // What the recording itself says: the rule follows from the event and the order's price.
    private static (long Price, long Quantity, FillRule Rule) Event(MarketWalk walk, OrderTrail order, in OrderFilled fill)
    {
        if (walk.RootPrint is var (price, quantity, buyerIsMaker))
        {
            var hits = buyerIsMaker == order.IsBid;
            var beyond = order.IsBid ? price < fill.Price : price > fill.Price;
            return (price, quantity, !hits ? FillRule.Venue : beyond ? FillRule.PrintThrough : price == fill.Price ? FillRule.PrintAtPrice : FillRule.Venue);
        }

        var crosses = order.IsBid ? fill.EventPrice <= fill.Price : fill.EventPrice >= fill.Price;
        return (fill.EventPrice, walk.NewlyShown(fill.EventPrice), crosses ? FillRule.BookCrossed : FillRule.Venue);
    }

    // Best price first, oldest first within a price: for one print at our price, orders beyond it were served before.
    private static bool GoesBefore(in OrderFilled other, in OrderFilled fill)
    {
        var better = fill.Side == Side.Bid ? other.Price > fill.Price : other.Price < fill.Price;
        return other.Side == fill.Side && (better || (other.Price == fill.Price && other.OrderId < fill.OrderId));
    }

    private static ExplainedSection Commission(Instrument instrument, in OrderFilled fill, long partsPerMillion)
    {
        var terms = new TermList("commission", "Commission");
        var again = fill;
        again.Commission = 0;
        again.CommissionValue = 0;
        Projections.Venue.Commission.Charge(ref again, instrument, partsPerMillion);
        var asset = fill.CommissionAsset == FeeAsset.Base ? instrument.BaseAsset : instrument.QuoteAsset;
        terms.Compare("commission", "commission", FixedPoint.Format(again.Commission, instrument.CommissionDecimals), FixedPoint.Format(fill.Commission, instrument.CommissionDecimals), asset, $"{partsPerMillion} ppm of what was received, rounded up");
        terms.Compare("commissionValue", "its value", instrument.FormatMoney(again.CommissionValue), instrument.FormatMoney(fill.CommissionValue), instrument.QuoteAsset, "at the fill's price");
        return terms.Section;
    }

    private static ExplainedSection Accounting(Instrument instrument, RunTrail trail, in OrderFilled fill)
    {
        var terms = new TermList("accounting", "Accounting");
        var ledger = trail.Ledger;
        var (position, realised, fees) = (ledger.Position, ledger.Realised, ledger.Fees);
        var closed = ledger.Apply(fill);
        terms.Show("position", "position", instrument.FormatQuantity(ledger.Position), instrument.BaseAsset, $"from {instrument.FormatQuantity(position)}");
        terms.Show("closed", "closed by average cost", instrument.FormatQuantity(closed.Quantity), instrument.BaseAsset, closed.Quantity > 0 ? $"{instrument.FormatMoney(closed.Realised)} {instrument.QuoteAsset}, {instrument.FormatMoney(closed.Net)} after the fees of both legs" : "the fill opened or added");
        terms.Show("realised", "realised", instrument.FormatMoney(ledger.Realised), instrument.QuoteAsset, $"from {instrument.FormatMoney(realised)}, before fees");
        terms.Show("fees", "fees", instrument.FormatMoney(ledger.Fees), instrument.QuoteAsset, $"from {instrument.FormatMoney(fees)}");
        return terms.Section;
    }

    private static string RuleName(FillRule rule) => rule switch
    {
        FillRule.PrintThrough => "print through",
        FillRule.PrintAtPrice => "print at price",
        FillRule.BookCrossed => "book crossed",
        FillRule.Taken => "taken from the book",
        _ => "the venue's word",
    };

    private static string RuleText(FillRule rule, bool bid) => rule switch
    {
        FillRule.PrintThrough => bid ? "a seller's print below our bid" : "a buyer's print above our ask",
        FillRule.PrintAtPrice => bid ? "a seller's print at our bid" : "a buyer's print at our ask",
        FillRule.BookCrossed => bid ? "the ask came to our bid or below" : "the bid came to our ask or above",
        _ => "",
    };
}
