using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>PnL and inventory at a sampling step.</summary>
public struct Marked : IPayload<Marked>
{
    /// <summary>Best bid; 0 when the book has none.</summary>
    public long BestBid;

    /// <summary>Best ask; 0 when the book has none.</summary>
    public long BestAsk;

    /// <summary>Base held, relative to the start.</summary>
    public long Position;

    /// <summary>Quote held, relative to the start.</summary>
    public Int128 Cash;

    /// <summary>Realised PnL, average cost, before fees.</summary>
    public Int128 Realised;

    /// <summary>Unrealised PnL at mid.</summary>
    public Int128 Unrealised;

    /// <summary>Fees paid, positive.</summary>
    public Int128 Fees;

    /// <summary>Fall of equity from its peak, positive.</summary>
    public Int128 Drawdown;

    /// <inheritdoc/>
    public static EventType Type => EventType.Marked;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref Marked payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Price("bestBid", ref payload.BestBid);
        visit.Price("bestAsk", ref payload.BestAsk);
        visit.Quantity("position", ref payload.Position);
        visit.Money("cash", ref payload.Cash);
        visit.Money("realised", ref payload.Realised);
        visit.Money("unrealised", ref payload.Unrealised);
        visit.Money("fees", ref payload.Fees);
        visit.Money("drawdown", ref payload.Drawdown);
    }
}
