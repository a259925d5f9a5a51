using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

public sealed class DetachedStreamTests : IDisposable
{
    private static readonly StreamName Run = StreamName.Run("r1", "BTCUSDT");

    private readonly TempFolder folder = new();
    private readonly JournalStore store;

    public DetachedStreamTests() => store = new JournalStore(folder, TimeProvider.System);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Publish_PutsTheWholeStreamInPlaceAtOnce()
    {
        using (var detached = store.CreateDetached(Run))
        {
            detached.Writer.Append(StoreEvents.Batch(1, 100));
            using (var inside = detached.OpenSource())
            {
                Assert.Equal(100, StoreAssert.ReadsRight(inside));
            }

            Assert.Null(await store.FindAsync(Run));
            Assert.Empty(await Names());
            detached.Publish();
            Assert.Throws<ObjectDisposedException>(detached.Publish);
        }

        Assert.Equal([Run], await Names());
        using var source = store.OpenSource(Run);
        Assert.Equal(100, StoreAssert.ReadsRight(source));
        Assert.Empty(JournalVerifier.Verify(folder, Run).Findings);

        // It is a stream like any other: not sealed, it can be continued.
        using var writer = store.OpenWriter(Run, Durability.OnClose);
        writer.Append(StoreEvents.Batch(101, 1));
    }

    [Fact]
    public async Task Publish_Sealed_AppearsSealed()
    {
        using var detached = store.CreateDetached(Run);
        detached.Writer.Append(StoreEvents.Batch(1, 100));
        var manifest = detached.Writer.Seal("1", [new("input", "x")]);
        detached.Publish();
        Assert.True((await store.FindAsync(Run))!.Sealed);
        Assert.Equal(manifest.ToJson(), store.ReadManifest(Run)!.ToJson());
    }

    [Fact]
    public async Task Dispose_WithoutPublishing_LeavesNothing()
    {
        using (var detached = store.CreateDetached(Run))
        {
            detached.Writer.Append(StoreEvents.Batch(1, 100));
            Assert.Equal(0, store.SweepDetached());
        }

        Assert.Null(await store.FindAsync(Run));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, ".detached")));
        using var again = store.CreateDetached(Run);
        again.Writer.Append(StoreEvents.Batch(1, 1));
        again.Publish();
    }

    /// <summary>Only what a dead process has left goes: a living writer holds no lock in the folder after its last write.</summary>
    [Fact]
    public void Sweep_BesideALivingWriter_RemovesWhatNobodyHolds()
    {
        var dead = Directory.CreateDirectory(Path.Combine(folder, ".detached", $"run+r1+BTCUSDT+{Environment.ProcessId}-77777777")).FullName;
        using var living = store.CreateDetached(Run);
        living.Writer.Append(StoreEvents.Batch(1, 1));
        living.Writer.Dispose();
        Assert.Equal(1, store.SweepDetached());
        Assert.False(Directory.Exists(dead));
        living.Publish();
        using var source = store.OpenSource(Run);
        Assert.Equal(1, StoreAssert.ReadsRight(source));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, ".detached")));
    }

    [Fact]
    public async Task Publish_ByManyAtOnce_IsDoneByOneAndTheOthersAreTold()
    {
        // Many rounds: what two can do to each other lies within microseconds.
        for (var round = 0; round < 20; round++)
        {
            var name = StreamName.Run($"round{round}", "BTCUSDT");
            using var meet = new Barrier(4);
            var done = await Task.WhenAll(Enumerable.Range(1, 4).Select(events => Task.Factory.StartNew(
                () =>
                {
                    // Each with a store of its own, as processes have.
                    using var detached = new JournalStore(folder, TimeProvider.System).CreateDetached(name);
                    detached.Writer.Append(StoreEvents.Batch(1, events));
                    meet.SignalAndWait();
                    try
                    {
                        detached.Publish();
                        return events;
                    }
                    catch (StreamExistsException)
                    {
                        return 0;
                    }
                },
                TaskCreationOptions.LongRunning)));
            using var source = store.OpenSource(name);
            Assert.Equal(Assert.Single(done, d => d > 0), StoreAssert.ReadsRight(source));
        }
    }

    [Fact]
    public void Create_OrPublishOverAnExistingStream_IsRefused()
    {
        using var first = store.CreateDetached(Run);
        using var second = store.CreateDetached(Run);
        first.Writer.Append(StoreEvents.Batch(1, 1));
        second.Writer.Append(StoreEvents.Batch(1, 2));
        first.Publish();
        Assert.Equal(Run, Assert.Throws<StreamExistsException>(second.Publish).Stream);
        Assert.Throws<StreamExistsException>(() => store.CreateDetached(Run));
        using var source = store.OpenSource(Run);
        Assert.Equal(1, StoreAssert.ReadsRight(source));
    }

    private async Task<List<StreamName>> Names()
    {
        var names = new List<StreamName>();
        await foreach (var name in store.ListAsync())
        {
            names.Add(name);
        }

        return names;
    }
}
