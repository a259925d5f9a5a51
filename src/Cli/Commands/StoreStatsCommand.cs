using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm store stats</c>: events, bytes, bytes an event by type, segments and durability of each stream.</summary>
public static class StoreStatsCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("stats", "Count stored streams: events, bytes, bytes an event by type, segments, durability.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var target = new JournalTarget();
        target.AddTo(command);
        command.Options.Add(json);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var root = target.Directory(parsed);
            var streams = target.Streams(parsed);
            var counted = new List<StreamStatistics>();
            foreach (var stream in streams)
            {
                terminal.Progress("stats", counted.Count, streams.Count);
                counted.Add(JournalStatistics.Of(root, stream));
            }

            terminal.EndProgress();
            terminal.Output.WriteLine(parsed.GetValue(json) ? Json(root, counted) : Text(root, counted));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Text(string root, List<StreamStatistics> counted)
    {
        if (counted.Count == 0)
        {
            return $"{root} holds no stream.";
        }

        var text = new StringBuilder();
        foreach (var s in counted)
        {
            text.Append(CultureInfo.InvariantCulture, $"{s.Stream}{(s.Damaged ? ", NOT WHOLE (mm store verify tells): what is whole" : "")}\n");
            text.Append(CultureInfo.InvariantCulture, $"  {s.Events:N0} events, {s.SegmentBytes:N0} bytes in {s.Segments} segments and {s.CompactedSegments} compacted, {Each(s.SegmentBytes, s.Events)} bytes an event on disk, {Each(s.RecordBytes, s.Events)} as records; {s.OtherBytes:N0} bytes beside\n");
            text.Append(CultureInfo.InvariantCulture, $"  {s.Batches:N0} batches, {Each(s.Events, s.Batches)} events each; {Durability(s)}{(s.Snapshots > 0 ? $"; {s.Snapshots} snapshots" : "")}\n");
            foreach (var type in s.Types)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {CodeNames<EventType>.Name((int)type.Type),-22}{type.Events,12:N0}{type.RecordBytes,15:N0} bytes{Each(type.RecordBytes, type.Events),10} an event\n");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"{counted.Count} streams, {counted.Sum(s => s.Events):N0} events, {counted.Sum(s => s.SegmentBytes + s.OtherBytes):N0} bytes");
        return text.ToString();
    }

    private static string Durability(StreamStatistics s) =>
        s.Sealed ? "sealed, all on disk"
        : s.DurableVersion >= s.Events ? "open, all on disk"
        : string.Create(CultureInfo.InvariantCulture, $"open, on disk up to event {s.DurableVersion:N0}, {s.Events - s.DurableVersion:N0} held by the operating system");

    private static string Each(long amount, long count) => count == 0 ? "0" : ((double)amount / count).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Json(string root, List<StreamStatistics> counted)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("store", root);
            json.WriteStartArray("streams");
            counted.ForEach(s => Write(json, s));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static void Write(Utf8JsonWriter json, StreamStatistics s)
    {
        json.WriteStartObject();
        json.WriteString("stream", s.Stream.Value);
        json.WriteNumber("events", s.Events);
        json.WriteString("firstTime", s.Events > 0 ? Moments.Text(s.FirstTime) : null);
        json.WriteString("lastTime", s.Events > 0 ? Moments.Text(s.LastTime) : null);
        json.WriteNumber("recordBytes", s.RecordBytes);
        json.WriteNumber("segmentBytes", s.SegmentBytes);
        json.WriteNumber("otherBytes", s.OtherBytes);
        json.WriteNumber("segments", s.Segments);
        json.WriteNumber("compactedSegments", s.CompactedSegments);
        json.WriteNumber("batches", s.Batches);
        json.WriteNumber("durableVersion", s.DurableVersion);
        json.WriteBoolean("sealed", s.Sealed);
        json.WriteNumber("snapshots", s.Snapshots);
        json.WriteBoolean("whole", !s.Damaged);
        json.WriteStartObject("types");
        foreach (var type in s.Types)
        {
            json.WriteStartObject(CodeNames<EventType>.Name((int)type.Type));
            json.WriteNumber("events", type.Events);
            json.WriteNumber("recordBytes", type.RecordBytes);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
