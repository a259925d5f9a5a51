using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Archive;

/// <summary>The part of <c>mm import</c> that brings archived streams back.</summary>
internal static class ArchiveImport
{
    /// <summary>True when what is to be imported is archives; an error when only some of it is.</summary>
    /// <exception cref="UsageException">Archives and recorder files are named together.</exception>
    public static bool IsFor(string[] paths)
    {
        var archives = paths.Count(ArchiveFolder.IsArchive);
        return archives == 0 ? false : archives == paths.Length
            ? true
            : throw new UsageException("Archived days and recorder files cannot be imported together: name them in two commands.");
    }

    /// <summary>Brings them back.</summary>
    public static int Run(string[] paths, StoreSet stores, Terminal terminal, CancellationToken ct, bool json)
    {
        var store = stores.Primary;
        var restored = new List<(Stores.StreamManifest Manifest, bool AlreadyStored)>();
        foreach (var folder in paths.Select(ArchiveFolder.Open).DistinctBy(f => f.Path))
        {
            restored.Add(StreamRestorer.Restore(folder, store, terminal.Progress, ct));
        }

        terminal.EndProgress();
        terminal.Output.WriteLine(json ? Json(restored, store) : Text(restored, store));
        return Forwarding.Run(stores, [.. restored.Select(r => r.Manifest.Stream)], terminal) ? ExitCode.Done : ExitCode.OutOfReach;
    }

    private static string Text(List<(Stores.StreamManifest Manifest, bool AlreadyStored)> restored, JournalStore store) => string.Join('\n', restored.Select(r =>
        string.Create(CultureInfo.InvariantCulture, $"{r.Manifest.Stream}  {r.Manifest.Events:N0} events, content hash {r.Manifest.ContentHash.ToString()[..12]}{(r.AlreadyStored ? " (stored before, the same)" : $", stored in {store.Root}")}")));

    private static string Json(List<(Stores.StreamManifest Manifest, bool AlreadyStored)> restored, JournalStore store)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteStartArray("restored");
            foreach (var (manifest, before) in restored)
            {
                json.WriteStartObject();
                json.WriteString("stream", manifest.Stream.Value);
                json.WriteNumber("events", manifest.Events);
                json.WriteString("contentHash", manifest.ContentHash.ToString());
                json.WriteBoolean("alreadyStored", before);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("store", store.Root);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }
}
