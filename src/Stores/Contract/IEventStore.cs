using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>
/// Where events are kept. Every store passes one suite (tests, EventStoreContract).
/// An event's id is (stream, sequence) or a hash of it (<see cref="EventId"/>): the same id with the same bytes is the
/// same event, with other bytes a conflict. Sequences of a stream start at 1 and have no hole.
/// </summary>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>Where it is, for messages: a directory, or a server's address without secrets.</summary>
    string Place { get; }

    /// <summary>
    /// Appends a batch, whole or not at all.
    /// A batch that is stored already with the same bytes is acknowledged again and changes nothing
    /// (<see cref="AppendResult.AlreadyStored"/>); that holds for a sealed stream too.
    /// </summary>
    /// <param name="stream">The stream; it starts to exist with its first event.</param>
    /// <param name="expectedVersion">Last sequence that is there; 0 for a new stream. The batch starts at the next one.</param>
    /// <param name="batch">The events; at least one. The store does not keep it: it can be cleared when the task has ended.</param>
    /// <param name="durability">When the events must be on disk.</param>
    /// <param name="ct">Stops waiting. What was cancelled may or may not be stored; appending it again is safe.</param>
    /// <exception cref="ArgumentException">The batch is empty or does not start at <paramref name="expectedVersion"/> + 1.</exception>
    /// <exception cref="EventConflictException">All the batch's sequences are stored and at least one has other bytes.</exception>
    /// <exception cref="StreamConflictException">The stream is at another version.</exception>
    /// <exception cref="StreamSealedException">The stream is sealed.</exception>
    ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default);

    /// <summary>
    /// Reads forward what is stored when the read gets there. A stream that does not exist, or ends before
    /// <paramref name="fromSequence"/>, has no pages.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequence">First sequence to read, from 1.</param>
    /// <param name="types">Only these types; null for all.</param>
    /// <param name="ct">Stops the read.</param>
    /// <exception cref="StreamDamagedException">After the events before the damage.</exception>
    IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, CancellationToken ct = default);

    /// <summary>
    /// Reads forward and goes on with what is appended, without hole or double. It waits for a stream that does not exist
    /// yet, ends after the last event of a sealed stream, and otherwise runs until it is cancelled.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequence">First sequence to read, from 1.</param>
    /// <param name="ct">Ends the subscription with an <see cref="OperationCanceledException"/>.</param>
    IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, CancellationToken ct = default);

    /// <summary>What is known about a stream; null when it does not exist.</summary>
    ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default);

    /// <summary>Names of the streams that start with a prefix, in ordinal order; all with an empty one.</summary>
    IAsyncEnumerable<StreamName> ListAsync(string prefix = "", CancellationToken ct = default);

    /// <summary>
    /// Seals a stream: nothing can be appended any more. The manifest is made from the events as they are stored, so that a
    /// copy that is sealed with the same version and notes has the same manifest exactly when it has the same events.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="engineVersion">Version of the engine that seals.</param>
    /// <param name="notes">What else the manifest should say.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    /// <exception cref="StreamSealedException">It is sealed already.</exception>
    ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default);

    /// <summary>The manifest of a sealed stream; null when the stream is not sealed or does not exist.</summary>
    /// <exception cref="InvalidDataException">The manifest was changed.</exception>
    ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default);
}
