using System.Buffers;
using System.Text;
using System.Text.Json;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Streams;

/// <summary>A client's request on a stream connection: SUBSCRIBE and its kin (web-socket-streams.md, "Live Subscribing/Unsubscribing to streams").</summary>
/// <param name="Method">What is asked.</param>
/// <param name="Params">The parameters; empty when there are none.</param>
/// <param name="Id">The id as it is to be repeated, as JSON.</param>
internal sealed record ControlRequest(string Method, IReadOnlyList<JsonElement> Params, string Id)
{
    private const string Methods = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`";
    private const int LongestId = 36;

    /// <summary>Reads a request.</summary>
    /// <exception cref="ControlException">It is no request; has the venue's answer.</exception>
    public static ControlRequest Parse(ReadOnlyMemory<byte> message)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(message);
            root = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ControlException(3, $"Invalid JSON: expected value at line {e.LineNumber + 1} column {e.BytePositionInLine + 1}", "null");
        }

        var end = $"at line 1 column {message.Length}";
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ControlException(2, $"Invalid request: expected an object {end}", "null");
        }

        var id = ReadId(root);
        if (!root.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String)
        {
            throw new ControlException(2, $"Invalid request: missing field `method` {end}", id);
        }

        var name = method.GetString()!;
        if (name is not ("SUBSCRIBE" or "UNSUBSCRIBE" or "LIST_SUBSCRIPTIONS" or "SET_PROPERTY" or "GET_PROPERTY"))
        {
            throw new ControlException(2, $"Invalid request: unknown variant `{name}`, expected one of {Methods} {end}", id);
        }

        IReadOnlyList<JsonElement> parameters = [];
        if (root.TryGetProperty("params", out var list))
        {
            parameters = list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray()]
                : throw new ControlException(2, $"Invalid request: params must be a list {end}", id);
        }
        else if (name != "LIST_SUBSCRIPTIONS")
        {
            throw new ControlException(2, $"Invalid request: missing field `params` {end}", id);
        }

        return new ControlRequest(name, parameters, id);
    }

    /// <summary>The stream names of SUBSCRIBE and UNSUBSCRIBE.</summary>
    /// <exception cref="ControlException">A parameter is not a text.</exception>
    public IEnumerable<string> Streams() => Params.Select(p => p.ValueKind == JsonValueKind.String
        ? p.GetString()!
        : throw new ControlException(2, "Invalid request: stream name must be a string", Id));

    /// <summary>The property that GET_PROPERTY and SET_PROPERTY name; there is one, combined.</summary>
    /// <exception cref="ControlException">Another one, or none, is named.</exception>
    public void RequireCombined(int parameters)
    {
        if (Params.Count == 0 || Params[0].ValueKind != JsonValueKind.String)
        {
            throw new ControlException(2, "Invalid request: property name must be a string", Id);
        }

        if (Params.Count > parameters)
        {
            throw new ControlException(2, "Invalid request: too many parameters", Id);
        }

        if (Params[0].GetString() != "combined")
        {
            throw new ControlException(0, "Unknown property", Id);
        }
    }

    /// <summary>The value of SET_PROPERTY.</summary>
    /// <exception cref="ControlException">It is no truth value.</exception>
    public bool Value() => Params.Count == 2 && Params[1].ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Params[1].GetBoolean()
        : throw new ControlException(1, "Invalid value type: expected Boolean", Id);

    /// <summary>The answer with a result that is JSON.</summary>
    public string Answer(string result) => $"{{\"result\":{result},\"id\":{Id}}}";

    /// <summary>The answer with a list of names.</summary>
    public string Answer(IEnumerable<string> names) => Answer(JsonSerializer.Serialize(names));

    /// <summary>The answer to a request that failed.</summary>
    public static string Refusal(ControlException error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteNumber("code", error.Code);
            json.WriteString("msg", error.Message);
            json.WriteEndObject();
            json.WritePropertyName("id");
            json.WriteRawValue(error.Id);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string ReadId(JsonElement root)
    {
        var known = root.TryGetProperty("id", out var id) && id.ValueKind switch
        {
            JsonValueKind.Null => true,
            JsonValueKind.Number => id.TryGetInt64(out _),
            JsonValueKind.String => id.GetString() is { Length: > 0 and <= LongestId } text && text.All(char.IsAsciiLetterOrDigit),
            _ => false,
        };
        return known ? id.GetRawText() : throw new ControlException(2, "Invalid request: request ID must be an unsigned integer", "null");
    }
}

/// <summary>A request on a stream connection that the venue refuses.</summary>
internal sealed class ControlException(int code, string message, string id) : Exception(message)
{
    /// <summary>0 unknown property, 1 wrong type of value, 2 invalid request, 3 invalid JSON, 4 too many subscriptions.</summary>
    public int Code => code;

    /// <summary>The request's id as JSON.</summary>
    public string Id => id;
}
