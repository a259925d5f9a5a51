using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Memory;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>Copies between stores: the same events, the same hash, the same manifest, and nothing overwritten.</summary>
public sealed class StreamCopierTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Copy_ThereAndBack_HasTheSameManifestByteForByte()
    {
        await using var first = await SealedJournal("a", 10_000);
        await using var memory = new MemoryStore();
        await using var last = new JournalStore(Path.Combine(folder, "b"), TimeProvider.System);
        var there = await new StreamCopier(first, memory).CopyAsync(StoreEvents.Stream);
        var back = await new StreamCopier(memory, last).CopyAsync(StoreEvents.Stream);
        Assert.Equal((10_000L, 10_000L, true), (there.Events, there.Copied, there.Sealed));
        Assert.Equal(there, back);
        Assert.Equal(first.ReadManifest(StoreEvents.Stream)!.ToJson(), last.ReadManifest(StoreEvents.Stream)!.ToJson());
        Assert.Empty(StreamCheck.Damage(last, StoreEvents.Stream));
        Assert.Equal(0, (await new StreamCopier(first, last).CopyAsync(StoreEvents.Stream)).Copied);
    }

    [Fact]
    public async Task Copy_ThatWasInterrupted_GoesOnWhereItStopped()
    {
        await using var first = await SealedJournal("a", 10_000);
        await using var memory = new MemoryStore();
        await memory.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 3_333), Durability.OnClose);
        var copy = await new StreamCopier(first, memory).CopyAsync(StoreEvents.Stream);
        Assert.Equal((10_000L, 6_667L), (copy.Events, copy.Copied));
        Assert.Equal(first.ReadManifest(StoreEvents.Stream)!.ToJson(), memory.ReadManifest(StoreEvents.Stream)!.ToJson());
    }

    [Fact]
    public async Task Copy_OntoOtherEvents_IsAConflictAndChangesNothing()
    {
        await using var first = await SealedJournal("a", 100);
        await using var memory = new MemoryStore();
        var batch = StoreEvents.Batch(1, 9);
        batch.Add(StoreEvents.Header(10, EventType.Trade), default(Trade));
        await memory.AppendAsync(StoreEvents.Stream, 0, batch, Durability.OnClose);
        await Assert.ThrowsAsync<StreamConflictException>(() => new StreamCopier(first, memory).CopyAsync(StoreEvents.Stream));
        Assert.Equal((10L, false), ((await memory.FindAsync(StoreEvents.Stream))!.Version, (await memory.FindAsync(StoreEvents.Stream))!.Sealed));
    }

    [Fact]
    public async Task Copy_OfAGrowingStream_CarriesWhatIsThereAndLeavesItOpen()
    {
        await using var first = new MemoryStore();
        await using var second = new MemoryStore();
        await first.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 500), Durability.OnClose);
        Assert.False((await new StreamCopier(first, second).CopyAsync(StoreEvents.Stream)).Sealed);
        await first.AppendAsync(StoreEvents.Stream, 500, StoreEvents.Batch(501, 500), Durability.OnClose);
        var copy = await new StreamCopier(first, second).CopyAsync(StoreEvents.Stream);
        Assert.Equal((1_000L, 500L), (copy.Events, copy.Copied));
        Assert.Equal(copy.ContentHash, StreamCheck.Hash(second, StoreEvents.Stream));
        await Assert.ThrowsAsync<StreamNotFoundException>(() => new StreamCopier(first, second).CopyAsync(StreamName.Portfolio("nobody")));
    }

    private async Task<JournalStore> SealedJournal(string name, int events)
    {
        var store = new JournalStore(Path.Combine(folder, name), TimeProvider.System);
        for (var first = 1; first <= events; first += 500)
        {
            await store.AppendAsync(StoreEvents.Stream, first - 1, StoreEvents.Batch(first, Math.Min(500, events - first + 1)), Durability.OnClose);
        }

        await store.SealAsync(StoreEvents.Stream, "1.2.3", [new("note", "text")]);
        return store;
    }
}
