using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>
/// The manifest's JSON. The last field, "digest", is the SHA-256 of the text as it is with 64 zeros in its place.
/// </summary>
internal static class StreamManifestJson
{
    private static readonly JsonWriterOptions Style = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string NoDigest = new('0', 2 * Digest.Size);

    public static byte[] Write(StreamManifest manifest)
    {
        var unsigned = Write(manifest, NoDigest);
        return Write(manifest, Convert.ToHexStringLower(SHA256.HashData(unsigned)));
    }

    public static StreamManifest Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("it is not a JSON object.");
        }

        var format = (int)Number(root, "format");
        if (format != StreamManifest.CurrentFormat)
        {
            throw new InvalidDataException($"field format is {format}, this program reads {StreamManifest.CurrentFormat}.");
        }

        if (Number(root, "blockRecords") != ContentHash.BlockRecords)
        {
            throw new InvalidDataException($"field blockRecords is not {ContentHash.BlockRecords}.");
        }

        var manifest = new StreamManifest
        {
            Format = format,
            Stream = StreamName.Parse(Text(root, "stream")),
            Events = Number(root, "events"),
            Counts = Counts(root),
            FirstTime = Number(root, "firstTime"),
            LastTime = Number(root, "lastTime"),
            ContentHash = Digest.Parse(Text(root, "contentHash")),
            BlockRoot = Digest.Parse(Text(root, "blockRoot")),
            SealedBy = Text(root, "sealedBy"),
            Notes = Notes(root),
        };

        // The text must be what this program writes for these values: then nothing in it was changed, not even a space.
        if (!json.Span.SequenceEqual(Write(manifest)))
        {
            throw new InvalidDataException("its text does not match its digest: it was changed after it was written.");
        }

        return manifest;
    }

    private static byte[] Write(StreamManifest manifest, string digest)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Style))
        {
            json.WriteStartObject();
            json.WriteNumber("format", manifest.Format);
            json.WriteString("stream", manifest.Stream.Value);
            json.WriteNumber("events", manifest.Events);
            json.WriteStartObject("counts");
            foreach (var (type, count) in manifest.Counts)
            {
                json.WriteNumber(CodeNames<EventType>.Name((int)type), count);
            }

            json.WriteEndObject();
            json.WriteNumber("firstTime", manifest.FirstTime);
            json.WriteNumber("lastTime", manifest.LastTime);
            json.WriteString("contentHash", manifest.ContentHash.ToString());
            json.WriteNumber("blockRecords", ContentHash.BlockRecords);
            json.WriteString("blockRoot", manifest.BlockRoot.ToString());
            json.WriteString("sealedBy", manifest.SealedBy);
            json.WriteStartObject("notes");
            foreach (var (name, text) in manifest.Notes)
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
            json.WriteString("digest", digest);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static List<KeyValuePair<EventType, long>> Counts(JsonElement root)
    {
        var counts = new List<KeyValuePair<EventType, long>>();
        foreach (var property in Field(root, "counts", JsonValueKind.Object).EnumerateObject())
        {
            var number = CodeNames<EventType>.Number(property.Name);
            if (number < 0 || !property.Value.TryGetInt64(out var count))
            {
                throw new InvalidDataException($"field counts.{property.Name} is not a count of a known event type.");
            }

            counts.Add(new((EventType)number, count));
        }

        return counts;
    }

    private static List<KeyValuePair<string, string>> Notes(JsonElement root)
    {
        var notes = new List<KeyValuePair<string, string>>();
        foreach (var property in Field(root, "notes", JsonValueKind.Object).EnumerateObject())
        {
            notes.Add(new(property.Name, property.Value.GetString() ?? throw new InvalidDataException($"field notes.{property.Name} is null.")));
        }

        return notes;
    }

    private static long Number(JsonElement root, string name) => Field(root, name, JsonValueKind.Number).TryGetInt64(out var value)
        ? value
        : throw new InvalidDataException($"field {name} is not a 64-bit integer.");

    private static string Text(JsonElement root, string name) => Field(root, name, JsonValueKind.String).GetString()!;

    private static JsonElement Field(JsonElement root, string name, JsonValueKind kind)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            throw new InvalidDataException($"field {name} is missing.");
        }

        return value.ValueKind == kind
            ? value
            : throw new InvalidDataException($"field {name} is a {value.ValueKind}, expected a {kind}.");
    }
}
