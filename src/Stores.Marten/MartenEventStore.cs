using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Marten.Events;
using JasperFx.Events;
using Marten;
using Marten.Events;
using Npgsql;

namespace EventSourcedMM.Stores.Marten;

/// <summary>
/// Events in a PostgreSQL database that Marten keeps: streams by name, one document an event (<see cref="MartenEvent"/>),
/// inventory and PnL as projections (<see cref="ProjectAsync"/>). An event is on disk when it is acknowledged: the server
/// confirms each append after its write-ahead log, whatever durability was asked for; one that runs with fsync=off is not believed.
/// A sealed stream is an archived one to Marten's append, while its events stay visible to queries and projections.
/// </summary>
public sealed class MartenEventStore : IEventStore
{
    private const int ReadWindow = 16_384;

    // How often a version may be stated whose events are not there: between two questions the database may be emptied and filled anew.
    private const int MostLooks = 3;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromMilliseconds(500);

    private readonly NpgsqlDataSource database;
    private readonly DocumentStore store;
    private readonly MartenSchema schema;
    private readonly TimeProvider timers;
    private readonly Dictionary<StreamName, EventLinks> links = [];
    private readonly Lock gate = new();
    private TaskCompletionSource appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Names the database; it is reached with the first call, which also creates or updates Marten's tables.</summary>
    /// <param name="connectionString">Npgsql's connection string; <c>Search Path</c> names the schema, <see cref="MartenConfiguration.DefaultSchema"/> without.</param>
    /// <param name="place">The database for messages, without secrets.</param>
    /// <param name="timers">Waits between looks at a stream that grows.</param>
    public MartenEventStore(string connectionString, string place, TimeProvider timers)
    {
        Place = place;
        this.timers = timers;
        var connection = MartenSchema.Connection(connectionString, out var name);
        database = new NpgsqlDataSourceBuilder(connection).Build();
        store = DocumentStore.For(options =>
        {
            options.Connection(database);
            MartenConfiguration.Apply(options, name);
        });
        schema = new MartenSchema(store, database, name, place);
    }

    /// <summary>Where it is, for messages, without secrets.</summary>
    public string Place { get; }

    /// <summary>Marten's own view of the store, for queries of documents and events.</summary>
    internal IDocumentStore Documents => store;

    /// <inheritdoc/>
    /// <exception cref="StoreUnreachableException">The server is away; the batch may or may not be stored, and appending it again is safe.</exception>
    /// <exception cref="StoreRefusedException">The server refuses, or does not flush (fsync=off) although the batch asks for it.</exception>
    public async ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
    {
        AppendCheck.Arguments(expectedVersion, batch);
        await schema.ReadyAsync(ct).ConfigureAwait(false);
        if (schema.Weakness is { } weakness && durability.Kind == DurabilityKind.EveryAppend)
        {
            throw new StoreRefusedException(Place, weakness);
        }

        var link = await LinksAsync(stream, batch, ct).ConfigureAwait(false);
        var events = new object[batch.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = Wrap(stream, link, MartenEventTypes.Make(batch[i]));
        }

        try
        {
            await using var session = store.LightweightSession();
            session.Events.Append(stream.Value, batch.LastSequence, (IEnumerable<object>)events);
            await session.SaveChangesAsync(ct).ConfigureAwait(false);
        }
        catch (Exception e) when (MartenErrors.IsConflict(e))
        {
            return await JudgeAsync(stream, expectedVersion, batch, durability, e, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (schema.Translate(e) is { } known)
        {
            throw known;
        }

        Pulse();
        return Acknowledge(batch.LastSequence, durability, alreadyStored: false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        await schema.ReadyAsync(ct).ConfigureAwait(false);
        var classes = types?.Types.Select(MartenEventTypes.ClassOf).ToArray();
        if (classes is { Length: 0 })
        {
            yield break;
        }

        var next = fromSequence;
        var looks = 0;
        while (true)
        {
            var builder = new EventPageBuilder();
            var any = false;
            await foreach (var found in Window(stream, next, classes, ct).ConfigureAwait(false))
            {
                if (classes is null && found.Version != next)
                {
                    throw new StreamDamagedException(stream, next, $"in {Place} event {found.Version} stands there.");
                }

                next = found.Version + 1;
                any = true;
                Add(builder, stream, found);
                if (builder.IsFull)
                {
                    ct.ThrowIfCancellationRequested();
                    yield return builder.Take();
                }
            }

            ct.ThrowIfCancellationRequested();
            if (!builder.IsEmpty)
            {
                yield return builder.Take();
            }

            if (any)
            {
                looks = 0;
                continue;
            }

            // Of some types alone nobody can tell what is missing; of all, the stream's row can.
            var stated = classes is null && await schema.StateAsync(stream, ct).ConfigureAwait(false) is { } row ? row.Version : 0;
            if (stated < next)
            {
                yield break;
            }

            if (++looks == MostLooks)
            {
                throw new StreamDamagedException(stream, next, $"{Place} states {stated} events, this one is missing.");
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>A server that goes away is waited for; the subscription goes on where it was when it is back.</remarks>
    public async IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        var next = fromSequence;
        while (true)
        {
            // Both before the look: what is appended or sealed after it is seen by the next one.
            var signal = appended.Task;
            var (state, away) = await TryAsync(async () => await schema.StateAsync(stream, ct).ConfigureAwait(false)).ConfigureAwait(false);
            if (!away)
            {
                await using var pages = ReadAsync(stream, next, null, ct).GetAsyncEnumerator(ct);
                while (true)
                {
                    (var page, away) = await TryAsync(async () => await pages.MoveNextAsync().ConfigureAwait(false) ? pages.Current : null).ConfigureAwait(false);
                    if (page is null)
                    {
                        break;
                    }

                    next = page.LastSequence + 1;
                    yield return page;
                }

                if (state is { Sealed: true } && !away)
                {
                    yield break;
                }
            }

            // This process's appends wake it, others are found by looking again. A stream's versions are committed in their
            // order, since a writer holds the stream's row until then: nothing can appear behind what was read.
            await (away ? Task.Delay(ReconnectInterval, timers, ct) : Task.WhenAny(signal, Task.Delay(PollInterval, timers, ct))).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
    {
        await schema.ReadyAsync(ct).ConfigureAwait(false);
        if (await schema.StateAsync(stream, ct).ConfigureAwait(false) is not { } state)
        {
            return null;
        }

        var first = await SingleAsync(stream, 1, ct).ConfigureAwait(false);
        var last = await SingleAsync(stream, state.Version, ct).ConfigureAwait(false);
        var manifest = state.Sealed ? await ReadManifestAsync(stream, ct).ConfigureAwait(false) : null;
        return new StreamInfo(stream, state.Version, first.Header.ReceiveTime, last.Header.ReceiveTime, state.Sealed, manifest?.ContentHash);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamName> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken ct = default)
    {
        await schema.ReadyAsync(ct).ConfigureAwait(false);
        foreach (var name in await schema.NamesAsync(prefix, ct).ConfigureAwait(false))
        {
            yield return name;
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
        await schema.ReadyAsync(ct).ConfigureAwait(false);
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

            if (await schema.TrySealAsync(stream, digest, engineVersion, notes, ct).ConfigureAwait(false) is { } manifest)
            {
                Pulse();
                return manifest;
            }
        }
    }

    /// <summary>The manifest of a sealed stream; null when the stream is not sealed or does not exist.</summary>
    /// <exception cref="InvalidDataException">The manifest was changed.</exception>
    public async ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default)
    {
        await schema.ReadyAsync(ct).ConfigureAwait(false);
        return await schema.ManifestAsync(stream, ct).ConfigureAwait(false);
    }

    /// <summary>
    /// Folds every event that is stored now into the read models and returns when they are up to date. One process at a time
    /// does this; a daemon of your own does it all the time (<see cref="MartenConfiguration"/>).
    /// </summary>
    /// <exception cref="Exception">The first event that could not be folded; nothing is skipped, and the next call starts there.</exception>
    public async Task ProjectAsync(CancellationToken ct = default)
    {
        await schema.ReadyAsync(ct).ConfigureAwait(false);
        await schema.ProjectAsync(ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync().ConfigureAwait(false);
        await database.DisposeAsync().ConfigureAwait(false);
    }

    private static object Wrap(StreamName stream, EventLinks links, MartenEvent data)
    {
        // Marten's class for an event with metadata; it takes an id that is set and makes one only where there is none.
        var made = (IEvent)Activator.CreateInstance(typeof(Event<>).MakeGenericType(data.GetType()), data)!;
        made.Id = EventId.Of(stream, data.Header.Sequence);
        made.CorrelationId = links.CorrelationId;
        made.CausationId = links.CausationId(data.Header);
        return made;
    }

    private static void Add(EventPageBuilder builder, StreamName stream, IEvent found)
    {
        var data = Check(stream, found);
        builder.Add(data.Header, data.Record.Span[data.PayloadStart..]);
    }

    private static MartenEvent Check(StreamName stream, IEvent found) =>
        found.Data is not MartenEvent data ? throw new StreamDamagedException(stream, found.Version, $"Marten stored an event of the class {found.Data.GetType().Name} there.")
        : data.Header.Sequence != found.Version ? throw new StreamDamagedException(stream, found.Version, $"its document says it is event {data.Header.Sequence}.")
        : data;

    // A server that does not flush promises nothing more than what was asked for.
    private AppendResult Acknowledge(long version, Durability durability, bool alreadyStored) =>
        new(version, schema.Weakness is null ? Durability.EveryAppend : durability, schema.Weakness is null ? version : 0, alreadyStored);

    // What a call gives, or that the server is away.
    private static async Task<(T? Given, bool Away)> TryAsync<T>(Func<Task<T?>> call)
    {
        try
        {
            return (await call().ConfigureAwait(false), false);
        }
        catch (StoreUnreachableException)
        {
            return (default, true);
        }
    }

    // What is there instead: the same events, others, or another version.
    private async ValueTask<AppendResult> JudgeAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, Exception conflict, CancellationToken ct)
    {
        var state = await schema.StateAsync(stream, ct).ConfigureAwait(false);
        var version = state?.Version ?? 0;
        if (batch.LastSequence <= version)
        {
            await CompareAsync(stream, expectedVersion, version, batch, ct).ConfigureAwait(false);
            return Acknowledge(version, durability, alreadyStored: true);
        }

        if (state is { Sealed: true })
        {
            throw new StreamSealedException(stream, version);
        }

        // At the version that was expected after all, it was another one when Marten looked: somebody wrote meanwhile.
        throw version != expectedVersion ? new StreamConflictException(stream, expectedVersion, version) : schema.Translate(conflict) ?? new StreamConflictException(stream, expectedVersion, version);
    }

    private async Task CompareAsync(StreamName stream, long expectedVersion, long version, EventBatch batch, CancellationToken ct)
    {
        var sequence = batch.FirstSequence;
        await foreach (var found in Window(stream, batch.FirstSequence, null, ct, batch.Count).ConfigureAwait(false))
        {
            if (found.Version != sequence)
            {
                break;
            }

            if (!Check(stream, found).Record.Span.SequenceEqual(batch[(int)(sequence - batch.FirstSequence)]))
            {
                throw new EventConflictException(stream, expectedVersion, version, sequence);
            }

            sequence++;
        }

        if (sequence != batch.LastSequence + 1)
        {
            throw new StreamDamagedException(stream, sequence, $"the stream is at version {version}, but this event is not there.");
        }
    }

    private async IAsyncEnumerable<IEvent> Window(StreamName stream, long from, Type[]? classes, [EnumeratorCancellation] CancellationToken ct, int count = ReadWindow)
    {
        var key = stream.Value;
        await using var session = store.QuerySession();
        var query = session.Events.QueryAllRawEvents().Where(e => e.StreamKey == key && e.Version >= from);
        if (classes is not null)
        {
            query = query.Where(e => e.EventTypesAre(classes));
        }

        // The enumerator by hand: nothing can be caught around a yield.
        var events = query.OrderBy(e => e.Version).Take(count).ToAsyncEnumerable(ct).GetAsyncEnumerator(ct);
        try
        {
            for (var next = from; await NextAsync(events, stream, next).ConfigureAwait(false); next = events.Current.Version + 1)
            {
                yield return events.Current;
            }
        }
        finally
        {
            await events.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<IEvent> events, StreamName stream, long next)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (schema.Translate(e) is { } known)
        {
            throw known;
        }
        catch (Exception e) when (MartenErrors.Undecodable(e, stream, next, Place) is { } broken)
        {
            // Where only some types are asked for, it may be an event further behind.
            throw broken;
        }
    }

    private async Task<MartenEvent> SingleAsync(StreamName stream, long sequence, CancellationToken ct)
    {
        await foreach (var found in Window(stream, sequence, null, ct, 1).ConfigureAwait(false))
        {
            if (found.Version == sequence)
            {
                return Check(stream, found);
            }
        }

        throw new StreamDamagedException(stream, sequence, "the stream's version says that it is there, but it is not.");
    }

    // A run's first event names its inputs. A store that did not write it reads it, once a stream.
    private async ValueTask<EventLinks> LinksAsync(StreamName stream, EventBatch batch, CancellationToken ct)
    {
        EventLinks? known;
        lock (gate)
        {
            links.TryGetValue(stream, out known);
        }

        if (known is { KnowsInputs: true })
        {
            return known;
        }

        var link = new EventLinks(stream);
        if (batch.FirstSequence == 1)
        {
            var header = EventRecord.Read(batch[0], out var start);
            link.Learn(header, batch[0][start..]);
        }
        else if (!link.KnowsInputs)
        {
            await foreach (var first in Window(stream, 1, null, ct, 1).ConfigureAwait(false))
            {
                var data = Check(stream, first);
                link.Learn(data.Header, data.Record.Span[data.PayloadStart..]);
            }
        }

        lock (gate)
        {
            links[stream] = link;
        }

        return link;
    }

    private void Pulse() => Interlocked.Exchange(ref appended, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
