using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventStore.Client;
using EventRecord = EventSourcedMM.Domain.Events.EventRecord;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>
/// Events in EventStoreDB, through its official client. Event n of a stream is the server's event number n − 1, so its expected
/// revision is our expected version. The server acknowledges an append when it is on disk, in a cluster on a majority, whatever
/// durability was asked for; that is believed, not asked: one that keeps its events in memory, or does not flush, acknowledges too. A batch of more bytes than the server takes in one append goes there in several; readers see none of
/// its events before all are there. A stream is sealed by a last event of the type streamSealed, which holds the manifest.
/// </summary>
public sealed class EventStoreDbStore : IEventStore
{
    private readonly EventStoreClient client;
    private readonly StreamNaming names;
    private readonly StreamReading reading;
    private readonly StreamWriting writing;

    /// <summary>Names the server; it is reached with the first call.</summary>
    /// <param name="address">esdb://… or esdb+discover://…, with the options that the official client documents, and streamPrefix.</param>
    /// <param name="place">The server for messages, without secrets.</param>
    /// <param name="timers">Waits between attempts.</param>
    /// <exception cref="StoreRefusedException">The address cannot be read.</exception>
    public EventStoreDbStore(string address, string place, TimeProvider timers)
    {
        Place = place;
        EventStoreClientSettings settings;
        try
        {
            settings = EventStoreClientSettings.Create(ServerAddress.Parse(address, place, out var prefix));
            names = new StreamNaming(prefix);
        }
        catch (Exception e) when (e is not StoreRefusedException)
        {
            throw new StoreRefusedException(place, $"the address cannot be read ({e.GetType().Name}); write esdb://user:password@host:2113?tls=true.");
        }

        client = new EventStoreClient(settings);
        var attempts = new Attempts(timers, place);
        reading = new StreamReading(client, names, attempts);
        writing = new StreamWriting(client, names, attempts, reading);
    }

    /// <summary>Where it is, for messages, without secrets.</summary>
    public string Place { get; }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default) =>
        writing.AppendAsync(stream, expectedVersion, batch, ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        return reading.PagesAsync(stream, fromSequence, types, live: false, ct);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        return reading.PagesAsync(stream, fromSequence, null, live: true, ct);
    }

    /// <summary>
    /// Hands a stream's events to a named subscriber, from where it got to, and notes in the server how far that is: after each
    /// page that was handled. A subscriber that is killed gets the page it was in again. Ends with a sealed stream.
    /// </summary>
    /// <param name="subscriber">Name of the subscriber: letters, digits, dash.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="handle">Handles a page; when it throws, nothing is noted.</param>
    /// <param name="ct">Ends the subscription with an <see cref="OperationCanceledException"/>.</param>
    public async Task FollowAsync(string subscriber, StreamName stream, Func<EventPage, CancellationToken, Task> handle, CancellationToken ct = default)
    {
        var from = await CheckpointAsync(subscriber, stream, ct).ConfigureAwait(false) + 1;
        await foreach (var page in SubscribeAsync(stream, from, ct).ConfigureAwait(false))
        {
            await handle(page, ct).ConfigureAwait(false);
            await writing.NoteAsync(names.Checkpoint(subscriber, stream), "checkpoint", page.LastSequence, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Last sequence that a named subscriber has handled; 0 when it has not begun.</summary>
    public async ValueTask<long> CheckpointAsync(string subscriber, StreamName stream, CancellationToken ct = default)
    {
        await foreach (var noted in reading.RawAsync(names.Checkpoint(subscriber, stream), Direction.Backwards, StreamPosition.End, 1, ct).ConfigureAwait(false))
        {
            using var json = JsonDocument.Parse(noted.Data);
            return json.RootElement.GetProperty("sequence").GetInt64();
        }

        return 0;
    }

    /// <inheritdoc/>
    public async ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
    {
        var tail = await reading.TailAsync(stream, ct).ConfigureAwait(false);
        if (tail.Version == 0)
        {
            return null;
        }

        var manifest = Manifest(stream, tail);
        return new StreamInfo(
            stream,
            tail.Version,
            await TimeAsync(stream, 1, ct).ConfigureAwait(false),
            await TimeAsync(stream, tail.Version, ct).ConfigureAwait(false),
            manifest is not null,
            manifest?.ContentHash);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamName> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken ct = default)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var entry in reading.RawAsync(names.Index, Direction.Forwards, StreamPosition.Start, long.MaxValue, ct).ConfigureAwait(false))
        {
            using var json = JsonDocument.Parse(entry.Data);
            var name = json.RootElement.GetProperty("stream").GetString()!;
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                found.Add(name);
            }
        }

        foreach (var name in found)
        {
            // A stream is listed before its first event is written, which may never have come.
            var stream = StreamName.Parse(name);
            if (await reading.TailAsync(stream, ct).ConfigureAwait(false) is { Version: > 0 })
            {
                yield return stream;
            }
        }
    }

    /// <summary>Seals a stream: nothing can be appended any more. The manifest is made from the events as they are stored.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="engineVersion">Version of the engine that seals.</param>
    /// <param name="notes">What else the manifest should say.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    /// <exception cref="StreamSealedException">It is sealed already.</exception>
    public async ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default)
    {
        using var digest = new StreamDigest(stream);
        var record = new ByteBuffer();
        while (true)
        {
            await foreach (var page in ReadAsync(stream, digest.Count + 1, null, ct).ConfigureAwait(false))
            {
                foreach (var stored in page)
                {
                    record.Clear();
                    EventRecord.Write(record, stored.Header, stored.Payload.Span);
                    digest.Add(record.Span);
                }
            }

            var tail = await reading.TailAsync(stream, ct).ConfigureAwait(false);
            if (tail.Manifest is not null)
            {
                throw new StreamSealedException(stream, tail.Version);
            }

            if (tail.Version == 0)
            {
                throw new StreamNotFoundException(stream, Place);
            }

            if (tail.Version < digest.Count)
            {
                throw new StoreUnreachableException(Place, $"{stream} had {digest.Count} events a moment ago and has {tail.Version}: it was emptied.");
            }

            if (tail.Stored > tail.Version)
            {
                throw new StreamDamagedException(stream, tail.Version + 1, $"a batch was cut off after event {tail.Stored}; append it again before the stream is sealed.");
            }

            if (tail.Version == digest.Count)
            {
                var manifest = digest.ToManifest(engineVersion, notes);
                if (await writing.TrySealAsync(stream, tail.Version, manifest.ToJson(), ct).ConfigureAwait(false))
                {
                    return manifest;
                }
            }
        }
    }

    /// <summary>The manifest of a sealed stream; null when the stream is not sealed or does not exist.</summary>
    /// <exception cref="InvalidDataException">The manifest was changed.</exception>
    public async ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default) =>
        Manifest(stream, await reading.TailAsync(stream, ct).ConfigureAwait(false));

    /// <summary>An event as the server keeps it, for those who look from outside; null when there is none.</summary>
    public async ValueTask<ServerEvent?> ReadServerEventAsync(StreamName stream, long sequence, CancellationToken ct = default)
    {
        await foreach (var stored in reading.RawAsync(names.Of(stream), Direction.Forwards, StreamPosition.FromInt64(sequence - 1), 1, ct).ConfigureAwait(false))
        {
            return new ServerEvent(stored.EventStreamId, stored.EventType, stored.EventId.ToGuid(), stored.ContentType, Encoding.UTF8.GetString(stored.Data.Span), Encoding.UTF8.GetString(stored.Metadata.Span));
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => client.DisposeAsync();

    private StreamManifest? Manifest(StreamName stream, StreamTail tail) =>
        tail.Manifest is { } json ? StreamManifest.Parse(json, $"{Place}, {stream}") : null;

    private async Task<long> TimeAsync(StreamName stream, long sequence, CancellationToken ct)
    {
        await foreach (var stored in reading.RawAsync(names.Of(stream), Direction.Forwards, StreamPosition.FromInt64(sequence - 1), 1, ct).ConfigureAwait(false))
        {
            if (StoredForm.SequenceOf(stored) == sequence)
            {
                return EventRecord.Read(new StoredForm().Read(stream, stored), out _).ReceiveTime;
            }
        }

        throw new StreamDamagedException(stream, sequence, "the stream's version says that it is there, but it is not.");
    }
}
