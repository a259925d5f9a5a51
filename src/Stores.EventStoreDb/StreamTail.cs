namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>How a stream ends.</summary>
/// <param name="Version">Last sequence that readers see.</param>
/// <param name="Stored">Last sequence that is stored: higher than the version where a batch of several appends was cut off.</param>
/// <param name="Manifest">The manifest's JSON of a sealed stream; null while it grows.</param>
internal sealed record StreamTail(long Version, long Stored, ReadOnlyMemory<byte>? Manifest)
{
    /// <summary>A stream that is not there.</summary>
    public static readonly StreamTail None = new(0, 0, null);
}
