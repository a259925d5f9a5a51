using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>
/// What is published about a sealed stream: enough to check any copy of it. It says nothing about segments or compression,
/// so it stays the same when the stream is compacted or copied. Its JSON has one written key order and ends with a
/// digest of its own text, so that a changed manifest is noticed.
/// </summary>
public sealed record StreamManifest
{
    /// <summary>Version of the manifest's own layout.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Layout of this manifest.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The stream.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>Number of events, and so the last sequence.</summary>
    public required long Events { get; init; }

    /// <summary>Number of events of each type that occurs, in the order of the types' numbers.</summary>
    public required IReadOnlyList<KeyValuePair<EventType, long>> Counts { get; init; }

    /// <summary>Receive stamp of the first event in nanoseconds since the epoch; 0 without events.</summary>
    public required long FirstTime { get; init; }

    /// <summary>Receive stamp of the last event in nanoseconds since the epoch; 0 without events.</summary>
    public required long LastTime { get; init; }

    /// <summary>The content hash (<see cref="Stores.ContentHash"/>).</summary>
    public required Digest ContentHash { get; init; }

    /// <summary>Root of the list of block digests (<see cref="Stores.ContentHash.Root"/>).</summary>
    public required Digest BlockRoot { get; init; }

    /// <summary>Version of the engine that sealed the stream.</summary>
    public required string SealedBy { get; init; }

    /// <summary>What the writer wanted to say, in ordinal order of the keys.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Notes { get; init; } = [];

    /// <summary>A note's text; null when there is none of that name.</summary>
    public string? Note(string name)
    {
        foreach (var (key, value) in Notes)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The manifest as JSON with a final line break.</summary>
    public byte[] ToJson() => StreamManifestJson.Write(this);

    /// <summary>Reads a manifest.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="source">What the bytes are, for error messages.</param>
    /// <exception cref="InvalidDataException">Names the source, the field and what is wrong with it.</exception>
    public static StreamManifest Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            return StreamManifestJson.Read(json);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{source} is not a stream manifest: {Words(e)}", e);
        }
    }

    private static string Words(Exception e) => e switch
    {
        JsonException fault => Json.JsonFault.Of(fault) + ".",
        InvalidOperationException or KeyNotFoundException => "a member is missing, or of another kind.",
        _ => e.Message,
    };
}
