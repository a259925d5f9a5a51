using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>
/// Parameters of one request, in the order they were added, and what is signed of them (rest-api.md and web-socket-api.md,
/// "SIGNED request"): REST signs the percent-encoded query, the WebSocket API the sorted parameters as they are.
/// </summary>
internal sealed class RequestParameters
{
    private readonly List<(string Name, string Value, bool IsLiteral)> list = [];

    /// <summary>Number of parameters.</summary>
    public int Count => list.Count;

    /// <summary>Adds a text.</summary>
    public RequestParameters Add(string name, string value)
    {
        list.Add((name, value, false));
        return this;
    }

    /// <summary>Adds a whole number.</summary>
    public RequestParameters Add(string name, long value)
    {
        list.Add((name, value.ToString(CultureInfo.InvariantCulture), true));
        return this;
    }

    /// <summary>The value of a parameter; null when it is not there.</summary>
    public string? Find(string name)
    {
        foreach (var (known, value, _) in list)
        {
            if (known == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Adds true or false: a BOOLEAN of the venue's documentation, which is no text over the WebSocket API.</summary>
    public RequestParameters Add(string name, bool value)
    {
        list.Add((name, value ? "true" : "false", true));
        return this;
    }

    /// <summary>A copy, to which more can be added.</summary>
    public RequestParameters Copy()
    {
        var copy = new RequestParameters();
        copy.list.AddRange(list);
        return copy;
    }

    /// <summary>The query, percent-encoded, without signature.</summary>
    public string Query() => string.Join('&', list.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));

    /// <summary>The query with its signature.</summary>
    public string SignedQuery(IRequestSigner signer)
    {
        var query = Query();
        return $"{query}&signature={Uri.EscapeDataString(signer.Sign(Encoding.UTF8.GetBytes(query)))}";
    }

    /// <summary>What a request of the WebSocket API signs.</summary>
    public string SortedPayload() => string.Join('&', list.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value}"));

    /// <summary>A request of the WebSocket API, signed.</summary>
    public string SignedRequest(string id, string method, IRequestSigner signer)
    {
        var signature = signer.Sign(Encoding.UTF8.GetBytes(SortedPayload()));
        return Request(id, method, writer => writer.WriteString("signature", signature));
    }

    /// <summary>A request of the WebSocket API that needs no signature.</summary>
    public string PlainRequest(string id, string method) => Request(id, method, _ => { });

    private string Request(string id, string method, Action<Utf8JsonWriter> more)
    {
        using var stream = new MemoryStream(512);
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("method", method);
            writer.WriteStartObject("params");
            foreach (var (name, value, isLiteral) in list)
            {
                if (isLiteral)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRawValue(value);
                }
                else
                {
                    writer.WriteString(name, value);
                }
            }

            more(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
