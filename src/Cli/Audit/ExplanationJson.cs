using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Replay.Explain;

namespace EventSourcedMM.Cli.Audit;

/// <summary>An explanation for tools (docs/cli.md).</summary>
public static class ExplanationJson
{
    /// <summary>Writes it.</summary>
    public static string Write(Explanation explanation) => JsonText.Object(json => ExplanationMembers.Write(json, explanation));

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
            json.WriteString("portfolio", Codes.Name(first.Portfolio));
            json.WriteBoolean("bid", first.HasBid);
            json.WriteBoolean("ask", first.HasAsk);
            // Of a stop no side has a reason of its own.
            json.WriteString("bidReason", first.Stop == StopReason.None ? Codes.Name(first.Bid) : null);
            json.WriteString("askReason", first.Stop == StopReason.None ? Codes.Name(first.Ask) : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
