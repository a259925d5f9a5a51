namespace EventSourcedMM.Domain.Risk;

/// <summary>What the portfolio allows a symbol to do.</summary>
public enum PortfolioMode
{
    /// <summary>Quote, within the limits of the verdict.</summary>
    Quote = 0,

    /// <summary>Quote only what makes the inventory smaller.</summary>
    NoNewRisk = 1,

    /// <summary>Quote nothing; what rests is cancelled.</summary>
    Halt = 2,
}

/// <summary>Why the portfolio allows a symbol no more than it does.</summary>
public enum PortfolioReason
{
    /// <summary>Nothing but the limits of the verdict.</summary>
    None = 0,

    /// <summary>day_loss: the loss of the UTC day over all symbols, earlier runs of the day included. Observed and limit in portfolio money. Until the next day.</summary>
    DayLoss = 1,

    /// <summary>max_halted: so many symbols are halted by limits of their own. Observed and limit in symbols.</summary>
    SymbolsHalted = 2,

    /// <summary>max_gross_inventory: the values of all inventories, added without sign. Observed and limit in portfolio money.</summary>
    GrossInventory = 3,

    /// <summary>budget_percent: the account's count of unfilled orders. Observed and limit in orders.</summary>
    OrderBudget = 4,

    /// <summary>budget_percent: the request weight of this address. Observed and limit in weight.</summary>
    RequestWeight = 5,
}
