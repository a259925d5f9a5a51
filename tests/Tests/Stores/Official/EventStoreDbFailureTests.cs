#if OFFICIAL_STORES && MM_TEST_ESDB
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.EventStoreDb;
using EventSourcedMM.Stores.Journal;
using EventStore.Client;

namespace EventSourcedMM.Tests.Stores;

/// <summary>EventStoreDB goes away, comes back empty, or has been truncated by its own tools.</summary>
public sealed class EventStoreDbFailureTests : IAsyncLifetime
{
    private static readonly string Address = Environment.GetEnvironmentVariable("MM_TEST_ESDB")
        ?? throw new InvalidOperationException("MM_TEST_ESDB is not set: it holds the address of an EventStoreDB server for tests, such as esdb://localhost:2113?tls=false.");

    private readonly string prefix = $"f{Guid.NewGuid():N}"[..16];
    private readonly CutProxy proxy = new(Address);
    private readonly EventStoreClient client = new(EventStoreClientSettings.Create(Address));
    private EventStoreDbStore store = null!;
    private EventStoreDbStore behind = null!;

    public Task InitializeAsync()
    {
        store = Open(Address);
        behind = Open(proxy.Address);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await behind.DisposeAsync();
        await store.DisposeAsync();
        await client.DisposeAsync();
        proxy.Dispose();
    }

    [Fact]
    public async Task Subscribe_WhoseConnectionIsCut_GoesOnWithoutHoleOrDouble()
    {
        await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 500), Durability.EveryAppend);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var seen = new List<long>();
        await foreach (var page in behind.SubscribeAsync(StoreEvents.Stream, 1, cancel.Token))
        {
            foreach (var (header, payload) in page)
            {
                StoreAssert.Is(seen.Count + 1, header, payload.Span);
                seen.Add(header.Sequence);
            }

            if (seen.Count == 3_000)
            {
                break;
            }

            if (seen.Count % 500 == 0)
            {
                // Caught up: with the connection cut, it goes on while nobody hears of it.
                proxy.Away = true;
                await store.AppendAsync(StoreEvents.Stream, seen.Count, StoreEvents.Batch(seen.Count + 1, 500), Durability.EveryAppend);
                proxy.Away = false;
            }
        }

        Assert.Equal(Enumerable.Range(1, 3_000).Select(i => (long)i), seen);
        Assert.True(proxy.Connections > 4, $"{proxy.Connections} connections");
    }

    [Fact]
    public async Task AppendAndSeal_WhileTheServerIsAwayForAMoment_AreTriedAgain()
    {
        await behind.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 100), Durability.EveryAppend);
        proxy.Away = true;
        var appending = Task.Run(async () => await behind.AppendAsync(StoreEvents.Stream, 100, StoreEvents.Batch(101, 100), Durability.EveryAppend));
        await Task.Delay(300);
        proxy.Away = false;
        Assert.Equal(200, (await appending).Version);
        var cutting = Task.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                proxy.Cut();
                await Task.Delay(30);
            }
        });
        StreamManifest? made = null;
        try
        {
            made = await behind.SealAsync(StoreEvents.Stream, "1");
        }
        catch (StreamSealedException)
        {
            // Its own seal, whose answer was lost: what counts is the content.
        }

        await cutting;
        var there = (await store.ReadManifestAsync(StoreEvents.Stream))!;
        Assert.Equal(200, there.Events);
        Assert.True(made is null || made.ContentHash == there.ContentHash);
    }

    [Fact]
    public async Task Seal_OfAServerThatStaysAway_SaysThatItIsOutOfReach()
    {
        await behind.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend);
        proxy.Away = true;
        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await behind.SealAsync(StoreEvents.Stream, "1"));
        proxy.Away = false;
        Assert.Equal(10, (await store.SealAsync(StoreEvents.Stream, "1")).Events);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    public async Task Read_OfAStreamThatWasTruncated_SaysWhereItBegins(int kept)
    {
        await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 30), Durability.EveryAppend);
        var name = (await store.ReadServerEventAsync(StoreEvents.Stream, 1))!.Stream;
        await client.SetStreamMetadataAsync(name, StreamState.Any, new StreamMetadata(truncateBefore: StreamPosition.FromInt64(30 - kept)));
        var damaged = await Assert.ThrowsAsync<StreamDamagedException>(async () => await ReadAsync(1));
        Assert.Equal(1, damaged.Sequence);
        Assert.Contains($"event {31 - kept}", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(20, (await Assert.ThrowsAsync<StreamDamagedException>(async () => await ReadAsync(20))).Sequence);
        Assert.Equal(kept, await ReadAsync(31 - kept));
        await Assert.ThrowsAsync<StreamDamagedException>(async () => await store.FindAsync(StoreEvents.Stream));
    }

    /// <summary>
    /// Of a server whose streams can be taken away with their numbers, such as one that begins with an empty disk. EventStoreDB itself keeps
    /// the numbers of what its client deletes, and then this shows nothing: its first question finds that out.
    /// </summary>
    [Fact]
    public async Task Forward_ToAServerThatCameBackEmpty_CarriesAndListsAgain()
    {
        if (!await ForgetsAsync())
        {
            return;
        }

        using var folder = new TempFolder();
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await journal.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 500), Durability.EveryAppend);
        var forwarder = new JournalForwarder(journal, store, TimeProvider.System);
        Assert.Equal(500, (await forwarder.ForwardAsync(StoreEvents.Stream, follow: false)).Server);
        Assert.Equal([StoreEvents.Stream], await NamesAsync());
        var name = (await store.ReadServerEventAsync(StoreEvents.Stream, 1))!.Stream;
        await client.DeleteAsync(name, StreamState.Any);
        await client.DeleteAsync($"{prefix}.mm-streams", StreamState.Any);
        Assert.Empty(await NamesAsync());
        Assert.Equal(500, (await forwarder.ForwardAsync(StoreEvents.Stream, follow: false)).Server);
        Assert.Equal([StoreEvents.Stream], await NamesAsync());
        Assert.Equal(500, await ReadAsync(1));
    }

    // One event, deleted, and one again: is it the first?
    private async Task<bool> ForgetsAsync()
    {
        var probe = $"{prefix}.probe";
        EventData One() => new(Uuid.NewUuid(), "probe", "{}"u8.ToArray());
        await client.AppendToStreamAsync(probe, StreamState.NoStream, [One()]);
        await client.DeleteAsync(probe, StreamState.Any);
        return (await client.AppendToStreamAsync(probe, StreamState.NoStream, [One()])).NextExpectedStreamRevision == new StreamRevision(0);
    }

    private async Task<List<EventSourcedMM.Domain.Events.StreamName>> NamesAsync()
    {
        var names = new List<EventSourcedMM.Domain.Events.StreamName>();
        await foreach (var name in store.ListAsync())
        {
            names.Add(name);
        }

        return names;
    }

    private async Task<int> ReadAsync(long from)
    {
        var count = 0;
        await foreach (var page in store.ReadAsync(StoreEvents.Stream, from))
        {
            count += page.Count;
        }

        return count;
    }

    private EventStoreDbStore Open(string address) => new($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}streamPrefix={prefix}", "esdb", TimeProvider.System);
}
#endif
