using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The portfolio of a live run ends: its totals, and the hash of its state.</summary>
public struct PortfolioEnded : IPayload<PortfolioEnded>
{
    /// <summary>Why.</summary>
    public string Reason;

    /// <summary>Facts that it was told.</summary>
    public long Facts;

    /// <summary>Verdicts.</summary>
    public long Verdicts;

    /// <summary>UTC day (days since the epoch) of its last fact.</summary>
    public long Day;

    /// <summary>PnL of that day over all symbols, without that of earlier runs.</summary>
    public Int128 DayPnl;

    /// <summary>UTC day whose loss reached day_loss last; 0 for none.</summary>
    public long LossDay;

    /// <summary>SHA-256 over the portfolio's state.</summary>
    public Digest State;

    /// <summary>An empty payload; text fields are never null.</summary>
    public PortfolioEnded()
    {
        Reason = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.PortfolioEnded;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref PortfolioEnded payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("reason", ref payload.Reason);
        visit.Count("facts", ref payload.Facts);
        visit.Count("verdicts", ref payload.Verdicts);
        visit.Count("day", ref payload.Day);
        visit.Money("dayPnl", ref payload.DayPnl);
        visit.Count("lossDay", ref payload.LossDay);
        visit.Digest("state", ref payload.State);
    }
}
