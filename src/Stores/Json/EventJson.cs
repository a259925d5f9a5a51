using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Stores.Json;

/// <summary>
/// Events as JSON and back, exactly: canonical record → JSON → the same canonical record. The envelope is
/// {sequence, type, version, venueTime, receiveTime, cause {stream, sequence}, payload {…}}; venueTime is null when the
/// venue gave none, cause when there is none. Every event is shown in the version it was first written in
/// (events-schema/&lt;type&gt;.v&lt;version&gt;.schema.json), so that its content hash can be made from the JSON alone.
/// One instance serves one thread.
/// </summary>
/// <param name="versions">Every version there may be.</param>
public sealed class EventJson(Upcasters versions)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private readonly LevelArena arena = new();
    private readonly ByteBuffer payloadBytes = new();

    /// <summary>Events of the versions this program reads.</summary>
    public EventJson()
        : this(Upcasters.BuiltIn)
    {
    }

    /// <summary>
    /// How events are written: one line, and no escapes but those JSON asks for, so that messages and configurations kept
    /// as text stay readable. The text is data: whoever puts it into HTML escapes it there.
    /// </summary>
    public static JsonWriterOptions Style { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a canonical record as one JSON object.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    /// <exception cref="UnknownEventException">The type or version is unknown.</exception>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> record)
    {
        var header = EventRecord.Read(record, out var payloadStart);
        Write(json, header, record[payloadStart..]);
    }

    /// <summary>Writes an event as one JSON object.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    /// <exception cref="UnknownEventException">The type or version is unknown.</exception>
    public void Write(Utf8JsonWriter json, in EventHeader header, ReadOnlySpan<byte> payload)
    {
        var format = versions.FormatOf(header);
        json.WriteStartObject();
        json.WriteNumber("sequence", header.Sequence);
        json.WriteString("type", format.Name);
        json.WriteNumber("version", header.Version);
        if (header.VenueTime == 0)
        {
            json.WriteNull("venueTime");
        }
        else
        {
            json.WriteNumber("venueTime", header.VenueTime);
        }

        json.WriteNumber("receiveTime", header.ReceiveTime);
        if (header.Cause == Cause.None)
        {
            json.WriteNull("cause");
        }
        else
        {
            json.WriteStartObject("cause");
            json.WriteNumber("stream", header.Cause.Stream);
            json.WriteNumber("sequence", header.Cause.Sequence);
            json.WriteEndObject();
        }

        json.WritePropertyName("payload");
        format.WriteJson(json, payload, arena);
        json.WriteEndObject();
    }

    /// <summary>Writes the payload of an event as one JSON object.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    /// <exception cref="UnknownEventException">The type or version is unknown.</exception>
    public void WritePayload(Utf8JsonWriter json, in EventHeader header, ReadOnlySpan<byte> payload) =>
        versions.FormatOf(header).WriteJson(json, payload, arena);

    /// <summary>A canonical record as one line of JSON, without the line break.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    /// <exception cref="UnknownEventException">The type or version is unknown.</exception>
    public string ToText(ReadOnlySpan<byte> record)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Style))
        {
            Write(json, record);
        }

        return System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Appends the canonical record of a JSON event.</summary>
    /// <param name="json">One JSON object in UTF-8.</param>
    /// <param name="record">Where the record goes; unchanged when it fails.</param>
    /// <returns>The event's envelope.</returns>
    /// <exception cref="EventJsonException">It is not an event; names the field.</exception>
    /// <exception cref="UnknownEventException">The version is unknown.</exception>
    public EventHeader Read(ReadOnlyMemory<byte> json, ByteBuffer record)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Strict);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new EventJsonException(e.Message);
        }

        using (document)
        {
            return Read(document.RootElement, record);
        }
    }

    /// <summary>Appends the canonical record of a JSON event.</summary>
    /// <inheritdoc cref="Read(ReadOnlyMemory{byte}, ByteBuffer)"/>
    public EventHeader Read(JsonElement json, ByteBuffer record)
    {
        try
        {
            var header = EventJsonEnvelope.Read(json, out var payload);
            payloadBytes.Clear();
            versions.FormatOf(header).ReadJson(payload, arena, payloadBytes);
            EventRecord.Write(record, header, payloadBytes.Span);
            return header;
        }
        catch (InvalidOperationException e)
        {
            throw NotText(e);
        }
    }

    /// <summary>Appends the canonical bytes of a payload's JSON.</summary>
    /// <exception cref="EventJsonException">It is not the payload that the header says; names the field.</exception>
    /// <exception cref="UnknownEventException">The version is unknown.</exception>
    public void ReadPayload(in EventHeader header, JsonElement payload, ByteBuffer canonical)
    {
        try
        {
            versions.FormatOf(header).ReadJson(payload, arena, canonical);
        }
        catch (InvalidOperationException e)
        {
            throw NotText(e);
        }
    }

    // The JSON reader says so of an escape that is half of a surrogate pair, in a name or in a value.
    private static EventJsonException NotText(InvalidOperationException e) => new(e.Message);
}
