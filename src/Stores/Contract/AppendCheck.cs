namespace EventSourcedMM.Stores;

/// <summary>What every store checks before it looks at the stream.</summary>
public static class AppendCheck
{
    /// <summary>The batch holds events and starts behind the expected version.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void Arguments(long expectedVersion, EventBatch batch)
    {
        if (batch.Count == 0)
        {
            throw new ArgumentException("The batch is empty.", nameof(batch));
        }

        if (batch.FirstSequence != expectedVersion + 1)
        {
            throw new ArgumentException($"The batch starts with event {batch.FirstSequence}, behind version {expectedVersion} comes event {expectedVersion + 1}.", nameof(batch));
        }
    }
}
