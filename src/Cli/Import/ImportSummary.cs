using System.Globalization;
using System.Text;
using EventSourcedMM.Live.Import;

namespace EventSourcedMM.Cli.Import;

/// <summary>The report of <c>mm import</c> for people.</summary>
public static class ImportSummary
{
    /// <summary>Writes it.</summary>
    public static string Write(ImportReport report, string store)
    {
        var text = new StringBuilder();
        text.AppendLine($"{report.Symbol}  {report.FirstTime} to {report.LastTime}");
        Row(text, "lines", $"{N(report.Lines)}: {Kinds(report)}");
        Row(text, "book", $"{report.BookState} at update {report.LastUpdateId.ToString(CultureInfo.InvariantCulture)}, {N(report.DiffsApplied)} diffs applied, {Count(report.Gaps, "gap", "gaps")}, {ImportJson.Seconds(report.UntrustedNanoseconds)} s untrusted");
        if (report.BboChecked > 0)
        {
            Row(text, "check", $"the rebuilt book agrees with {N(report.BboMatched)} of {N(report.BboChecked)} best quotes");
        }

        if (report.ClockOffsetSmallest is { } smallest && report.ClockOffsetLargest is { } largest)
        {
            var median = report.ClockOffsetMedian is { } middle ? $"median {Milliseconds(middle)}, " : "";
            Row(text, "clock", $"local minus venue stamp: {median}{Milliseconds(smallest)} to {Milliseconds(largest)}");
        }

        if (report.ContinuedFrom.Length > 0)
        {
            Row(text, "follows", report.ContinuedFrom);
        }

        Row(text, report.AlreadyStored ? "was in" : "stored", store);
        foreach (var stream in report.Streams)
        {
            Row(text, "", stream);
        }

        foreach (var warning in report.Warnings)
        {
            text.AppendLine($"warning: {warning}");
        }

        text.Append(report.AlreadyStored ? "already stored: nothing was changed" : $"recording {report.Recording}");
        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, string value) => text.Append(name.PadRight(8)).AppendLine(value);

    private static string Kinds(ImportReport report)
    {
        var kinds = new List<string> { Count(report.DepthDiffs, "diff", "diffs"), Count(report.Trades, "trade", "trades"), Count(report.BookTickers, "best quote", "best quotes"), Count(report.Snapshots, "snapshot", "snapshots") };
        foreach (var (count, one, many) in ((long, string, string)[])
        [
            (report.AggregateTrades, "aggregate trade", "aggregate trades"), (report.PartialBooks, "partial book", "partial books"),
            (report.Unknown, "unknown message", "unknown messages"), (report.Malformed, "malformed", "malformed"),
            (report.OtherSymbols, "of other symbols", "of other symbols"),
        ])
        {
            if (count > 0)
            {
                kinds.Add(Count(count, one, many));
            }
        }

        return string.Join(", ", kinds);
    }

    private static string Count(long count, string one, string many) => $"{N(count)} {(count == 1 ? one : many)}";

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Milliseconds(long nanoseconds) => (nanoseconds / 1_000_000.0).ToString("0.###", CultureInfo.InvariantCulture) + " ms";
}
