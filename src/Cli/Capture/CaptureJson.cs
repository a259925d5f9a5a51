using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Cli.Capture;

/// <summary>The lines of <c>mm capture --json</c>: one object each; docs/cli.md documents the fields.</summary>
public static class CaptureJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How it stands.</summary>
    public static string Status(CaptureStatus status, double rate, ForwardingStatus? forwarding = null) => Write("status", json =>
    {
        json.WriteString("time", Moments.Text(status.Time));
        json.WriteNumber("messages", status.Messages);
        json.WriteNumber("bytes", status.Bytes);
        json.WriteNumber("messagesPerSecond", Math.Round(rate, 1));
        json.WriteNumber("connectionsUp", status.Up);
        json.WriteNumber("connections", status.Wanted);
        Percentiles(json, "latencyMilliseconds", status.Delay);
        Percentiles(json, "clockOffsetMilliseconds", status.ClockOffset);
        json.WriteNumber("holes", status.Holes);
        if (status.DiskFree is { } free)
        {
            json.WriteNumber("diskFree", free);
        }
        else
        {
            json.WriteNull("diskFree");
        }

        json.WriteStartArray("symbols");
        foreach (var symbol in status.Symbols)
        {
            json.WriteStartObject();
            json.WriteString("symbol", symbol.Symbol);
            json.WriteString("stream", symbol.Stream);
            json.WriteNumber("recorded", symbol.Recorded);
            json.WriteNumber("durable", symbol.Durable);
            json.WriteString("book", symbol.Book.ToString());
            json.WriteNumber("lastUpdateId", symbol.LastUpdateId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        ForwardingStatus.Write(json, forwarding);
    });

    /// <summary>Something happened.</summary>
    public static string Incident(CaptureIncident incident) => Write("event", json =>
    {
        json.WriteString("time", Moments.Text(incident.Time));
        json.WriteString("text", incident.Text);
    });

    /// <summary>The end.</summary>
    public static string Ended(CaptureReport report, string store, ForwardingStatus? forwarding = null) => Write("ended", json =>
    {
        json.WriteString("reason", report.Reason);
        json.WriteString("started", Moments.Text(report.Started));
        json.WriteString("ended", Moments.Text(report.Ended));
        json.WriteNumber("messages", report.Messages);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("duplicates", report.Duplicates);
        json.WriteNumber("connections", report.Connections);
        json.WriteNumber("renewals", report.Renewals);
        json.WriteNumber("losses", report.Losses);
        json.WriteNumber("failedConnections", report.FailedConnections);
        json.WriteNumber("shutdowns", report.Shutdowns);
        json.WriteNumber("pings", report.Pings);
        json.WriteNumber("snapshots", report.Snapshots);
        json.WriteNumber("staleSnapshots", report.StaleSnapshots);
        json.WriteNumber("failedSnapshots", report.FailedSnapshots);
        json.WriteNumber("refusals", report.Refusals);
        json.WriteNumber("waits", report.Waits);
        json.WriteNumber("daysSealed", report.DaysSealed);
        json.WriteStartArray("damagedDays");
        foreach (var day in report.Damaged)
        {
            json.WriteStringValue(day);
        }

        json.WriteEndArray();
        Percentiles(json, "latencyMilliseconds", report.Delays.Triple);
        Percentiles(json, "clockOffsetMilliseconds", report.ClockOffsets.Triple);
        json.WriteNumber("holeCount", report.HoleCount);
        json.WriteStartArray("holes");
        foreach (var hole in report.Holes)
        {
            json.WriteStartObject();
            json.WriteString("symbol", hole.Symbol);
            json.WriteString("of", hole.IsOfTrades ? "trades" : "book");
            json.WriteString("from", Moments.Text(hole.From));
            json.WriteString("until", hole.Until == 0 ? null : Moments.Text(hole.Until));
            json.WriteNumber("firstMissing", hole.FirstMissing);
            json.WriteNumber("lastMissing", hole.LastMissing);
            json.WriteString("why", hole.Why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("symbols");
        foreach (var symbol in report.Symbols)
        {
            Symbol(json, symbol);
        }

        json.WriteEndArray();
        json.WriteString("store", store);
        ForwardingStatus.Write(json, forwarding);
    });

    private static void Symbol(Utf8JsonWriter json, SymbolReport symbol)
    {
        json.WriteStartObject();
        json.WriteString("symbol", symbol.Symbol);
        json.WriteString("recording", symbol.Recording);
        json.WriteString("continuedFrom", symbol.ContinuedFrom);
        json.WriteNumber("depthDiffs", symbol.Counts.DepthDiffs);
        json.WriteNumber("trades", symbol.Counts.Trades);
        json.WriteNumber("aggregateTrades", symbol.Counts.AggregateTrades);
        json.WriteNumber("bookTickers", symbol.Counts.BookTickers);
        json.WriteNumber("partialBooks", symbol.Counts.PartialBooks);
        json.WriteNumber("snapshots", symbol.Counts.Snapshots);
        json.WriteNumber("unknown", symbol.Counts.Unknown);
        json.WriteNumber("malformed", symbol.Counts.Malformed);
        json.WriteNumber("gaps", symbol.Gaps);
        json.WriteNumber("missingTrades", symbol.MissingTrades);
        json.WriteNumber("bboChecked", symbol.QuotesChecked);
        json.WriteNumber("bboMatched", symbol.QuotesMatched);
        json.WriteString("bookState", symbol.Book.ToString());
        json.WriteNumber("lastUpdateId", symbol.LastUpdateId);
        json.WriteStartArray("streams");
        foreach (var stream in symbol.Streams)
        {
            json.WriteStringValue(stream);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Percentiles(Utf8JsonWriter json, string name, (long Half, long Ninety, long NinetyNine)? delay)
    {
        if (delay is not { } d)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("p50", d.Half / 1e6);
        json.WriteNumber("p90", d.Ninety / 1e6);
        json.WriteNumber("p99", d.NinetyNine / 1e6);
        json.WriteEndObject();
    }

    private static string Write(string type, Action<Utf8JsonWriter> body)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            body(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
