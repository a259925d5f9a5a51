using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Cli.Archive;

/// <summary>What <c>mm archive</c> prints; docs/cli.md documents the fields.</summary>
/// <param name="growing">Days that were left out because they still grow.</param>
public sealed class ArchiveReport(IReadOnlyList<StreamName> growing)
{
    private readonly List<(ArchivedStream Stream, bool JournalRemoved)> archived = [];

    /// <summary>Adds a stream.</summary>
    public void Add(ArchivedStream stream, bool journalRemoved) => archived.Add((stream, journalRemoved));

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var (stream, removed) in archived)
        {
            text.AppendLine($"{stream.Manifest.Stream}  {N(stream.Manifest.Events)} events, content hash {stream.Manifest.ContentHash.ToString()[..12]}");
            text.AppendLine($"  {stream.Path}{(stream.AlreadyThere ? " (archived before, the same)" : "")}{(removed ? ", journal removed" : "")}");
            foreach (var file in stream.Files)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {file.Name,-22}{N(file.Events),12} events{N(file.Rows),14} rows{N(file.Bytes),14} bytes");
            }
        }

        foreach (var stream in growing)
        {
            text.AppendLine($"{stream}  still grows and was left out");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>As one JSON object.</summary>
    public string ToJson()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("archived");
            foreach (var (stream, removed) in archived)
            {
                json.WriteStartObject();
                json.WriteString("stream", stream.Manifest.Stream.Value);
                json.WriteString("path", stream.Path);
                json.WriteNumber("events", stream.Manifest.Events);
                json.WriteString("contentHash", stream.Manifest.ContentHash.ToString());
                json.WriteNumber("bytes", stream.Files.Sum(f => f.Bytes));
                json.WriteBoolean("alreadyArchived", stream.AlreadyThere);
                json.WriteBoolean("journalRemoved", removed);
                json.WriteStartArray("files");
                foreach (var file in stream.Files)
                {
                    json.WriteStartObject();
                    json.WriteString("name", file.Name);
                    json.WriteNumber("events", file.Events);
                    json.WriteNumber("rows", file.Rows);
                    json.WriteNumber("bytes", file.Bytes);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("growing");
            foreach (var stream in growing)
            {
                json.WriteStringValue(stream.Value);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
