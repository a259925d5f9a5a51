namespace EventSourcedMM.Stores.Copying;

/// <summary>
/// Which events travel together to a server. A batch's end follows from where it begins and from the events alone, by one rule
/// for everybody who carries: a store that shows a batch only when it is whole, and was left with the beginning of one, is then
/// completed by whoever comes next, since that batch reaches as far or, where more was appended meanwhile, farther.
/// </summary>
internal static class CarriedBatch
{
    /// <summary>Events at most.</summary>
    public const int MaxEvents = 4_096;

    /// <summary>Bytes of records at most, but for a single event that is larger.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>True when the next record has no place in the batch any more.</summary>
    public static bool IsFull(EventBatch batch, int nextRecord, int maxEvents = MaxEvents, int maxBytes = MaxBytes) =>
        batch.Count > 0 && (batch.Count >= maxEvents || batch.Bytes.Length + nextRecord > maxBytes);
}
