using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>Collects, record by record, everything a stream's manifest states.</summary>
public sealed class StreamDigest : IDisposable
{
    private readonly StreamName stream;
    private readonly ContentHash hash;
    private readonly long[] counts = new long[128];
    private long firstTime;
    private long lastTime;

    /// <summary>A stream without events.</summary>
    public StreamDigest(StreamName stream)
    {
        this.stream = stream;
        hash = new ContentHash(stream);
    }

    /// <summary>Events added.</summary>
    public long Count => hash.Count;

    /// <summary>The content hash so far.</summary>
    public ContentHash Hash => hash;

    /// <summary>Adds the next record.</summary>
    /// <exception cref="CanonicalFormatException">Not a record with the next sequence.</exception>
    public void Add(ReadOnlySpan<byte> record)
    {
        var header = EventRecord.Read(record, out _);
        hash.Add(record);
        if (header.Sequence == 1)
        {
            firstTime = header.ReceiveTime;
        }

        lastTime = header.ReceiveTime;
        counts[(int)header.Type]++;
    }

    /// <summary>The manifest of what was added.</summary>
    public StreamManifest ToManifest(string sealedBy, IEnumerable<KeyValuePair<string, string>>? notes = null)
    {
        var list = new List<KeyValuePair<EventType, long>>();
        for (var type = 0; type < counts.Length; type++)
        {
            if (counts[type] > 0)
            {
                list.Add(new((EventType)type, counts[type]));
            }
        }

        return new StreamManifest
        {
            Stream = stream,
            Events = hash.Count,
            Counts = list,
            FirstTime = firstTime,
            LastTime = lastTime,
            ContentHash = hash.Current,
            BlockRoot = ContentHash.Root(hash.Blocks),
            SealedBy = sealedBy,
            Notes = (notes ?? []).OrderBy(n => n.Key, StringComparer.Ordinal).ToList(),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();
}
