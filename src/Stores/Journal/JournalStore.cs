using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// The embedded event store: a directory in which every stream is a folder of append-only segments. Many processes may use
/// it at once: one writer a stream, any number of readers. The layout of every file is in docs/events.md. A sealed stream
/// whose journal was removed is read from the store's archive (docs/data.md) as if it were still there.
/// </summary>
public sealed partial class JournalStore : IEventStore
{
    private readonly TimeProvider timers;
    private readonly JournalOptions options;
    private readonly ConcurrentDictionary<StreamName, OpenStream> open = new();
    private volatile bool disposed;

    /// <summary>A store in a directory, which is made by the first append.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="timers">Only its timers are used, never its clock.</param>
    /// <param name="options">How it behaves.</param>
    public JournalStore(string root, TimeProvider timers, JournalOptions? options = null)
    {
        Root = Path.GetFullPath(root);
        this.timers = timers;
        this.options = options ?? new JournalOptions();
    }

    /// <summary>The directory, as a full path.</summary>
    public string Root { get; }

    /// <inheritdoc/>
    public string Place => Root;

    /// <inheritdoc/>
    /// <remarks>The first append to a stream takes its writer's lock; <see cref="CloseAsync"/> and disposing give it up.</remarks>
    /// <exception cref="StreamLockedException">Another writer holds the stream.</exception>
    /// <exception cref="JournalFailedException">Writing failed; what is stored is whole, and the next append starts from there.</exception>
    public async ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
    {
        AppendCheck.Arguments(expectedVersion, batch);
        ObjectDisposedException.ThrowIf(disposed, this);
        var entry = Entry(stream);
        JournalWriter writer;
        await entry.Gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            try
            {
                if (entry.Writer is null)
                {
                    RequireNotArchived(stream);
                }

                writer = entry.Writer ??= JournalWriter.Open(Folder(stream), options, timers, Durability.OnClose, entry.Signal.Pulse);
            }
            catch (StreamSealedException e)
            {
                return IsStored(stream, batch, e.Version)
                    ? new AppendResult(e.Version, Durability.EveryAppend, e.Version, true)
                    : throw new StreamSealedException(stream, e.Version);
            }

            if (writer.Version != expectedVersion)
            {
                writer.WriteOut();
                if (!IsStored(stream, batch, writer.Version))
                {
                    throw new StreamConflictException(stream, expectedVersion, writer.Version);
                }

                // Stored by somebody who may have asked for less: what this caller asked for is still owed.
                await MakeDurable(entry, writer, durability, batch.LastSequence, ct).ConfigureAwait(false);
                return new AppendResult(writer.Version, durability, writer.DurableVersion, true);
            }

            writer.Append(batch);
            writer.WriteOut();
        }
        catch (JournalFailedException)
        {
            // Whatever it failed at: the next append starts from what is stored.
            entry.Drop();
            throw;
        }
        finally
        {
            entry.Gate.Release();
        }

        var version = expectedVersion + batch.Count;
        try
        {
            await MakeDurable(entry, writer, durability, version, ct).ConfigureAwait(false);
        }
        catch (JournalFailedException)
        {
            await DropAsync(entry, writer).ConfigureAwait(false);
            throw;
        }

        return new AppendResult(version, durability, writer.DurableVersion, false);
    }

    /// <inheritdoc/>
    /// <exception cref="StreamDamagedException">The stream's end is damaged.</exception>
    public ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Find(stream));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamName> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var stream in List(prefix))
        {
            ct.ThrowIfCancellationRequested();
            yield return stream;
        }
    }

    /// <summary>The same at once, for those who wait for it anyway. A start of the program compiles what it meets: an array is the least.</summary>
    public StreamName[] List(string prefix = "")
    {
        var journals = StreamLookup.List(Root, prefix);
        var archives = StreamLookup.List(ArchiveFolder.RootOf(Root), prefix);
        if (archives.Length == 0)
        {
            return journals;
        }

        // Both are in order: merged, and once where a stream is in both.
        var all = new StreamName[journals.Length + archives.Length];
        var count = 0;
        for (var (i, j) = (0, 0); i < journals.Length || j < archives.Length;)
        {
            var order = i == journals.Length ? 1 : j == archives.Length ? -1 : string.CompareOrdinal(journals[i].Value, archives[j].Value);
            all[count++] = order <= 0 ? journals[i++] : archives[j++];
            j += order == 0 ? 1 : 0;
        }

        Array.Resize(ref all, count);
        return all;
    }

    /// <summary>True when the stream is there as a journal, or as what damage left of one. A folder without a file is neither.</summary>
    public bool HasJournal(StreamName stream) => Folder(stream).HasFiles();

    /// <summary>The stream's archive in this store, if that is all there is of it; null when there is a journal, or neither.</summary>
    /// <exception cref="InvalidDataException">The archive's manifest was changed.</exception>
    public ArchiveFolder? FindArchive(StreamName stream) =>
        HasJournal(stream) ? null : ArchiveFolder.Find(ArchiveFolder.RootOf(Root), stream);

    /// <summary>Becomes the stream's one writer.</summary>
    /// <exception cref="StreamLockedException">Another writer holds the stream.</exception>
    /// <exception cref="StreamSealedException">The stream is sealed.</exception>
    /// <exception cref="TornTailException">The stream ends in a torn tail and the options refuse it.</exception>
    /// <exception cref="StreamDamagedException">Acknowledged events are damaged or missing.</exception>
    public JournalWriter OpenWriter(StreamName stream, Durability durability)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        RequireNotArchived(stream);
        return JournalWriter.Open(Folder(stream), options, timers, durability, Entry(stream).Signal.Pulse);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default)
    {
        RequireNotArchived(stream);
        if (!HasJournal(stream))
        {
            throw new StreamNotFoundException(stream, Root);
        }

        var entry = Entry(stream);
        await entry.Gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var writer = entry.Writer ??= JournalWriter.Open(Folder(stream), options, timers, Durability.OnClose, entry.Signal.Pulse);
            try
            {
                return await Task.Run(() => writer.Seal(engineVersion, notes), ct).ConfigureAwait(false);
            }
            finally
            {
                entry.Drop();
                entry.Signal.Pulse();
            }
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>States kept beside a stream, to start from.</summary>
    public SnapshotFolder Snapshots(StreamName stream) => new(Folder(stream));

    /// <summary>
    /// First sequence that can have a receive stamp at or after a moment: every event before it is older. Exact to the
    /// spacing of the sparse index; reading on from there finds the event.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="time">Nanoseconds since the epoch.</param>
    public long SequenceBefore(StreamName stream, long time) => SparseIndex.FindTime(Folder(stream), time)?.Sequence ?? 1;

    /// <summary>Flushes a stream that this store has appended to and gives up its lock.</summary>
    public async ValueTask CloseAsync(StreamName stream)
    {
        if (open.TryGetValue(stream, out var entry))
        {
            await entry.Gate.WaitAsync().ConfigureAwait(false);
            try
            {
                entry.Drop();
            }
            finally
            {
                entry.Gate.Release();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        disposed = true;
        foreach (var stream in open.Keys)
        {
            await CloseAsync(stream).ConfigureAwait(false);
        }
    }

    private static async ValueTask MakeDurable(OpenStream entry, JournalWriter writer, Durability durability, long version, CancellationToken ct)
    {
        if (durability.Kind == DurabilityKind.Interval && writer.DurableVersion < version)
        {
            writer.FlushWithin(durability.Milliseconds);
        }

        // Whoever gets here first flushes for all that were written out meanwhile; the others find it done.
        while (durability.Kind == DurabilityKind.EveryAppend && writer.DurableVersion < version)
        {
            await entry.Flushing.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                if (writer.DurableVersion < version)
                {
                    await Task.Run(writer.Flush, ct).ConfigureAwait(false);
                }
            }
            finally
            {
                entry.Flushing.Release();
            }
        }
    }

    private static async ValueTask DropAsync(OpenStream entry, JournalWriter writer)
    {
        await entry.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (entry.Writer == writer)
            {
                entry.Drop();
            }
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>True when the whole batch is stored with the same bytes; false when it is not stored whole.</summary>
    /// <exception cref="EventConflictException">It is stored and differs.</exception>
    private bool IsStored(StreamName stream, EventBatch batch, long version)
    {
        if (batch.LastSequence > version)
        {
            return false;
        }

        using var source = OpenSource(stream, batch.FirstSequence, TornTailPolicy.Accept);
        var sequence = batch.FirstSequence;
        var stored = new ByteBuffer();
        foreach (var record in batch)
        {
            stored.Clear();
            if (source.Read(out var header, out var payload))
            {
                EventRecord.Write(stored, header, payload);
            }

            if (!stored.Span.SequenceEqual(record))
            {
                throw new EventConflictException(stream, batch.FirstSequence - 1, version, sequence);
            }

            sequence++;
        }

        return true;
    }

    private void RequireNotArchived(StreamName stream)
    {
        if (FindArchive(stream)?.Published is { } manifest)
        {
            throw new StreamSealedException(stream, manifest.Events);
        }
    }

    private StreamFolder Folder(StreamName stream) => StreamFolder.In(Root, stream);

    private OpenStream Entry(StreamName stream) => open.GetOrAdd(stream, static _ => new OpenStream());

    private sealed class OpenStream
    {
        /// <summary>Held while a batch is written out.</summary>
        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Held while the disk is flushed.</summary>
        public SemaphoreSlim Flushing { get; } = new(1);

        public StreamSignal Signal { get; } = new();

        public JournalWriter? Writer { get; set; }

        public void Drop()
        {
            var writer = Writer;
            Writer = null;
            writer?.Dispose();
        }
    }
}
