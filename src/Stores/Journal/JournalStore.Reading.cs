using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Stores.Journal;

/// <content>
/// Reading. A sealed stream's journal may leave its place for the archive between any two looks at it, by another process; the archive
/// is there before, so that whoever does not find the one finds the other.
/// </content>
public sealed partial class JournalStore
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var source = TryOpenSource(stream, fromSequence, TornTailPolicy.Refuse);
        try
        {
            var builder = new EventPageBuilder();
            var more = source is not null;
            while (more)
            {
                ct.ThrowIfCancellationRequested();
                more = Fill(builder, stream, ref source!, types, out var problem);

                if (!builder.IsEmpty)
                {
                    yield return builder.Take();
                }

                problem?.Throw();
            }
        }
        finally
        {
            source?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var signal = Entry(stream).Signal;
        var builder = new EventPageBuilder();
        IEventSource? source = null;
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();

                // Asked for before reading: what is written from here on wakes this subscription.
                var written = signal.Next();
                source ??= TryOpenSource(stream, fromSequence, TornTailPolicy.Refuse);
                var more = source is not null;
                while (more)
                {
                    ct.ThrowIfCancellationRequested();
                    more = Fill(builder, stream, ref source!, null, out var problem);

                    if (!builder.IsEmpty)
                    {
                        yield return builder.Take();
                    }

                    problem?.Throw();
                }

                if (source is ArchiveSource or JournalSource { IsSealedEnd: true })
                {
                    yield break;
                }

                await Task.WhenAny(written, Task.Delay(options.PollInterval, timers, ct)).ConfigureAwait(false);
            }
        }
        finally
        {
            source?.Dispose();
        }
    }

    /// <summary>Opens a stream for reading without a store's ceremony: its journal, or its archive where the journal was removed.</summary>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    public IEventSource OpenSource(StreamName stream, long fromSequence = 1, TornTailPolicy tornTail = TornTailPolicy.Refuse) =>
        TryOpenSource(stream, fromSequence, tornTail) ?? throw new StreamNotFoundException(stream, Root);

    /// <summary>Opens a stream's journal for reading.</summary>
    /// <exception cref="StreamNotFoundException">There is no such journal.</exception>
    public JournalSource OpenJournal(StreamName stream, long fromSequence = 1, TornTailPolicy tornTail = TornTailPolicy.Refuse) =>
        JournalSource.Open(Root, stream, fromSequence, tornTail);

    /// <summary>The manifest of a sealed stream; null when the stream is not sealed.</summary>
    /// <exception cref="InvalidDataException">The manifest was changed.</exception>
    public StreamManifest? ReadManifest(StreamName stream)
    {
        var path = Folder(stream).Manifest;
        try
        {
            return File.Exists(path) ? StreamManifest.Parse(File.ReadAllBytes(path), path) : FindArchive(stream)?.Published;
        }
        catch (Exception e) when (IsMoved(stream, e))
        {
            return FindArchive(stream)!.Published;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(ReadManifest(stream));
    }

    private IEventSource? TryOpenSource(StreamName stream, long fromSequence, TornTailPolicy tornTail)
    {
        if (FindArchive(stream) is { } archive)
        {
            return archive.OpenSource(fromSequence);
        }

        try
        {
            if (JournalSource.TryOpen(Folder(stream), fromSequence, tornTail) is { } journal)
            {
                return journal;
            }
        }
        catch (Exception e) when (IsMoved(stream, e))
        {
            // It left its place just now.
        }

        return FindArchive(stream)?.OpenSource(fromSequence);
    }

    private StreamInfo? Find(StreamName stream)
    {
        try
        {
            return Archived() ?? StreamLookup.Find(Folder(stream)) ?? Archived();
        }
        catch (Exception e) when (IsMoved(stream, e))
        {
            return Archived();
        }

        StreamInfo? Archived() => FindArchive(stream)?.Published is { } m ? new StreamInfo(stream, m.Events, m.FirstTime, m.LastTime, true, m.ContentHash) : null;
    }

    private bool IsMoved(StreamName stream, Exception e) => e is FileNotFoundException or DirectoryNotFoundException && FindArchive(stream) is not null;

    // The archive, to go on where reading stopped, when that is why it stopped.
    private IEventSource? Moved(StreamName stream, IEventSource source)
    {
        if (source is not JournalSource journal || FindArchive(stream) is not { } archive)
        {
            return null;
        }

        journal.Dispose();
        return archive.OpenSource(journal.NextSequence);
    }

    // True while there may be more. A journal that went into the archive meanwhile is read on from there.
    private bool Fill(EventPageBuilder builder, StreamName stream, ref IEventSource source, EventTypeSet? types, out ExceptionDispatchInfo? problem)
    {
        problem = null;
        try
        {
            while (!builder.IsFull)
            {
                if (!source.Read(out var header, out var payload))
                {
                    return false;
                }

                if (types is null || types.Value.Contains(header.Type))
                {
                    builder.Add(header, payload);
                }
            }

            return true;
        }
        catch (Exception e) when (e is StreamDamagedException or TornTailException or IOException)
        {
            if (Moved(stream, source) is { } archived)
            {
                source = archived;
                return true;
            }

            problem = ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }
}
