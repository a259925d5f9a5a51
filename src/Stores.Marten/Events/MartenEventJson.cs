using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Stores.Marten.Events;

/// <summary>
/// Writes and reads an event's document: the event's JSON. PostgreSQL's jsonb cannot hold the character U+0000; an event with
/// one in a text (a venue's message kept verbatim) has its canonical record in base64 in place of the payload, so that it is
/// kept all the same.
/// </summary>
internal sealed class MartenEventJson : JsonConverterFactory
{
    private const string RecordField = "record";

    [ThreadStatic]
    private static EventJson? events;

    [ThreadStatic]
    private static ByteBuffer? buffer;

    private static ReadOnlySpan<byte> EscapedNull => "\\u0000"u8;

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsSubclassOf(typeof(MartenEvent)) && !typeToConvert.IsAbstract;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private static void Write(Utf8JsonWriter writer, MartenEvent value)
    {
        events ??= new EventJson();
        var bytes = new ArrayBufferWriter<byte>(value.Record.Length * 3);
        using (var json = new Utf8JsonWriter(bytes, EventJson.Style))
        {
            events.Write(json, value.Record.Span);
        }

        if (bytes.WrittenSpan.IndexOf(EscapedNull) < 0)
        {
            writer.WriteRawValue(bytes.WrittenSpan, skipInputValidation: true);
            return;
        }

        var header = value.Header;
        writer.WriteStartObject();
        writer.WriteNumber("sequence", header.Sequence);
        writer.WriteString("type", CodeNames<EventType>.Name((int)header.Type));
        writer.WriteNumber("version", header.Version);
        writer.WriteNumber("receiveTime", header.ReceiveTime);
        writer.WriteBase64String(RecordField, value.Record.Span);
        writer.WriteEndObject();
    }

    private static void Read(ref Utf8JsonReader reader, MartenEvent value)
    {
        events ??= new EventJson();
        buffer ??= new ByteBuffer();
        buffer.Clear();
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(RecordField, out var record))
        {
            value.Load(record.ValueKind == JsonValueKind.String && record.TryGetBytesFromBase64(out var bytes) ? bytes : throw new EventJsonException($"field {RecordField} is no base64"));
            return;
        }

        events.Read(document.RootElement, buffer);
        value.Load(buffer.Span);
    }

    private sealed class Converter<TEvent> : JsonConverter<TEvent>
        where TEvent : MartenEvent, new()
    {
        public override TEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var value = new TEvent();
            MartenEventJson.Read(ref reader, value);
            return value;
        }

        public override void Write(Utf8JsonWriter writer, TEvent value, JsonSerializerOptions options) => MartenEventJson.Write(writer, value);
    }
}
