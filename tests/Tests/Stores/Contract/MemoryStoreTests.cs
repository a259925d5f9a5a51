using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Memory;

namespace EventSourcedMM.Tests.Stores;

public sealed class MemoryStoreTests : EventStoreContract
{
    [Fact]
    public async Task Seal_EndsSubscriptionsAndRefusesMore()
    {
        await Append(1, 10);
        ((MemoryStore)Store).Seal(StoreEvents.Stream);
        Assert.Equal(10, (await All(Store.SubscribeAsync(StoreEvents.Stream))).Count);
        await Assert.ThrowsAsync<StreamSealedException>(async () => await Append(11, 1));
        Assert.True((await Append(1, 10)).AlreadyStored);
    }

    protected override Task<IEventStore> OpenAsync() => Task.FromResult<IEventStore>(new MemoryStore());
}
