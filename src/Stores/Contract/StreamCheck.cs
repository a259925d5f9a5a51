using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores;

/// <summary>
/// Checks a stream of any store: every event is read; a sealed stream must have the content that its manifest states. A
/// journal's files are checked down to the byte (<see cref="JournalVerifier"/>); what a server does to its own files is its affair.
/// </summary>
public static class StreamCheck
{
    /// <summary>What is wrong with a stream, one sentence each; empty when it is whole.</summary>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    public static IReadOnlyList<string> Damage(IEventStore store, StreamName stream) => store is JournalStore journal && journal.HasJournal(stream)
        ? [.. JournalVerifier.Verify(journal.Root, stream).Findings.Where(f => f.IsDamage).Select(Text)]
        : Read(store, stream);

    /// <summary>The content hash of a stream's first events, as they are read now.</summary>
    /// <param name="store">The store.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="events">How many; fewer when the stream is shorter.</param>
    public static Digest Hash(IEventStore store, StreamName stream, long events = long.MaxValue)
    {
        using var hash = new ContentHash(stream);
        var record = new ByteBuffer();
        using var source = store.OpenSource(stream);
        while (hash.Count < events && source.Read(out var header, out var payload))
        {
            record.Clear();
            EventRecord.Write(record, header, payload);
            hash.Add(record.Span);
        }

        return hash.Current;
    }

    private static string Text(JournalFinding finding) =>
        $"{finding.Message} ({finding.File}{(finding.Sequence > 0 ? $", event {finding.Sequence}" : "")}{(finding.Block > 0 ? $", block {finding.Block}" : "")})";

    private static List<string> Read(IEventStore store, StreamName stream)
    {
        var damage = new List<string>();
        using var digest = new StreamDigest(stream);
        try
        {
            var manifest = store.ReadManifest(stream);
            var record = new ByteBuffer();
            using var source = store.OpenSource(stream);
            while (source.Read(out var header, out var payload))
            {
                record.Clear();
                EventRecord.Write(record, header, payload);
                digest.Add(record.Span);
            }

            if (manifest is not null && digest.ToManifest(manifest.SealedBy, manifest.Notes) is var found && found.ContentHash != manifest.ContentHash)
            {
                damage.Add($"its manifest states {manifest.Events} events with content hash {manifest.ContentHash}, stored in {store.Place} are {found.Events} with {found.ContentHash}");
            }
        }
        catch (Exception e) when (e is StreamDamagedException or CanonicalFormatException or InvalidDataException or Parquet.ParquetException)
        {
            damage.Add($"after {digest.Count} whole events in {store.Place}: {e.Message}");
        }

        return damage;
    }
}
