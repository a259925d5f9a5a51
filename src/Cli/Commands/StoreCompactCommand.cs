using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm store compact</c>: rewrites sealed streams smaller; their content hash stays what it was, and is checked.</summary>
public static class StoreCompactCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("compact", "Make sealed streams smaller. Their content hash does not change, and readers notice nothing.");
        var quality = new Option<string>("--quality")
        {
            Description = "Brotli quality, 0 to 11.",
            HelpName = "N",
            DefaultValueFactory = _ => JournalCompactor.DefaultQuality.ToString(CultureInfo.InvariantCulture),
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var target = new JournalTarget();
        target.AddTo(command);
        command.Options.Add(quality);
        command.Options.Add(json);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var brotli = Quality(parsed.GetValue(quality)!);
            var root = target.Directory(parsed);
            var streams = target.Streams(parsed);
            var store = Journals.Open(root);
            var done = new List<Compacted>();
            var open = new List<StreamName>();
            var failed = new List<(StreamName Stream, string Message)>();
            foreach (var stream in streams)
            {
                terminal.Progress("compact", done.Count, streams.Count);
                try
                {
                    if (store.ReadManifest(stream) is not { } manifest)
                    {
                        open.Add(target.Names(parsed, stream)
                            ? throw new UsageException($"Stream {stream} is not sealed: only a sealed stream can be compacted, for nothing may be appended to it meanwhile.")
                            : stream);
                        continue;
                    }

                    var result = JournalCompactor.Run(root, stream, brotli, "mm store compact");
                    done.Add(new Compacted(stream, result, manifest.ContentHash, result.Segments == 0 ? null : JournalVerifier.Verify(root, stream)));
                }
                catch (Exception e) when (e is StreamDamagedException or StreamLockedException or StreamNotFoundException or InvalidDataException or IOException or UnauthorizedAccessException)
                {
                    // The others do not wait for it.
                    terminal.EndProgress();
                    terminal.Warn($"{stream} is left as it is: {e.Message}");
                    failed.Add((stream, e.Message));
                }
            }

            terminal.EndProgress();
            terminal.Output.WriteLine(parsed.GetValue(json) ? Json(root, done, open, failed) : Text(done, open, failed));
            return failed.Count > 0 ? ExitCode.BadInput : done.TrueForAll(c => c.Holds) ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static int Quality(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var quality) && quality <= 11
            ? quality
            : throw new UsageException($"--quality {text} must be a whole number from 0 to 11.");

    private static string Text(List<Compacted> done, List<StreamName> open, List<(StreamName Stream, string Message)> failed)
    {
        var text = new StringBuilder();
        foreach (var (stream, result, hash, report) in done)
        {
            text.Append(stream.Value).Append(": ");
            text.Append(report is null
                ? "compacted before"
                : string.Create(CultureInfo.InvariantCulture, $"{result.BytesBefore:N0} bytes became {result.BytesAfter:N0} ({(double)result.BytesBefore / result.BytesAfter:0.0} times smaller), content hash {hash} {(report.IsClean && report.ContentHash == hash ? "unchanged" : "NOT FOUND AGAIN: mm store verify tells")}"));
            text.Append('\n');
        }

        foreach (var stream in open)
        {
            text.Append(stream.Value).Append(": not sealed, left as it is\n");
        }

        foreach (var (stream, _) in failed)
        {
            text.Append(stream.Value).Append(": not compacted, left as it is\n");
        }

        return text.Length == 0 ? "Nothing is stored." : text.ToString().TrimEnd('\n');
    }

    private static string Json(string root, List<Compacted> done, List<StreamName> open, List<(StreamName Stream, string Message)> failed)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("store", root);
            json.WriteStartArray("streams");
            foreach (var (stream, result, hash, report) in done)
            {
                json.WriteStartObject();
                json.WriteString("stream", stream.Value);
                json.WriteBoolean("compactedBefore", report is null);
                json.WriteNumber("segments", result.Segments);
                json.WriteNumber("blocks", result.Blocks);
                json.WriteNumber("bytesBefore", result.BytesBefore);
                json.WriteNumber("bytesAfter", result.BytesAfter);
                json.WriteString("contentHash", hash.ToString());
                json.WriteBoolean("unchanged", report is null || report.ContentHash == hash);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("notSealed");
            open.ForEach(s => json.WriteStringValue(s.Value));
            json.WriteEndArray();
            json.WriteStartArray("failed");
            foreach (var (stream, message) in failed)
            {
                json.WriteStartObject();
                json.WriteString("stream", stream.Value);
                json.WriteString("message", message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>One stream's compaction; the report is null when nothing was left to do.</summary>
    private sealed record Compacted(StreamName Stream, CompactionResult Result, Digest ContentHash, JournalReport? Report)
    {
        public bool Holds => Report is null || (Report.IsClean && Report.ContentHash == ContentHash);
    }
}
