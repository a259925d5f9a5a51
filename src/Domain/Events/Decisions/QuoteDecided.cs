using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Domain.Events;

/// <summary>The engine decided what to quote, with every input it decided from. docs/model.md gives each formula.</summary>
public struct QuoteDecided : IPayload<QuoteDecided>
{
    /// <summary>Ordinal of the decision within the run, from 1.</summary>
    public long Decision;

    /// <summary>What made the engine look.</summary>
    public QuoteTrigger Trigger;

    /// <summary>Best bid of the market.</summary>
    public long BestBid;

    /// <summary>Best ask of the market.</summary>
    public long BestAsk;

    /// <summary>q: position minus target, in quantity units.</summary>
    public long Inventory;

    /// <summary>s: mid in quote.</summary>
    public double Mid;

    /// <summary>σ² in quote² per second.</summary>
    public double Variance;

    /// <summary>γ.</summary>
    public double RiskAversion;

    /// <summary>k in 1/quote.</summary>
    public double Decay;

    /// <summary>T−t in seconds.</summary>
    public double Horizon;

    /// <summary>r: equation 29, in quote.</summary>
    public double ReservationPrice;

    /// <summary>δa+δb: equation 30 or the stationary form, in quote.</summary>
    public double Spread;

    /// <summary>Extra shift of both quotes beyond the threshold, in quote; negative when long.</summary>
    public double InventoryShift;

    /// <summary>Bid before rounding and clamps.</summary>
    public double ModelBid;

    /// <summary>Ask before rounding and clamps.</summary>
    public double ModelAsk;

    /// <summary>Clamps that moved the bid: a sum of QuoteClamp bits.</summary>
    public long BidClamps;

    /// <summary>Clamps that moved the ask: a sum of QuoteClamp bits.</summary>
    public long AskClamps;

    /// <summary>Why the bid side is as it is.</summary>
    public SideReason BidReason;

    /// <summary>Why the ask side is as it is.</summary>
    public SideReason AskReason;

    /// <summary>Target bids, nearest the mid first.</summary>
    public LevelList Bids;

    /// <summary>Target asks, nearest the mid first.</summary>
    public LevelList Asks;

    /// <inheritdoc/>
    public static EventType Type => EventType.QuoteDecided;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref QuoteDecided payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("decision", ref payload.Decision);
        visit.Code("trigger", ref payload.Trigger);
        visit.Price("bestBid", ref payload.BestBid);
        visit.Price("bestAsk", ref payload.BestAsk);
        visit.Quantity("inventory", ref payload.Inventory);
        visit.Real("mid", ref payload.Mid);
        visit.Real("variance", ref payload.Variance);
        visit.Real("riskAversion", ref payload.RiskAversion);
        visit.Real("decay", ref payload.Decay);
        visit.Real("horizon", ref payload.Horizon);
        visit.Real("reservationPrice", ref payload.ReservationPrice);
        visit.Real("spread", ref payload.Spread);
        visit.Real("inventoryShift", ref payload.InventoryShift);
        visit.Real("modelBid", ref payload.ModelBid);
        visit.Real("modelAsk", ref payload.ModelAsk);
        visit.Count("bidClamps", ref payload.BidClamps);
        visit.Count("askClamps", ref payload.AskClamps);
        visit.Code("bidReason", ref payload.BidReason);
        visit.Code("askReason", ref payload.AskReason);
        visit.Levels("bids", ref payload.Bids);
        visit.Levels("asks", ref payload.Asks);
    }
}
