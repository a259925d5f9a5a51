using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Replay.Explain;

/// <summary>
/// A fill that a venue reported: price, quantity and commission are its word and are shown, not computed again; the queue
/// is this program's estimate. What follows from the log alone, the quantity still open, is compared.
/// </summary>
internal static class VenueFill
{
    /// <summary>The order, and the queue before it as the model estimates it from the recording.</summary>
    public static ExplainedSection Queue(Instrument instrument, MarketWalk walk, OrderTrail order, in OrderFilled fill, QueueModel queue)
    {
        var terms = new TermList("queue", "Order and queue");
        var submitted = order.Submitted;
        var since = order.Accepted.Sequence > 0 ? $"accepted at event {order.Accepted.Sequence}" : "no acceptance was told before it";
        terms.Show("price", "price of the order", instrument.FormatPrice(submitted.Price), instrument.QuoteAsset, $"order {submitted.OrderId}, {Words.Of(submitted.Side)} level {submitted.Level}, submitted at event {order.Header.Sequence}, {since}");
        if (submitted.Execution != OrderExecution.PostOnly)
        {
            return terms.Section;
        }

        terms.Show("model", "queue model", Words.Code(queue), "", "of the estimate; the venue has its own queue and does not show it");
        if (!walk.QueueKnown)
        {
            terms.Show("queueAhead", "queue ahead, estimated", "unknown", "", "the queue before partial books is not rebuilt here");
            return terms.Section;
        }

        if (!walk.QueueSeen)
        {
            // Accepted and filled between two market events: there was no book in between to look at.
            terms.Show("queueAhead", "queue ahead, estimated", "unknown", "", "no market event came between acceptance and fill");
            return terms.Section;
        }

        terms.Show("queueAtStart", "displayed when it came", instrument.FormatQuantity(walk.QueueAtStart), instrument.BaseAsset, "the recorded book when the acceptance was taken up: the venue may have had another");
        terms.Show("queueAhead", "queue ahead, estimated", instrument.FormatQuantity(walk.QueueAhead), instrument.BaseAsset, $"just before the fill was taken up, after {walk.QueueMoves.Count} moves; the print that filled us may count already");
        return terms.Section;
    }

    /// <summary>What the venue said, and what is open after it.</summary>
    public static ExplainedSection Rule(Instrument instrument, RunTrail trail, OrderTrail order, in OrderFilled fill)
    {
        var terms = new TermList("rule", "Rule");
        terms.Show("rule", "rule", "the venue's word", "", $"reported as trade {fill.TradeId}: the venue matched it, nothing here can compute it again");
        terms.Show("eventPrice", "price of the trade", instrument.FormatPrice(fill.Price), instrument.QuoteAsset, "as reported");
        var open = order.RemainingBefore(trail.Header.Sequence);
        terms.Show("quantity", "filled", instrument.FormatQuantity(fill.Quantity), instrument.BaseAsset, "as reported");
        terms.Compare("remaining", "still open", instrument.FormatQuantity(open - fill.Quantity), instrument.FormatQuantity(fill.Remaining), instrument.BaseAsset, $"{instrument.FormatQuantity(open)} were open, less what filled");
        return terms.Section;
    }

    /// <summary>What the venue charged, beside what the run's own rate would have been.</summary>
    public static ExplainedSection Commission(Instrument instrument, in OrderFilled fill, long partsPerMillion)
    {
        var terms = new TermList("commission", "Commission");
        var atRate = fill;
        Projections.Venue.Commission.Charge(ref atRate, instrument, partsPerMillion);
        terms.Show("commission", "commission", FixedPoint.Format(fill.Commission, instrument.CommissionDecimals), Asset(instrument, fill.CommissionAsset), "as the venue charged it");
        terms.Show("commissionValue", "its value", instrument.FormatMoney(fill.CommissionValue), instrument.QuoteAsset, fill.CommissionAsset == FeeAsset.Other ? "at the rate that was observed last" : "at the fill's price");
        terms.Show("atRate", "at the run's rate", instrument.FormatMoney(atRate.CommissionValue), instrument.QuoteAsset, $"{partsPerMillion} ppm of what was received; the venue's own rate rules");
        return terms.Section;
    }

    private static string Asset(Instrument instrument, FeeAsset asset) => asset switch
    {
        FeeAsset.Base => instrument.BaseAsset,
        FeeAsset.Quote => instrument.QuoteAsset,
        _ => "of a third asset",
    };
}
