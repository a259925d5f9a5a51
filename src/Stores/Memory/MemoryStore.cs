using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Memory;

/// <summary>
/// The contract in its plainest form: a list of records per stream, under one lock. It is the twin that the other stores are
/// compared with, and a store for tests and trials. Its memory is its disk: what it acknowledges lasts as long as it does.
/// </summary>
public sealed class MemoryStore : IEventStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, List<byte[]>> streams = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, StreamManifest> manifests = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = NewSignal();

    /// <inheritdoc/>
    public string Place => "memory";

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
    {
        AppendCheck.Arguments(expectedVersion, batch);
        ct.ThrowIfCancellationRequested();
        lock (gate)
        {
            var records = streams.GetValueOrDefault(stream.Value) ?? [];
            if (batch.LastSequence <= records.Count)
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    var sequence = batch.FirstSequence + i;
                    if (!batch[i].SequenceEqual(records[(int)sequence - 1]))
                    {
                        throw new EventConflictException(stream, expectedVersion, records.Count, sequence);
                    }
                }

                return ValueTask.FromResult(new AppendResult(records.Count, durability, records.Count, true));
            }

            if (manifests.ContainsKey(stream.Value))
            {
                throw new StreamSealedException(stream, records.Count);
            }

            if (expectedVersion != records.Count)
            {
                throw new StreamConflictException(stream, expectedVersion, records.Count);
            }

            foreach (var record in batch)
            {
                records.Add(record.ToArray());
            }

            streams[stream.Value] = records;
            Pulse();
            return ValueTask.FromResult(new AppendResult(records.Count, durability, records.Count, false));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        var next = fromSequence;
        while (Page(stream, ref next, types, out _, out _) is { } page)
        {
            ct.ThrowIfCancellationRequested();
            yield return page;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        var next = fromSequence;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var page = Page(stream, ref next, null, out var signal, out var isClosed);
            if (page is not null)
            {
                yield return page;
            }
            else if (isClosed)
            {
                yield break;
            }
            else
            {
                await signal.WaitAsync(ct).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (!streams.TryGetValue(stream.Value, out var records))
            {
                return ValueTask.FromResult<StreamInfo?>(null);
            }

            var manifest = manifests.GetValueOrDefault(stream.Value);
            return ValueTask.FromResult<StreamInfo?>(new StreamInfo(
                stream,
                records.Count,
                EventRecord.Read(records[0], out _).ReceiveTime,
                EventRecord.Read(records[^1], out _).ReceiveTime,
                manifest is not null,
                manifest?.ContentHash));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamName> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        string[] names;
        lock (gate)
        {
            names = streams.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        }

        foreach (var name in names)
        {
            ct.ThrowIfCancellationRequested();
            yield return StreamName.Parse(name);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (!streams.TryGetValue(stream.Value, out var records))
            {
                throw new StreamNotFoundException(stream, Place);
            }

            if (manifests.ContainsKey(stream.Value))
            {
                throw new StreamSealedException(stream, records.Count);
            }

            using var digest = new StreamDigest(stream);
            records.ForEach(r => digest.Add(r));
            var manifest = digest.ToManifest(engineVersion, notes);
            manifests.Add(stream.Value, manifest);
            Pulse();
            return ValueTask.FromResult(manifest);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        lock (gate)
        {
            return ValueTask.FromResult(manifests.GetValueOrDefault(stream.Value));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next page, or null when there is none now; then the signal ends with the next change.</summary>
    private EventPage? Page(StreamName stream, ref long next, EventTypeSet? types, out Task signal, out bool isClosed)
    {
        lock (gate)
        {
            signal = changed.Task;
            isClosed = manifests.ContainsKey(stream.Value);
            var builder = new EventPageBuilder();
            if (streams.TryGetValue(stream.Value, out var records))
            {
                for (; next <= records.Count && !builder.IsFull; next++)
                {
                    var record = records[(int)next - 1];
                    var header = EventRecord.Read(record, out var start);
                    if (types is null || types.Value.Contains(header.Type))
                    {
                        builder.Add(header, record.AsSpan(start));
                    }
                }
            }

            return builder.IsEmpty ? null : builder.Take();
        }
    }

    private void Pulse()
    {
        changed.SetResult();
        changed = NewSignal();
    }
}
