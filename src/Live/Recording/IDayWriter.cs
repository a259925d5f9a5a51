using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Recording;

/// <summary>Takes the events of one stored day.</summary>
public interface IDayWriter
{
    /// <summary>Appends a batch; it can be cleared afterwards.</summary>
    void Append(EventBatch batch);

    /// <summary>Makes what was appended visible to readers.</summary>
    void WriteOut();

    /// <summary>Brings what was appended to the disk.</summary>
    void Flush();

    /// <summary>Ends the stream for good.</summary>
    StreamManifest Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes);
}

/// <summary>Writes a day into the embedded journal.</summary>
public sealed class JournalDayWriter(JournalWriter writer) : IDayWriter
{
    /// <inheritdoc/>
    public void Append(EventBatch batch) => writer.Append(batch);

    /// <inheritdoc/>
    public void WriteOut() => writer.WriteOut();

    /// <inheritdoc/>
    public void Flush() => writer.Flush();

    /// <inheritdoc/>
    public StreamManifest Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes) => writer.Seal(engineVersion, notes);
}

/// <summary>
/// Stands in for a day that is stored already: writes nothing and checks that it would have written the same.
/// </summary>
public sealed class StoredDayCheck(StreamManifest stored) : IDayWriter, IDisposable
{
    private readonly StreamDigest digest = new(stored.Stream);

    /// <summary>The stream.</summary>
    public StreamName Stream => stored.Stream;

    /// <inheritdoc/>
    public void Append(EventBatch batch)
    {
        foreach (var record in batch)
        {
            digest.Add(record);
        }
    }

    /// <inheritdoc/>
    public void WriteOut()
    {
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    /// <exception cref="EventConflictException">The stored day holds something else.</exception>
    public StreamManifest Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes) =>
        digest.Hash.Current == stored.ContentHash
            ? stored
            : throw new EventConflictException(stored.Stream, 0, stored.Events, Math.Min(stored.Events, digest.Count));

    /// <inheritdoc/>
    public void Dispose() => digest.Dispose();
}
