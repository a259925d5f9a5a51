using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Memory;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>A server in memory, to be watched, cut off or sent away by the test that derives from it.</summary>
/// <param name="place">Its name in messages.</param>
internal abstract class WatchedStore(string place) : IEventStore
{
    private volatile MemoryStore store = new();

    public string Place => place;

    /// <summary>It came back empty.</summary>
    public void Empty() => store = new MemoryStore();

    public virtual ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default) =>
        store.AppendAsync(stream, expectedVersion, batch, durability, ct);

    public async IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await foreach (var page in store.ReadAsync(stream, fromSequence, types, ct))
        {
            yield return page;
        }
    }

    public IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, CancellationToken ct = default) => store.SubscribeAsync(stream, fromSequence, ct);

    public virtual ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default) => store.FindAsync(stream, ct);

    public IAsyncEnumerable<StreamName> ListAsync(string prefix = "", CancellationToken ct = default) => store.ListAsync(prefix, ct);

    public virtual ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default) => store.SealAsync(stream, engineVersion, notes, ct);

    public ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default) => store.ReadManifestAsync(stream, ct);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
