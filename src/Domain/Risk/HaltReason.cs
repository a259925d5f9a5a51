namespace EventSourcedMM.Domain.Risk;

/// <summary>Which risk limit stopped trading.</summary>
public enum HaltReason
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Day PnL fell to the stop-loss.</summary>
    StopLoss = 1,

    /// <summary>Equity fell too far from its peak.</summary>
    Drawdown = 2,

    /// <summary>The kill switch.</summary>
    KillSwitch = 3,
}
