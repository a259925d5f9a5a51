using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Memory;

namespace EventSourcedMM.Tests.Stores;

public sealed class MemoryStoreTests : EventStoreContract
{
    protected override Task<IEventStore> OpenAsync() => Task.FromResult<IEventStore>(new MemoryStore());
}
