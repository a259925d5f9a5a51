using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Events;
using EventStore.Client;
using ClientRecord = EventStore.Client.EventRecord;
using EventRecord = EventSourcedMM.Domain.Events.EventRecord;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>Reads and follows streams; a lost connection is made again and the reading goes on behind the last event.</summary>
internal sealed class StreamReading(EventStoreClient client, StreamNaming names, Attempts attempts)
{
    private const int TailStep = 64;

    // A host that takes a connection and says nothing would be waited for until the machine's own network gives up.
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(10);

    private EventStoreClient Client => client;

    private Attempts Attempts => attempts;

    /// <summary>A stream's events as pages; with live it goes on with what is appended, until the stream is sealed.</summary>
    public async IAsyncEnumerable<EventPage> PagesAsync(StreamName stream, long from, EventTypeSet? types, bool live, [EnumeratorCancellation] CancellationToken ct)
    {
        var form = new StoredForm();
        var builder = new EventPageBuilder();
        var name = names.Of(stream);

        // Events of a batch whose end has not been seen.
        var open = new List<byte[]>();
        var next = from;
        await using var records = new Records(this, name, live, ct);
        while (true)
        {
            var move = records.MoveAsync(next);
            if (live && !builder.IsEmpty && !move.IsCompleted)
            {
                yield return builder.Take();
            }

            if (await move.ConfigureAwait(false) is not { } stored)
            {
                break;
            }

            // Truncated, limited by $maxCount, or scavenged: the server goes on with the next one that is there.
            if (StoredForm.SequenceOf(stored) != next)
            {
                throw new StreamDamagedException(stream, next, $"the server has event {StoredForm.SequenceOf(stored)} there.");
            }

            if (stored.EventType == StoredForm.SealType)
            {
                break;
            }

            next++;
            open.Add(form.Read(stream, stored).ToArray());
            if (StoredForm.HasMore(stored))
            {
                continue;
            }

            foreach (var record in open)
            {
                var header = EventRecord.Read(record, out var start);
                if (types is null || types.Value.Contains(header.Type))
                {
                    builder.Add(header, record.AsSpan(start));
                }

                if (builder.IsFull)
                {
                    ct.ThrowIfCancellationRequested();
                    yield return builder.Take();
                }
            }

            open.Clear();
        }

        ct.ThrowIfCancellationRequested();
        if (!builder.IsEmpty)
        {
            yield return builder.Take();
        }
    }

    /// <summary>Stored events as they are; none of a stream that is not there.</summary>
    public async IAsyncEnumerable<ClientRecord> RawAsync(string name, Direction direction, StreamPosition position, long count, [EnumeratorCancellation] CancellationToken ct)
    {
        // Read whole before it is handed on: what is asked for here is short, or it is the list of streams.
        foreach (var stored in await ListAsync(name, direction, position, count, ct).ConfigureAwait(false))
        {
            yield return stored;
        }
    }

    /// <summary>How a stream ends.</summary>
    public async Task<StreamTail> TailAsync(StreamName stream, CancellationToken ct)
    {
        var name = names.Of(stream);
        var position = StreamPosition.End;
        var stored = 0L;
        var count = 1;
        while (true)
        {
            var found = await ListAsync(name, Direction.Backwards, position, count, ct).ConfigureAwait(false);
            foreach (var last in found)
            {
                if (last.EventType == StoredForm.SealType)
                {
                    return new StreamTail(last.EventNumber.ToInt64(), last.EventNumber.ToInt64(), last.Data);
                }

                stored = Math.Max(stored, StoredForm.SequenceOf(last));
                if (!StoredForm.HasMore(last))
                {
                    return new StreamTail(StoredForm.SequenceOf(last), stored, null);
                }
            }

            if (found.Count < count || found[^1].EventNumber == StreamPosition.Start)
            {
                return stored == 0 ? StreamTail.None : new StreamTail(0, stored, null);
            }

            position = StreamPosition.FromInt64(found[^1].EventNumber.ToInt64() - 1);
            count = TailStep;
        }
    }

    private async Task<List<ClientRecord>> ListAsync(string name, Direction direction, StreamPosition position, long count, CancellationToken ct)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                var list = new List<ClientRecord>();
                var read = client.ReadStreamAsync(direction, name, position, count, cancellationToken: ct);
                if (await read.ReadState.WaitAsync(FirstAnswer, attempts.Timers, ct).ConfigureAwait(false) == ReadState.StreamNotFound)
                {
                    return list;
                }

                await foreach (var resolved in read.WithCancellation(ct).ConfigureAwait(false))
                {
                    list.Add(resolved.Event);
                }

                return list;
            }
            catch (Exception e)
            {
                await attempts.PauseAsync(e, failures, forever: false, ct).ConfigureAwait(false);
            }
        }
    }

    // One stream's events one by one, over as many connections as it takes.
    private sealed class Records(StreamReading owner, string name, bool live, CancellationToken ct) : IAsyncDisposable
    {
        private EventStoreClient.StreamSubscriptionResult? subscription;
        private readonly CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        private IAsyncEnumerator<ResolvedEvent>? events;
        private Task<ClientRecord?> moving = Task.FromResult<ClientRecord?>(null);
        private int failures;

        /// <summary>The event of a sequence, which is the one after the last; null at the end.</summary>
        public Task<ClientRecord?> MoveAsync(long sequence) => moving = NextAsync(sequence);

        public async ValueTask DisposeAsync()
        {
            // A reader that leaves with a page in its hand leaves a move behind, and the client's enumerators are not to be
            // disposed while they move.
            await ended.CancelAsync().ConfigureAwait(false);
            await ((Task)moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await CloseAsync().ConfigureAwait(false);
            ended.Dispose();
        }

        private async Task<ClientRecord?> NextAsync(long sequence)
        {
            while (true)
            {
                try
                {
                    events ??= await OpenAsync(sequence).ConfigureAwait(false);
                    if (events is null)
                    {
                        return null;
                    }

                    if (await events.MoveNextAsync().ConfigureAwait(false))
                    {
                        failures = 0;
                        return events.Current.Event;
                    }

                    if (!live)
                    {
                        return null;
                    }

                    // The server ended a subscription, as it does when it is stopped.
                    await CloseAsync().ConfigureAwait(false);
                    await owner.Attempts.PauseAsync(new IOException("The server ended the subscription."), ++failures, live, ended.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not StoreUnreachableException)
                {
                    await CloseAsync().ConfigureAwait(false);
                    await owner.Attempts.PauseAsync(e, ++failures, live, ended.Token).ConfigureAwait(false);
                }
            }
        }

        private async Task<IAsyncEnumerator<ResolvedEvent>?> OpenAsync(long sequence)
        {
            if (live)
            {
                var start = sequence == 1 ? FromStream.Start : FromStream.After(StreamPosition.FromInt64(sequence - 2));
                subscription = owner.Client.SubscribeToStream(name, start, cancellationToken: ended.Token);
                return subscription.GetAsyncEnumerator(ended.Token);
            }

            var read = owner.Client.ReadStreamAsync(Direction.Forwards, name, StreamPosition.FromInt64(sequence - 1), cancellationToken: ended.Token);
            return await read.ReadState.WaitAsync(FirstAnswer, owner.Attempts.Timers, ended.Token).ConfigureAwait(false) == ReadState.StreamNotFound ? null : read.GetAsyncEnumerator(ended.Token);
        }

        private async Task CloseAsync()
        {
            var (opened, subscribed) = (events, subscription);
            (events, subscription) = (null, null);
            try
            {
                if (opened is not null)
                {
                    await opened.DisposeAsync().ConfigureAwait(false);
                }

                if (subscribed is not null)
                {
                    await subscribed.DisposeAsync().ConfigureAwait(false);
                }
            }
            catch (Exception e) when (ClientErrors.IsPassing(e))
            {
                // tidy-ok: the connection is being given up, and what broke it has been reported by the read
            }
        }
    }
}
