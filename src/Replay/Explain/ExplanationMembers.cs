using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Replay.Explain;

/// <summary>An explanation for tools and for the viewer: the members of one JSON object (docs/cli.md).</summary>
public static class ExplanationMembers
{
    /// <summary>Writes the members.</summary>
    public static void Write(Utf8JsonWriter json, Explanation explanation)
    {
        json.WriteString("run", explanation.Run.Parts[1]);
        json.WriteNumber("sequence", explanation.Sequence);
        json.WriteString("type", Words.Code(explanation.Type));
        json.WriteString("time", Words.Time(explanation.Time));
        json.WriteString("headline", explanation.Headline);
        json.WriteBoolean("reproduced", explanation.Reproduced);
        json.WriteStartArray("chain");
        var (lines, record) = (new EventJson(), new ByteBuffer());
        foreach (var link in explanation.Chain)
        {
            json.WriteStartObject();
            json.WriteString("stream", link.Stream.Value);
            json.WriteString("text", link.Text);
            json.WritePropertyName("event");
            record.Clear();
            EventRecord.Write(record, link.Event.Header, link.Event.Payload);
            json.WriteRawValue(lines.ToText(record.Span));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("sections");
        foreach (var section in explanation.Sections)
        {
            json.WriteStartObject();
            json.WriteString("name", section.Name);
            json.WriteString("title", section.Title);
            json.WriteStartArray("terms");
            foreach (var term in section.Terms)
            {
                Write(json, term);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ExplainedTerm term)
    {
        json.WriteStartObject();
        json.WriteString("name", term.Name);
        json.WriteString("label", term.Label);
        json.WriteString("value", term.Value);
        json.WriteString("unit", term.Unit);
        json.WriteString("how", term.How);
        json.WriteString("logged", term.Logged);
        if (term.Equal is { } equal)
        {
            json.WriteBoolean("equal", equal);
        }
        else
        {
            json.WriteNull("equal");
        }

        json.WriteEndObject();
    }
}
