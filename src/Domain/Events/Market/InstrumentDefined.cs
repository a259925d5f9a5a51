using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Domain.Events;

/// <summary>Scales, tick, lot and limits of the symbol, first in every market stream and again whenever the venue's filters change.</summary>
public struct InstrumentDefined : IPayload<InstrumentDefined>
{
    /// <summary>Venue symbol in capitals.</summary>
    public string Symbol;

    /// <summary>Base asset.</summary>
    public string BaseAsset;

    /// <summary>Quote asset.</summary>
    public string QuoteAsset;

    /// <summary>Decimals of price units.</summary>
    public long PriceDecimals;

    /// <summary>Decimals of quantity units.</summary>
    public long QuantityDecimals;

    /// <summary>Smallest price step of our orders.</summary>
    public long Tick;

    /// <summary>Smallest quantity step of our orders.</summary>
    public long Lot;

    /// <summary>Smallest order quantity.</summary>
    public long MinQuantity;

    /// <summary>Smallest order value; 0 for none or unknown.</summary>
    public Int128 MinNotional;

    /// <summary>Decimals of commission amounts.</summary>
    public long CommissionDecimals;

    /// <summary>Where the values came from.</summary>
    public InstrumentSource Source;

    /// <summary>An empty payload; text fields are never null.</summary>
    public InstrumentDefined()
    {
        Symbol = "";
        BaseAsset = "";
        QuoteAsset = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.InstrumentDefined;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref InstrumentDefined payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("symbol", ref payload.Symbol);
        visit.Text("baseAsset", ref payload.BaseAsset);
        visit.Text("quoteAsset", ref payload.QuoteAsset);
        visit.Count("priceDecimals", ref payload.PriceDecimals);
        visit.Count("quantityDecimals", ref payload.QuantityDecimals);
        visit.Price("tick", ref payload.Tick);
        visit.Quantity("lot", ref payload.Lot);
        visit.Quantity("minQuantity", ref payload.MinQuantity);
        visit.Money("minNotional", ref payload.MinNotional);
        visit.Count("commissionDecimals", ref payload.CommissionDecimals);
        visit.Code("source", ref payload.Source);
    }
}
