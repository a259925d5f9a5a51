namespace EventSourcedMM.Stores;

/// <summary>A store's acknowledgement of a batch.</summary>
/// <param name="Version">The stream's last sequence after the append.</param>
/// <param name="Durability">The promise this acknowledgement carries; at least what was asked for.</param>
/// <param name="DurableVersion">Last sequence known to be on disk when the acknowledgement was given.</param>
/// <param name="AlreadyStored">True when every event of the batch was there before with the same bytes: nothing was written.</param>
public readonly record struct AppendResult(long Version, Durability Durability, long DurableVersion, bool AlreadyStored);
