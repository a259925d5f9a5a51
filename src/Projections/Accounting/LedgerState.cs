namespace EventSourcedMM.Projections.Accounting;

/// <summary>What a <see cref="Ledger"/> knows, as a value: quantities in quantity units, amounts in money units, all relative to the run's start.</summary>
/// <param name="Position">Base held.</param>
/// <param name="Cash">Quote held.</param>
/// <param name="Cost">What the position cost.</param>
/// <param name="Realised">Realised PnL before fees.</param>
/// <param name="Fees">Fees paid, positive.</param>
/// <param name="FeesElsewhere">The part of the fees that was paid in a third asset.</param>
/// <param name="OpenFees">Fees of the entries whose position is still open.</param>
/// <param name="Fills">Fills booked.</param>
public readonly record struct LedgerState(
    long Position,
    Int128 Cash,
    Int128 Cost,
    Int128 Realised,
    Int128 Fees,
    Int128 FeesElsewhere,
    Int128 OpenFees,
    long Fills);
