using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores;

/// <summary>Reading any store without asynchrony: for replays, which pull events one by one on their own thread.</summary>
public static class EventStoreReading
{
    /// <summary>Opens a stream for pulling events.</summary>
    /// <param name="store">Any store; a journal is read without a detour over pages.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequence">First sequence to read, from 1.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    public static IEventSource OpenSource(this IEventStore store, StreamName stream, long fromSequence = 1)
    {
        if (store is JournalStore journal)
        {
            return journal.OpenSource(stream, fromSequence);
        }

        return store.FindAsync(stream).AsTask().GetAwaiter().GetResult() is null
            ? throw new StreamNotFoundException(stream, store.Place)
            : new PageSource(store.ReadAsync(stream, fromSequence));
    }

    /// <summary>
    /// Opens a stream for looking at it: of a journal that is damaged it hands out every event before the damage, where
    /// <see cref="OpenSource"/> stops before the batch that the damage is in.
    /// </summary>
    /// <param name="store">Any store.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequence">First sequence to read, from 1.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    public static IEventSource OpenToLook(this IEventStore store, StreamName stream, long fromSequence = 1) =>
        store is JournalStore journal && journal.HasJournal(stream) ? SalvageSource.Open(journal, stream, fromSequence) : store.OpenSource(stream, fromSequence);

    /// <summary>The manifest of a sealed stream; null when the stream is not sealed or does not exist.</summary>
    /// <exception cref="InvalidDataException">The manifest was changed.</exception>
    public static StreamManifest? ReadManifest(this IEventStore store, StreamName stream) =>
        store.ReadManifestAsync(stream).AsTask().GetAwaiter().GetResult();
}
