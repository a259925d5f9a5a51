namespace EventSourcedMM.Stores.Marten;

/// <summary>The manifest of a sealed stream, as a document.</summary>
public sealed class SealedStream
{
    /// <summary>Name of the stream.</summary>
    public string Id { get; set; } = "";

    /// <summary>The manifest's JSON text, byte for byte: its last field is a digest of it.</summary>
    public string Manifest { get; set; } = "";
}
