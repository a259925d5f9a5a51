using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>What a store knows about a stream without reading it through.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Version">Last sequence; 0 when it has no events yet.</param>
/// <param name="FirstTime">Receive stamp of the first event in nanoseconds since the epoch; 0 without events.</param>
/// <param name="LastTime">Receive stamp of the last event in nanoseconds since the epoch; 0 without events.</param>
/// <param name="Sealed">True when nothing can be added any more.</param>
/// <param name="ContentHash">The content hash of a sealed stream; null while it grows.</param>
public sealed record StreamInfo(StreamName Stream, long Version, long FirstTime, long LastTime, bool Sealed, Digest? ContentHash);
