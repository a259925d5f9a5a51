using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Storage;

/// <summary>What verifying a stream showed.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Report">What was found; after a repair, what is left.</param>
/// <param name="Writer">Who is writing it; null when nobody is.</param>
/// <param name="Repaired">What a repair did, one sentence each.</param>
/// <param name="NotRepaired">Why a repair that was asked for did nothing; null otherwise.</param>
public sealed record StreamCheckup(StreamName Stream, JournalReport Report, string? Writer, IReadOnlyList<string> Repaired, string? NotRepaired);

/// <summary>What reading an archived stream showed.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Path">The archive's folder.</param>
/// <param name="Events">Events that its manifest names; 0 when that cannot be read.</param>
/// <param name="ContentHash">Content hash that its manifest names; null when that cannot be read.</param>
/// <param name="Problem">What is wrong; null when every event is there and is what the manifest says.</param>
public sealed record ArchiveCheckup(StreamName Stream, string Path, long Events, string? ContentHash, string? Problem);

/// <summary>The answer of <c>mm store verify</c> as text and as JSON.</summary>
public static class VerifyReport
{
    // One bad sector can damage thousands of records: the rest is counted.
    private const int Shown = 20;

    /// <summary>For people.</summary>
    public static string Text(string root, IReadOnlyList<StreamCheckup> checks, IReadOnlyList<ArchiveCheckup> archives)
    {
        if (checks.Count + archives.Count == 0)
        {
            return $"{root} holds no stream.";
        }

        var text = new StringBuilder();
        foreach (var check in checks)
        {
            var report = check.Report;
            var state = check.Writer is { } writer ? $"being written by {writer}" : report.Sealed ? "sealed" : "open";
            text.Append(CultureInfo.InvariantCulture, $"{(report.IsClean ? "whole  " : "DAMAGED")} {check.Stream}: {report.Events:N0} events in {report.Batches:N0} batches, {report.Segments} segments, {report.Bytes:N0} bytes, {state}");
            text.Append(report is { IsClean: true, ContentHash: { } hash } ? $", content hash {hash}\n" : "\n");
            foreach (var line in check.Repaired)
            {
                text.Append("        repaired: ").Append(line).Append('\n');
            }

            foreach (var finding in report.Findings.Take(Shown))
            {
                text.Append("        ").Append(Line(finding)).Append('\n');
            }

            if (report.Findings.Count > Shown)
            {
                text.Append(CultureInfo.InvariantCulture, $"        and {report.Findings.Count - Shown} more; --json lists all\n");
            }

            if (check.NotRepaired is { } why)
            {
                text.Append("        ").Append(why).Append('\n');
            }
        }

        foreach (var archive in archives)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(archive.Problem is null ? "whole  " : "DAMAGED")} {archive.Stream}: {archive.Events:N0} events, archived{(archive.Problem is null ? $", content hash {archive.ContentHash}" : "")}\n");
            if (archive.Problem is { } problem)
            {
                text.Append("        ").Append(problem).Append('\n');
            }
        }

        var damaged = checks.Count(c => !c.Report.IsClean) + archives.Count(a => a.Problem is not null);
        string[] counts = [.. new[] { Count(checks.Count, "stream", "streams"), Count(archives.Count, "archived stream", "archived streams") }.OfType<string>()];
        text.Append(string.Join(" and ", counts)).Append(damaged == 0 ? ", whole" : string.Create(CultureInfo.InvariantCulture, $", {damaged} not whole"));
        return text.ToString();

        static string? Count(int count, string one, string many) => count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");
    }

    /// <summary>For programs.</summary>
    public static string Json(string root, IReadOnlyList<StreamCheckup> checks, IReadOnlyList<ArchiveCheckup> archives)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("store", root);
            json.WriteBoolean("whole", checks.All(c => c.Report.IsClean) && archives.All(a => a.Problem is null));
            json.WriteStartArray("streams");
            foreach (var check in checks)
            {
                Write(json, check);
            }

            json.WriteEndArray();
            json.WriteStartArray("archives");
            foreach (var archive in archives)
            {
                json.WriteStartObject();
                json.WriteString("stream", archive.Stream.Value);
                json.WriteBoolean("whole", archive.Problem is null);
                json.WriteString("path", archive.Path);
                json.WriteNumber("events", archive.Events);
                json.WriteString("contentHash", archive.ContentHash);
                json.WriteString("problem", archive.Problem);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static string Line(JournalFinding finding)
    {
        var where = new List<string>();
        if (finding.Sequence > 0)
        {
            where.Add(string.Create(CultureInfo.InvariantCulture, $"event {finding.Sequence}"));
        }

        if (finding.Block > 0)
        {
            where.Add(string.Create(CultureInfo.InvariantCulture, $"block {finding.Block}"));
        }

        where.Add(finding.Offset >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{finding.File} at offset {finding.Offset}") : finding.File);
        return $"{Name(finding.Kind)} ({string.Join(", ", where)}): {finding.Message}";
    }

    private static string Name(FindingKind kind) => kind switch
    {
        FindingKind.TornTail => "torn tail",
        FindingKind.DamagedRecord => "damaged record",
        FindingKind.DamagedFrame => "damaged batch",
        FindingKind.DamagedSegment => "damaged segment",
        FindingKind.MissingEvents => "missing events",
        FindingKind.BlockMismatch => "block changed",
        FindingKind.ManifestMismatch => "manifest",
        FindingKind.BlockListMismatch => "block list",
        FindingKind.CommitMark => "commit mark",
        FindingKind.SparseIndex => "note, index",
        FindingKind.StrayFile => "note, stray file",
        FindingKind.SetAside => "note, set aside",
        _ => "note, snapshot",
    };

    private static void Write(Utf8JsonWriter json, StreamCheckup check)
    {
        var report = check.Report;
        json.WriteStartObject();
        json.WriteString("stream", check.Stream.Value);
        json.WriteBoolean("whole", report.IsClean);
        json.WriteBoolean("sealed", report.Sealed);
        json.WriteString("writer", check.Writer);
        json.WriteNumber("events", report.Events);
        json.WriteNumber("batches", report.Batches);
        json.WriteNumber("segments", report.Segments);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteString("contentHash", report.ContentHash?.ToString());
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            json.WriteStartObject();
            var kind = finding.Kind.ToString();
            json.WriteString("kind", char.ToLowerInvariant(kind[0]) + kind[1..]);
            json.WriteBoolean("damage", finding.IsDamage);
            json.WriteString("file", finding.File);
            WriteNumber(json, "offset", finding.Offset, finding.Offset >= 0);
            WriteNumber(json, "sequence", finding.Sequence, finding.Sequence > 0);
            WriteNumber(json, "block", finding.Block, finding.Block > 0);
            json.WriteString("message", finding.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("repaired");
        foreach (var line in check.Repaired)
        {
            json.WriteStringValue(line);
        }

        json.WriteEndArray();
        json.WriteString("notRepaired", check.NotRepaired);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long value, bool known)
    {
        if (known)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
