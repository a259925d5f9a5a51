namespace EventSourcedMM.Projections.Venue;

/// <summary>
/// Which events of a recording are the prints that fill us (docs/model.md §10). An aggregate trade is the trades of one
/// taker order at one price in one: a recording that has both tells the same prints twice, so only one kind counts.
/// </summary>
public enum PrintSource
{
    /// <summary>Trades; aggregate trades only move the clock.</summary>
    Trades = 0,

    /// <summary>Aggregate trades, in a recording without any trade.</summary>
    AggregateTrades = 1,

    /// <summary>The recording has neither: only quotes that cross ours fill us.</summary>
    None = 2,
}
