using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The account's balances in the symbol's two assets, as the venue reports them.</summary>
public struct BalanceReported : IPayload<BalanceReported>
{
    /// <summary>Base that orders may offer; digits finer than the quantity scale are cut off.</summary>
    public long BaseFree;

    /// <summary>Base that resting orders hold.</summary>
    public long BaseLocked;

    /// <summary>Quote that orders may bid.</summary>
    public Int128 QuoteFree;

    /// <summary>Quote that resting orders hold.</summary>
    public Int128 QuoteLocked;

    /// <summary>The venue's stamp of the account's last change.</summary>
    public long UpdateTime;

    /// <inheritdoc/>
    public static EventType Type => EventType.BalanceReported;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref BalanceReported payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Quantity("baseFree", ref payload.BaseFree);
        visit.Quantity("baseLocked", ref payload.BaseLocked);
        visit.Money("quoteFree", ref payload.QuoteFree);
        visit.Money("quoteLocked", ref payload.QuoteLocked);
        visit.Time("updateTime", ref payload.UpdateTime);
    }
}
