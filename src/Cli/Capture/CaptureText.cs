using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Cli.Capture;

/// <summary>A capture for people: the line while it runs, the summary at its end.</summary>
public static class CaptureText
{
    private const int ShownHoles = 20;
    private const int ShownIncidents = 20;

    /// <summary>The line while it runs.</summary>
    /// <param name="status">Now.</param>
    /// <param name="rate">Messages a second since the line before, by the machine's clock.</param>
    /// <param name="forwarding">How far the server is behind; null without one.</param>
    public static string Line(CaptureStatus status, double rate, ForwardingStatus? forwarding = null)
    {
        var synced = status.Symbols.Count(s => s.Book == BookState.Synced);
        var text = new StringBuilder(Moments.Text(status.Time)[..19]).Append('Z');
        text.Append(CultureInfo.InvariantCulture, $"  {rate:N0}/s");
        text.Append("  latency ").Append(Triple(status.Delay));
        text.Append("  offset ").Append(Triple(status.ClockOffset));
        text.Append(CultureInfo.InvariantCulture, $"  {Count(status.Holes, "hole")}  book ");
        text.Append(status.Symbols.Count == 1 ? status.Symbols[0].Book.ToString() : string.Create(CultureInfo.InvariantCulture, $"{synced} of {status.Symbols.Count} Synced"));
        if (status.Up < status.Wanted)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {status.Wanted - status.Up} of {status.Wanted} connections down");
        }

        if (forwarding is not null)
        {
            text.Append("  ").Append(forwarding.Text());
        }

        return status.DiskFree is { } free ? text.Append("  disk ").Append(Bytes(free)).Append(" free").ToString() : text.ToString();
    }

    /// <summary>Something that happened.</summary>
    public static string Incident(CaptureIncident incident) => $"{Moments.Text(incident.Time)} {incident.Text}";

    /// <summary>The summary.</summary>
    public static string Summary(CaptureReport report, string store)
    {
        var text = new StringBuilder();
        text.AppendLine($"{Moments.Text(report.Started)} to {Moments.Text(report.Ended)}: {report.Reason}");
        Row(text, "messages", $"{N(report.Messages)}, {Bytes(report.Bytes)}; {N(report.Duplicates)} that an overlapping connection had delivered before were left out");
        Row(text, "connected", $"{Times(report.Connections)}; {N(report.Renewals)} renewed without a hole, {N(report.Losses)} lost, {Count(report.FailedConnections, "attempt")} failed, {Count(report.Shutdowns, "shutdown")} announced, {Count(report.Pings, "ping")} answered");
        Row(text, "snapshots", $"{N(report.Snapshots)}; {N(report.StaleSnapshots)} older than the diffs, {N(report.FailedSnapshots)} failed; {Count(report.Refusals, "answer")} 429 or 418, {Count(report.Waits, "wait")} for the weight limit");
        Row(text, "latency", $"{Triple(report.Delays.Triple)} (50, 90, 99 %, corrected by the clock's offset)");
        Row(text, "offset", $"{Triple(report.ClockOffsets.Triple)} (our clock minus the venue's)");
        foreach (var symbol in report.Symbols)
        {
            text.AppendLine();
            Append(text, symbol);
        }

        foreach (var day in report.Damaged)
        {
            text.AppendLine().AppendLine($"NOT SEALED  {day} is damaged: mm store verify {day} --store {store}");
        }

        Holes(text, report);
        if (report.IncidentCount > 0)
        {
            text.AppendLine().AppendLine("events");
            foreach (var incident in report.Incidents.Take(ShownIncidents))
            {
                text.Append("  ").AppendLine(Incident(incident));
            }

            More(text, report.IncidentCount - Math.Min(ShownIncidents, report.Incidents.Count), "mm events STREAM --type connectionChanged,bookStateChanged,requestThrottled,venueMessage lists all");
        }

        return text.AppendLine().Append("stored in ").Append(store).ToString();
    }

    /// <summary>A percentile triple in milliseconds.</summary>
    public static string Triple((long Half, long Ninety, long NinetyNine)? delay) => delay is { } d
        ? string.Create(CultureInfo.InvariantCulture, $"{d.Half / 1e6:0.##}/{d.Ninety / 1e6:0.##}/{d.NinetyNine / 1e6:0.##} ms")
        : "-";

    private static void Append(StringBuilder text, SymbolReport symbol)
    {
        var counts = symbol.Counts;
        text.AppendLine($"{symbol.Symbol}  recording {symbol.Recording}{(symbol.ContinuedFrom.Length > 0 ? ", goes on from " + symbol.ContinuedFrom : "")}");
        Row(text, "recorded", $"{Count(counts.DepthDiffs, "diff")}, {Count(counts.Trades, "trade")}, {Count(counts.BookTickers, "best quote")}, {Count(counts.PartialBooks, "partial book")}, {Count(counts.AggregateTrades, "aggregate trade")}, {Count(counts.Snapshots, "snapshot")}, {counts.Unknown} unknown, {counts.Malformed} malformed");
        Row(text, "book", $"{symbol.Book} at update {symbol.LastUpdateId.ToString(CultureInfo.InvariantCulture)}, {Count(symbol.Gaps, "gap")} in the diffs, {Count(symbol.MissingTrades, "trade")} missing");
        if (symbol.QuotesChecked > 0)
        {
            Row(text, "check", $"the book agrees with {N(symbol.QuotesMatched)} of {N(symbol.QuotesChecked)} best quotes");
        }

        foreach (var stream in symbol.Streams)
        {
            Row(text, "stored", stream);
        }
    }

    private static void Holes(StringBuilder text, CaptureReport report)
    {
        if (report.HoleCount == 0)
        {
            return;
        }

        text.AppendLine().AppendLine("holes");
        foreach (var hole in report.Holes.Take(ShownHoles))
        {
            var until = hole.Until == 0 ? "open" : string.Create(CultureInfo.InvariantCulture, $"{(hole.Until - hole.From) / 1e9:0.0} s");
            text.AppendLine(CultureInfo.InvariantCulture, $"  {Moments.Text(hole.From)}  {hole.Symbol}  {until}  {(hole.IsOfTrades ? "trades" : "updates")} {(hole.FirstMissing == 0 ? "?" : hole.FirstMissing)} to {(hole.LastMissing == 0 ? "?" : hole.LastMissing)}  {hole.Why}");
        }

        More(text, report.HoleCount - Math.Min(ShownHoles, report.Holes.Count), "--json lists them");
    }

    private static void More(StringBuilder text, long left, string how)
    {
        if (left > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  … and {left} more; {how}");
        }
    }

    private static void Row(StringBuilder text, string name, string value) => text.Append(name.PadRight(11)).AppendLine(value);

    private static string Times(long count) => count == 1 ? "once" : N(count) + " times";

    private static string Count(long count, string one) => $"{N(count)} {one}{(count == 1 ? "" : "s")}";

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };
}
