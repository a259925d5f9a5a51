using System.Text;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Explain;

namespace EventSourcedMM.Cli.Audit;

/// <summary>An explanation for people.</summary>
public static class ExplanationText
{
    private const int ValueWidth = 44;

    /// <summary>Writes it.</summary>
    public static string Write(Explanation explanation)
    {
        var text = new StringBuilder();
        text.AppendLine($"event {explanation.Sequence} of {explanation.Run.Parts[1]} at {Moments.Text(explanation.Time)}");
        text.AppendLine(explanation.Headline);
        text.AppendLine();
        text.AppendLine("Because of");
        foreach (var link in explanation.Chain)
        {
            var stream = link.Stream == explanation.Run ? "run" : link.Stream.Value;
            text.AppendLine($"  {Moments.Text(link.Event.Header.ReceiveTime)}  {link.Text}  ({stream} {link.Event.Header.Sequence})");
        }

        foreach (var section in explanation.Sections)
        {
            text.AppendLine();
            text.AppendLine(section.Title);
            var labels = section.Terms.Max(t => t.Label.Length) + 2;
            foreach (var term in section.Terms)
            {
                var value = term.Unit.Length == 0 ? term.Value : $"{term.Value} {term.Unit}";
                var mark = term.Equal switch { true => "=", false => "≠", null => " " };
                text.AppendLine($"  {mark} {term.Label.PadRight(labels)}{(term.How.Length > 0 ? value.PadRight(ValueWidth) + "  " + term.How : value)}".TrimEnd());
                if (term.Equal == false)
                {
                    text.AppendLine($"    {"LOGGED".PadRight(labels)}{term.Logged}");
                }
            }
        }

        text.AppendLine();
        var compared = explanation.Sections.Sum(s => s.Terms.Count(t => t.Equal is not null));
        text.Append(explanation.Reproduced
            ? compared > 0 ? $"= computed again and equal to what is logged, digit for digit: {compared} values" : "nothing to compute: the event says all there is"
            : $"ERROR: this does not reproduce what is logged: {string.Join(", ", explanation.Mismatches.Select(m => m.Label))}. The log, the recording or this program is not what it was; mm verify says more.");
        return text.ToString();
    }

    /// <summary>The stretches in which not both sides were quoted.</summary>
    public static string Write(IReadOnlyList<QuotingStretch> stretches, string run)
    {
        if (stretches.Count == 0)
        {
            return $"{run} wanted to quote both sides from its first decision to its end.";
        }

        var text = new StringBuilder();
        text.AppendLine($"{"event",10}  {"from",-26}{"seconds",12}  not quoted");
        foreach (var (first, last) in Groups(stretches))
        {
            text.AppendLine(FormattableString.Invariant($"{first.Sequence,10}  {Moments.Text(first.Time),-26}{(last.Until - first.Time) / 1e9,12:0.000}  {What(first)}"));
        }

        return text.Append($"mm explain {run} --seq N explains each; a side that was wanted may still have rested later or been cut by requests in flight.").ToString();
    }

    /// <summary>Stretches of the same kind that follow one another, as one.</summary>
    public static IEnumerable<(QuotingStretch First, QuotingStretch Last)> Groups(IReadOnlyList<QuotingStretch> stretches)
    {
        for (var i = 0; i < stretches.Count;)
        {
            var j = i;
            while (j + 1 < stretches.Count && stretches[j].Until == stretches[j + 1].Time && stretches[j].SameKind(stretches[j + 1]))
            {
                j++;
            }

            yield return (stretches[i], stretches[j]);
            i = j + 1;
        }
    }

    private static string What(QuotingStretch s) => s.Stop != Domain.Quoting.StopReason.None
        ? $"both: {Codes.Name(s.Stop)}{(s.Portfolio != Domain.Risk.PortfolioReason.None ? $" ({Codes.Name(s.Portfolio)})" : "")}"
        : string.Join(", ", new[] { s.HasBid ? null : $"bid: {Codes.Name(s.Bid)}", s.HasAsk ? null : $"ask: {Codes.Name(s.Ask)}" }.OfType<string>());
}
