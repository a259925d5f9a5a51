using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>A stream's chain as it is stored: computed from the records themselves, not taken from the manifest.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Events">Number of events.</param>
/// <param name="ContentHash">The chain's last digest.</param>
/// <param name="BlockRoot">Root of the list of block digests.</param>
/// <param name="Blocks">The chain's digests, block by block (docs/events.md).</param>
/// <param name="Counts">Events by type.</param>
/// <param name="FirstTime">Receive stamp of the first event, in nanoseconds since the epoch.</param>
/// <param name="LastTime">Receive stamp of the last event, in nanoseconds since the epoch.</param>
/// <param name="Time">Time with and without a trustworthy book, counted from the events; null of a run, and of a recording that contradicts itself.</param>
public sealed record StreamProof(
    StreamName Stream,
    long Events,
    Digest ContentHash,
    Digest BlockRoot,
    IReadOnlyList<Digest> Blocks,
    IReadOnlyList<KeyValuePair<string, long>> Counts,
    long FirstTime,
    long LastTime,
    TrustFold? Time)
{
    /// <summary>Reads a stream through and chains it.</summary>
    /// <exception cref="CanonicalFormatException">Its sequences do not follow one another.</exception>
    public static StreamProof Of(IEventStore store, StreamName name)
    {
        using var digest = new StreamDigest(name);
        using var source = store.OpenSource(name);
        var record = new ByteBuffer(4096);
        while (source.Read(out var header, out var payload))
        {
            record.Clear();
            EventRecord.Write(record, header, payload);
            digest.Add(record.Span);
        }

        var manifest = digest.ToManifest("", []);
        return new StreamProof(
            name,
            digest.Count,
            manifest.ContentHash,
            manifest.BlockRoot,
            digest.Hash.Blocks,
            [.. manifest.Counts.Select(c => KeyValuePair.Create(CodeNames<EventType>.Name((int)c.Key), c.Value))],
            manifest.FirstTime,
            manifest.LastTime,
            name.Value.StartsWith("market/", StringComparison.Ordinal) ? CountTime(store, name) : null);
    }

    // Never from the manifest: its notes are in no chain.
    private static TrustFold? CountTime(IEventStore store, StreamName name)
    {
        var fold = new TrustFold();
        var arena = new LevelArena();
        try
        {
            using var source = new UpcastSource(store.OpenSource(name));
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref fold);
            }
        }
        catch (InvariantBrokenException)
        {
            return null;
        }

        return fold;
    }

    /// <summary>The first block, from 1, whose digest is not the one given; 0 when all are.</summary>
    public long FirstOtherBlock(IReadOnlyList<string> expected)
    {
        for (var i = 0; i < Math.Max(expected.Count, Blocks.Count); i++)
        {
            if (i >= expected.Count || i >= Blocks.Count || Blocks[i].ToString() != expected[i])
            {
                return i + 1;
            }
        }

        return 0;
    }
}
