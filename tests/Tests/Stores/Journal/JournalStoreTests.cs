using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

public class JournalStoreTests : EventStoreContract
{
    private readonly TempFolder folder = new();

    /// <summary>Segments so short that every test crosses several.</summary>
    protected virtual JournalOptions Options => new() { SegmentBytes = 32 * 1024 };

    [Fact]
    public async Task Reopened_ContinuesWhereItWas()
    {
        await AppendMany(3_000);
        await Store.DisposeAsync();
        await using var again = new JournalStore(folder, TimeProvider.System, Options);
        var result = await again.AppendAsync(StoreEvents.Stream, 3_000, StoreEvents.Batch(3_001, 100), Durability.EveryAppend);
        Assert.Equal(3_100, result.Version);
        Assert.Equal(3_100, (await again.FindAsync(StoreEvents.Stream))!.Version);
        Assert.True(JournalVerifier.Verify(folder, StoreEvents.Stream).IsClean);
    }

    [Fact]
    public async Task Seal_LeavesAStreamThatTheVerifierFindsWhole()
    {
        await AppendMany(10_000);
        var manifest = await Store.SealAsync(StoreEvents.Stream, "1.2.3");
        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        Assert.Empty(report.Findings);
        Assert.Equal(manifest.ContentHash, report.ContentHash);
    }

    [Fact]
    public async Task Subscribe_FromAnotherStoreOnTheSameFolder_FollowsByPolling()
    {
        await using var reader = new JournalStore(folder, TimeProvider.System, Options);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var subscriber = Task.Run(() => Follow(reader, 1, 2_000, cancel.Token));
        for (var first = 1; first <= 2_000; first += 10)
        {
            await Append(first, 10);
        }

        await subscriber;
    }

    [Fact]
    public async Task Append_WhileAnotherWriterHoldsTheStream_NamesTheHolder()
    {
        await Append(1, 10);
        await using var other = new JournalStore(folder, TimeProvider.System, Options with { Program = "second" });
        var refused = await Assert.ThrowsAsync<StreamLockedException>(async () =>
            await other.AppendAsync(StoreEvents.Stream, 10, StoreEvents.Batch(11, 1), Durability.OnClose));
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", refused.Message, StringComparison.Ordinal);
        await ((JournalStore)Store).CloseAsync(StoreEvents.Stream);
        await other.AppendAsync(StoreEvents.Stream, 10, StoreEvents.Batch(11, 1), Durability.OnClose);
    }

    protected override Task<IEventStore> OpenAsync() => Task.FromResult<IEventStore>(new JournalStore(folder, TimeProvider.System, Options));

    protected override Task CleanUpAsync()
    {
        folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The same with the segments that are used in earnest.</summary>
public sealed class JournalStoreWithLongSegmentsTests : JournalStoreTests
{
    protected override JournalOptions Options => new();
}
