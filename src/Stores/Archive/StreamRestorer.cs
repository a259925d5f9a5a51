using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores.Archive;

/// <summary>Brings archived streams back into a journal.</summary>
public static class StreamRestorer
{
    private const int BatchEvents = 1_024;

    /// <summary>
    /// Writes an archive's events into a journal, out of sight until every one of them is there and the content hash is the
    /// manifest's. A stream that is there already with the same content is left as it is.
    /// </summary>
    /// <returns>The manifest, and whether it was there before.</returns>
    /// <exception cref="ArchiveException">The stream is stored with other content, or the events are not those of the manifest.</exception>
    /// <exception cref="InvalidDataException">A table is incomplete.</exception>
    /// <exception cref="Parquet.ParquetException">A file is damaged.</exception>
    public static (StreamManifest Manifest, bool AlreadyStored) Restore(ArchiveFolder archive, JournalStore store, Action<string, long, long>? progress = null, CancellationToken ct = default)
    {
        var manifest = archive.Manifest();
        if (store.HasJournal(manifest.Stream))
        {
            return store.ReadManifest(manifest.Stream)?.ContentHash == manifest.ContentHash
                ? (manifest, true)
                : throw new ArchiveException($"{manifest.Stream} is stored in {store.Root} with other content. Import into another store with --store, or remove it there.");
        }

        store.SweepDetached();
        using var detached = store.CreateDetached(manifest.Stream, besideArchive: true);
        using (var source = archive.OpenSource())
        {
            var batch = new EventBatch(256 * 1024);
            while (source.Read(out var header, out var payload))
            {
                batch.Add(header, payload);
                if (batch.Count == BatchEvents)
                {
                    detached.Writer.Append(batch);
                    batch.Clear();
                    ct.ThrowIfCancellationRequested();
                    progress?.Invoke("importing", header.Sequence, manifest.Events);
                }
            }

            if (batch.Count > 0)
            {
                detached.Writer.Append(batch);
            }
        }

        // The same manifest as before, to the last byte: who sealed the stream, and what was noted of it.
        var written = detached.Writer.Seal(manifest.SealedBy.Length > 0 ? manifest.SealedBy : "restored", manifest.Notes);
        if (written.ContentHash != manifest.ContentHash)
        {
            throw new ArchiveException($"The events in {archive.Path} have content hash {written.ContentHash}, its manifest says {manifest.ContentHash}: a file was changed. Nothing was stored.");
        }

        detached.Publish();
        return (written, false);
    }
}
