using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores.Copying;

/// <summary>What a copy did.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Events">Its events, all of them in the target now.</param>
/// <param name="Copied">Events that were written; the others were there before.</param>
/// <param name="Sealed">True when source and copy are sealed.</param>
/// <param name="ContentHash">Content hash of the source's events, as they were read.</param>
public sealed record StreamCopy(StreamName Stream, long Events, long Copied, bool Sealed, Digest ContentHash);

/// <summary>
/// Copies a stream from any store to any other, record by record as first written, so that the copy has the same content hash
/// and, once sealed, the same manifest. A copy that was interrupted goes on where it stopped.
/// </summary>
/// <param name="from">Where the stream is.</param>
/// <param name="to">Where it goes.</param>
public sealed class StreamCopier(IEventStore from, IEventStore to)
{
    /// <summary>Copies what is stored now. A sealed stream is sealed in the target too.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="progress">Told how many events of how many are done; null for nobody.</param>
    /// <param name="ct">Stops the copy; what was written stays, and a second copy goes on from there.</param>
    /// <exception cref="StreamNotFoundException">The source has no such stream.</exception>
    /// <exception cref="StreamConflictException">The target has a stream of that name with other or more events; it is left as it is.</exception>
    /// <exception cref="StreamDamagedException">The source is not what its manifest states; nothing is sealed.</exception>
    /// <exception cref="IOException">The disk of a journal that still grows fails: what is not on it is not copied.</exception>
    public async Task<StreamCopy> CopyAsync(StreamName stream, Action<long, long>? progress = null, CancellationToken ct = default)
    {
        var source = await from.FindAsync(stream, ct).ConfigureAwait(false) ?? throw new StreamNotFoundException(stream, from.Place);
        var manifest = source.Sealed ? await from.ReadManifestAsync(stream, ct).ConfigureAwait(false) : null;
        var target = await to.FindAsync(stream, ct).ConfigureAwait(false);
        if (target is { Sealed: true } && manifest is not null && target.ContentHash == manifest.ContentHash)
        {
            return new StreamCopy(stream, source.Version, 0, true, manifest.ContentHash);
        }

        if (manifest is null && from is JournalStore growing)
        {
            // What a power cut could still take from the journal must not be anywhere else.
            growing.FlushWritten(stream);
        }

        var there = target?.Version ?? 0;
        if (there > source.Version || target is { Sealed: true })
        {
            throw new StreamConflictException(stream, Math.Min(there, source.Version), there);
        }

        // A sealed stream appears in a journal whole, by one rename: nobody reads half a day.
        if (to is JournalStore journal && manifest is not null && target is null)
        {
            using var detached = journal.CreateDetached(stream);
            var whole = await CopyAsync(stream, source.Version, null, 0, Write, manifest, progress, ct).ConfigureAwait(false);
            detached.Writer.Seal(manifest.SealedBy, manifest.Notes);
            detached.Publish();
            return whole;

            ValueTask Write(EventBatch batch)
            {
                detached.Writer.Append(batch);
                return ValueTask.CompletedTask;
            }
        }

        var prefix = there == 0 ? (Digest?)null : await PrefixAsync(stream, there, ct).ConfigureAwait(false);
        var copy = await CopyAsync(stream, source.Version, prefix, there, Append, manifest, progress, ct).ConfigureAwait(false);
        if (manifest is not null)
        {
            Digest? made;
            try
            {
                made = (await to.SealAsync(stream, manifest.SealedBy, manifest.Notes, ct).ConfigureAwait(false)).ContentHash;
            }
            catch (StreamSealedException)
            {
                // Somebody else copied it too, or the answer to our own request was lost: what counts is the content.
                made = (await to.FindAsync(stream, ct).ConfigureAwait(false))?.ContentHash;
            }

            if (made != manifest.ContentHash)
            {
                throw new StreamDamagedException(stream, 1, $"the copy in {to.Place} has content hash {made}, the original in {from.Place} has {manifest.ContentHash}.");
            }
        }

        return copy;

        async ValueTask Append(EventBatch batch) =>
            await to.AppendAsync(stream, batch.FirstSequence - 1, batch, Durability.EveryAppend, ct).ConfigureAwait(false);
    }

    private async Task<StreamCopy> CopyAsync(StreamName stream, long version, Digest? prefix, long there, Func<EventBatch, ValueTask> write, StreamManifest? manifest, Action<long, long>? progress, CancellationToken ct)
    {
        using var hash = new ContentHash(stream);
        var batch = new EventBatch(CarriedBatch.MaxBytes);
        var record = new ByteBuffer();
        await foreach (var page in from.ReadAsync(stream, 1, null, ct).ConfigureAwait(false))
        {
            foreach (var (header, payload) in page)
            {
                if (header.Sequence > version)
                {
                    break;
                }

                record.Clear();
                EventRecord.Write(record, header, payload.Span);
                hash.Add(record.Span);
                if (header.Sequence > there)
                {
                    if (CarriedBatch.IsFull(batch, record.Length))
                    {
                        await write(batch).ConfigureAwait(false);
                        batch.Clear();
                        progress?.Invoke(hash.Count - 1, version);
                    }

                    batch.AddRecord(record.Span);
                }
                else if (header.Sequence == there && hash.Current != prefix)
                {
                    throw new StreamConflictException(stream, 0, there);
                }
            }
        }

        if (batch.Count > 0)
        {
            await write(batch).ConfigureAwait(false);
        }

        progress?.Invoke(hash.Count, version);
        if (hash.Count != version || (manifest is not null && hash.Current != manifest.ContentHash))
        {
            throw new StreamDamagedException(stream, hash.Count, $"{from.Place} states {version} events{(manifest is null ? "" : $" with content hash {manifest.ContentHash}")}, read were {hash.Count} with {hash.Current}.");
        }

        return new StreamCopy(stream, version, version - there, manifest is not null, hash.Current);
    }

    private async Task<Digest> PrefixAsync(StreamName stream, long version, CancellationToken ct)
    {
        using var hash = new ContentHash(stream);
        var record = new ByteBuffer();
        await foreach (var page in to.ReadAsync(stream, 1, null, ct).ConfigureAwait(false))
        {
            foreach (var (header, payload) in page)
            {
                if (header.Sequence <= version)
                {
                    record.Clear();
                    EventRecord.Write(record, header, payload.Span);
                    hash.Add(record.Span);
                }
            }
        }

        return hash.Current;
    }
}
