using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Stores.Marten.ReadModels;

/// <summary>A run's PnL, folded from its fills and marks. Amounts in money units, relative to the run's start.</summary>
public sealed class RunPnl
{
    /// <summary>Name of the run's stream.</summary>
    public string Id { get; set; } = "";

    /// <summary>Name of the run; empty before its first event.</summary>
    public string Run { get; set; } = "";

    /// <summary>Symbol; empty before the run's first event.</summary>
    public string Symbol { get; set; } = "";

    /// <summary>The accounts after the last fill.</summary>
    public LedgerState Ledger { get; set; }

    /// <summary>Best bid plus best ask at the last mark with a usable book, in price units; 0 before the first.</summary>
    public long MidTwice { get; set; }

    /// <summary>Unrealised PnL at that mid.</summary>
    public Int128 Unrealised { get; set; }

    /// <summary>Realised + unrealised − fees at the last mark.</summary>
    public Int128 Total { get; set; }

    /// <summary>Largest fall of equity from its peak that a mark stated, positive.</summary>
    public Int128 MaxDrawdown { get; set; }

    /// <summary>PnL of each UTC day, in order.</summary>
    public List<DayPnl> Days { get; set; } = [];

    /// <summary>Sequence of the last event that was folded.</summary>
    public long Sequence { get; set; }
}

/// <summary>PnL of one UTC day of receive stamps, from mark to mark.</summary>
public sealed class DayPnl
{
    /// <summary>The day, yyyy-MM-dd.</summary>
    public string Day { get; set; } = "";

    /// <summary>The run's total at the day's start.</summary>
    public Int128 Start { get; set; }

    /// <summary>What the day brought so far.</summary>
    public Int128 Pnl { get; set; }

    /// <summary>Fills of the day.</summary>
    public long Fills { get; set; }
}
