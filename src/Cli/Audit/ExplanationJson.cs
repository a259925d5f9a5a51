using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Explain;

namespace EventSourcedMM.Cli.Audit;

/// <summary>An explanation for tools (docs/cli.md).</summary>
public static class ExplanationJson
{
    /// <summary>Writes it.</summary>
    public static string Write(Explanation explanation) => JsonText.Object(json =>
    {
        json.WriteString("run", explanation.Run.Parts[1]);
        json.WriteNumber("sequence", explanation.Sequence);
        json.WriteString("type", Codes.Name(explanation.Type));
        json.WriteString("time", Moments.Text(explanation.Time));
        json.WriteString("headline", explanation.Headline);
        json.WriteBoolean("reproduced", explanation.Reproduced);
        json.WriteStartArray("chain");
        var lines = new EventLines();
        foreach (var link in explanation.Chain)
        {
            json.WriteStartObject();
            json.WriteString("stream", link.Stream.Value);
            json.WriteString("text", link.Text);
            json.WritePropertyName("event");
            json.WriteRawValue(lines.Line(link.Event.Header, link.Event.Payload));
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
                WriteTerm(json, term);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>The stretches in which not both sides were quoted.</summary>
    public static string Write(IReadOnlyList<QuotingStretch> stretches, string run) => JsonText.Object(json =>
    {
        json.WriteString("run", run);
        json.WriteStartArray("stretches");
        foreach (var (first, last) in ExplanationText.Groups(stretches))
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", first.Sequence);
            json.WriteString("from", Moments.Text(first.Time));
            json.WriteString("until", Moments.Text(last.Until));
            json.WriteString("stop", Codes.Name(first.Stop));
            json.WriteBoolean("bid", first.HasBid);
            json.WriteBoolean("ask", first.HasAsk);
            json.WriteString("bidReason", Codes.Name(first.Bid));
            json.WriteString("askReason", Codes.Name(first.Ask));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteTerm(Utf8JsonWriter json, ExplainedTerm term)
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
