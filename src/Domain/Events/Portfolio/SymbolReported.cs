using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Domain.Events;

/// <summary>How a symbol's engine stands at a point of its own stream, told to the portfolio: everything in it follows from that stream. Money is the symbol's.</summary>
public struct SymbolReported : IPayload<SymbolReported>
{
    /// <summary>Symbol.</summary>
    public string Symbol;

    /// <summary>Last event of the symbol's run before it was taken.</summary>
    public long Sequence;

    /// <summary>The last market event stepped before it was taken: number of the recording in the symbol's run, from 1.</summary>
    public long MarketStream;

    /// <summary>Sequence of that market event.</summary>
    public long MarketSequence;

    /// <summary>UTC day (days since the epoch) that the day's PnL is of.</summary>
    public long Day;

    /// <summary>PnL of that day so far.</summary>
    public Int128 DayPnl;

    /// <summary>Value of the inventory at mid, rounded away from zero; negative when short.</summary>
    public Int128 Inventory;

    /// <summary>Largest value that the inventory can have, either way, when open orders fill, requests in flight included.</summary>
    public Int128 Exposure;

    /// <summary>Quote spent since the run's start: bought less sold, commissions included.</summary>
    public Int128 Spent;

    /// <summary>Value of all open bids, requests in flight included.</summary>
    public Int128 Bids;

    /// <summary>The symbol's own limit that stopped it.</summary>
    public HaltReason Halted;

    /// <summary>Last verdict that it was told.</summary>
    public long Verdict;

    /// <summary>The account's quote as last reported to this symbol, not held by orders.</summary>
    public Int128 QuoteFree;

    /// <summary>The account's quote that orders hold, whoever's they are.</summary>
    public Int128 QuoteLocked;

    /// <summary>The venue's stamp of that report; 0 when there was none.</summary>
    public long BalanceTime;

    /// <summary>An empty payload; text fields are never null.</summary>
    public SymbolReported()
    {
        Symbol = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.SymbolReported;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref SymbolReported payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("symbol", ref payload.Symbol);
        visit.Id("sequence", ref payload.Sequence);
        visit.Id("marketStream", ref payload.MarketStream);
        visit.Id("marketSequence", ref payload.MarketSequence);
        visit.Count("day", ref payload.Day);
        visit.Money("dayPnl", ref payload.DayPnl);
        visit.Money("inventory", ref payload.Inventory);
        visit.Money("exposure", ref payload.Exposure);
        visit.Money("spent", ref payload.Spent);
        visit.Money("bids", ref payload.Bids);
        visit.Code("halted", ref payload.Halted);
        visit.Id("verdict", ref payload.Verdict);
        visit.Money("quoteFree", ref payload.QuoteFree);
        visit.Money("quoteLocked", ref payload.QuoteLocked);
        visit.Time("balanceTime", ref payload.BalanceTime);
    }
}
