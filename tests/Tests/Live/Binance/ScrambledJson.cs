using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Tests.Live.Binance;

/// <summary>The same JSON value written in another way: fields in another order, white space, escapes, unknown fields.</summary>
internal sealed class ScrambledJson(int seed)
{
    private readonly Random random = new(seed);

    public string Rewrite(string json)
    {
        using var document = JsonDocument.Parse(json);
        var text = new StringBuilder();
        Write(document.RootElement, text, mayEscape: true);
        return text.ToString();
    }

    private void Write(JsonElement value, StringBuilder text, bool mayEscape)
    {
        Space(text);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = value.EnumerateObject().ToList();
                var order = Enumerable.Range(0, fields.Count).OrderBy(_ => random.Next()).ToList();
                text.Append('{');
                for (var i = 0; i < order.Count; i++)
                {
                    text.Append(i > 0 ? "," : "");
                    Space(text);
                    Text(fields[order[i]].Name, text);
                    Space(text);
                    text.Append(':');
                    Write(fields[order[i]].Value, text, mayEscape);
                }

                if (order.Count > 0 && random.Next(3) == 0)
                {
                    text.Append(",\"notKnown\":{\"e\":[1,2.5e3,null,\"}\"]}");
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    text.Append(first ? "" : ",");
                    Write(item, text, mayEscape);
                    first = false;
                }

                Space(text);
                text.Append(']');
                break;
            case JsonValueKind.String:
                Text(value.GetString()!, text);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }

        Space(text);
    }

    private void Text(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            text.Append(random.Next(200) == 0 ? $"\\u{(int)c:x4}" : c.ToString());
        }

        text.Append('"');
    }

    private void Space(StringBuilder text)
    {
        if (random.Next(4) == 0)
        {
            text.Append(" \t\r "[random.Next(4)]);
        }
    }
}
