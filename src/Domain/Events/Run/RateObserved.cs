using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The price of another asset in quote, for commissions charged in it.</summary>
public struct RateObserved : IPayload<RateObserved>
{
    /// <summary>The asset.</summary>
    public string Asset;

    /// <summary>Quote per unit of the asset, in price units.</summary>
    public long Rate;

    /// <summary>An empty payload; text fields are never null.</summary>
    public RateObserved()
    {
        Asset = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.RateObserved;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RateObserved payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("asset", ref payload.Asset);
        visit.Price("rate", ref payload.Rate);
    }
}
