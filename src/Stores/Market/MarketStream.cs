using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Market;

/// <summary>A stored day of a recording.</summary>
/// <param name="Info">What the store knows of the stream.</param>
/// <param name="Manifest">Its manifest; null while it grows.</param>
public sealed record MarketStream(StreamInfo Info, StreamManifest? Manifest)
{
    /// <summary>The stream.</summary>
    public StreamName Name => Info.Stream;

    /// <summary>Symbol.</summary>
    public string Symbol => Name.Parts[1];

    /// <summary>UTC day, yyyy-MM-dd.</summary>
    public string Day => Name.Parts[2];

    /// <summary>Name of the recording.</summary>
    public string Recording => Name.Parts[3];
}
