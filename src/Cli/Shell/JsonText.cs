using System.Text;
using System.Text.Json;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Cli.Shell;

/// <summary>One JSON object as text.</summary>
public static class JsonText
{
    /// <summary>Writes an object whose members a body writes.</summary>
    public static string Object(Action<Utf8JsonWriter> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, EventJson.Style))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }
}
