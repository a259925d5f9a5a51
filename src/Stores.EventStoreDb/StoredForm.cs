using System.Buffers;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using EventStore.Client;
using ClientRecord = EventStore.Client.EventRecord;
using EventRecord = EventSourcedMM.Domain.Events.EventRecord;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>
/// An event as the server keeps it: our id, the type's name, the JSON of docs/events.md as data, and metadata with
/// $correlationId and $causationId, which the server's own projections follow. "more" marks an event whose batch goes on in a
/// later append, "append" names the append that an append's last event came with. One instance serves one thread.
/// </summary>
internal sealed class StoredForm
{
    /// <summary>Type of the event that seals a stream; its data is the manifest.</summary>
    public const string SealType = "streamSealed";

    private const string Json = "application/json";
    private readonly EventJson events = new();
    private readonly ArrayBufferWriter<byte> bytes = new();
    private readonly ByteBuffer record = new();

    /// <summary>An event of a batch.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="links">What it is tied to.</param>
    /// <param name="source">The canonical record.</param>
    /// <param name="more">True when its batch goes on in a later append.</param>
    /// <param name="append">On an append's last event: the append's name; null otherwise.</param>
    public EventData Write(StreamName stream, EventLinks links, ReadOnlySpan<byte> source, bool more, string? append)
    {
        var header = EventRecord.Read(source, out _);
        bytes.Clear();
        using (var json = new Utf8JsonWriter(bytes, EventJson.Style))
        {
            events.Write(json, source);
        }

        var data = bytes.WrittenSpan.ToArray();
        bytes.Clear();
        using (var json = new Utf8JsonWriter(bytes, EventJson.Style))
        {
            json.WriteStartObject();
            json.WriteString("$correlationId", links.CorrelationId);
            if (links.CausationId(header) is { } cause)
            {
                json.WriteString("$causationId", cause);
            }

            if (more)
            {
                json.WriteBoolean("more", true);
            }

            if (append is not null)
            {
                json.WriteString("append", append);
            }

            json.WriteEndObject();
        }

        return new EventData(Uuid.FromGuid(EventId.Of(stream, header.Sequence)), CodeNames<EventType>.Name((int)header.Type), data, bytes.WrittenSpan.ToArray(), Json);
    }

    /// <summary>What only we write: JSON under an id of its own.</summary>
    public static EventData Note(Guid id, string type, ReadOnlyMemory<byte> json) => new(Uuid.FromGuid(id), type, json, null, Json);

    /// <summary>Bytes that an event adds to an append, with room for what the server puts around it.</summary>
    public static int SizeOf(EventData data) => data.Data.Length + data.Metadata.Length + (2 * data.Type.Length) + 256;

    /// <summary>Sequence of a stored event: the server counts from 0.</summary>
    public static long SequenceOf(ClientRecord stored) => stored.EventNumber.ToInt64() + 1;

    /// <summary>The canonical record of a stored event; valid until the next call.</summary>
    /// <exception cref="StreamDamagedException">It is not an event of ours, or not the one that belongs there.</exception>
    public ReadOnlySpan<byte> Read(StreamName stream, ClientRecord stored)
    {
        var sequence = SequenceOf(stored);
        record.Clear();
        EventHeader header;
        try
        {
            header = events.Read(stored.Data, record);
        }
        catch (EventJsonException e)
        {
            throw new StreamDamagedException(stream, sequence, $"'{stored.EventType}': {e.Message}");
        }

        return header.Sequence == sequence ? record.Span : throw new StreamDamagedException(stream, sequence, $"its data says it is event {header.Sequence}.");
    }

    /// <summary>True when an event's batch goes on in a later append: the events from the batch's first to this one are seen when its end is there.</summary>
    public static bool HasMore(ClientRecord stored) => Field(stored, "more")?.ValueKind == JsonValueKind.True;

    /// <summary>The append that an event ended; null for none.</summary>
    public static string? AppendOf(ClientRecord stored) => Field(stored, "append") is { ValueKind: JsonValueKind.String } name ? name.GetString() : null;

    private static JsonElement? Field(ClientRecord stored, string name)
    {
        // The two fields stand in few events: most need no parsing.
        if (stored.Metadata.Length == 0 || stored.Metadata.Span.IndexOf(name == "more" ? "\"more\""u8 : "\"append\""u8) < 0)
        {
            return null;
        }

        using var document = JsonDocument.Parse(stored.Metadata);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) ? value.Clone() : null;
    }
}
