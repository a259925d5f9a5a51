using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Stores.Marten.ReadModels;

/// <summary>What a run holds, folded from its fills. Quantities in quantity units, amounts in money units, relative to the run's start.</summary>
public sealed class RunInventory
{
    /// <summary>Name of the run's stream.</summary>
    public string Id { get; set; } = "";

    /// <summary>Name of the run; empty before its first event.</summary>
    public string Run { get; set; } = "";

    /// <summary>Symbol; empty before the run's first event.</summary>
    public string Symbol { get; set; } = "";

    /// <summary>Position, cash and cost after the last fill.</summary>
    public LedgerState Ledger { get; set; }

    /// <summary>Lowest position after any fill; 0 counts as the start.</summary>
    public long Lowest { get; set; }

    /// <summary>Highest position after any fill; 0 counts as the start.</summary>
    public long Highest { get; set; }

    /// <summary>Receive stamp of the last fill in nanoseconds since the epoch; 0 without fills.</summary>
    public long LastFillTime { get; set; }

    /// <summary>Sequence of the last event that was folded.</summary>
    public long Sequence { get; set; }
}
