using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Import;

namespace EventSourcedMM.Cli.Import;

/// <summary>The JSON object of <c>mm import</c>; docs/cli.md documents the fields.</summary>
public static class ImportJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes it.</summary>
    public static string Write(ImportReport report, string store)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("symbol", report.Symbol);
            json.WriteString("recording", report.Recording);
            json.WriteBoolean("alreadyStored", report.AlreadyStored);
            json.WriteNumber("lines", report.Lines);
            json.WriteNumber("depthDiffs", report.DepthDiffs);
            json.WriteNumber("trades", report.Trades);
            json.WriteNumber("aggregateTrades", report.AggregateTrades);
            json.WriteNumber("bookTickers", report.BookTickers);
            json.WriteNumber("snapshots", report.Snapshots);
            json.WriteNumber("partialBooks", report.PartialBooks);
            json.WriteNumber("unknown", report.Unknown);
            json.WriteNumber("malformed", report.Malformed);
            json.WriteNumber("otherSymbols", report.OtherSymbols);
            json.WriteNumber("gaps", report.Gaps);
            json.WriteNumber("bboChecked", report.BboChecked);
            json.WriteNumber("bboMatched", report.BboMatched);
            json.WriteString("firstTime", report.FirstTime);
            json.WriteString("lastTime", report.LastTime);
            json.WriteNumber("backwards", report.Backwards);
            json.WriteString("furthestBackwardsSeconds", Seconds(report.FurthestBackwards));
            json.WriteString("untrustedSeconds", Seconds(report.UntrustedNanoseconds));
            WriteClock(json, report);
            json.WriteString("bookState", report.BookState);
            json.WriteNumber("lastUpdateId", report.LastUpdateId);
            json.WriteNumber("diffsApplied", report.DiffsApplied);
            json.WriteNumber("diffsIgnored", report.DiffsIgnored);
            json.WriteString("continuedFrom", report.ContinuedFrom);
            json.WriteString("store", store);
            WriteList(json, "streams", report.Streams);
            WriteList(json, "warnings", report.Warnings);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Nanoseconds as decimal seconds.</summary>
    public static string Seconds(long nanoseconds) => FixedPoint.Format(nanoseconds, 9);

    private static void WriteClock(Utf8JsonWriter json, ImportReport report)
    {
        json.WriteStartObject("clockOffset");
        foreach (var (name, value) in ((string, long?)[])[("smallest", report.ClockOffsetSmallest), ("median", report.ClockOffsetMedian), ("largest", report.ClockOffsetLargest)])
        {
            if (value is { } nanoseconds)
            {
                json.WriteString(name, Seconds(nanoseconds));
            }
            else
            {
                json.WriteNull(name);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }
}
