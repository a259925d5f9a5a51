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

    /// <summary>Only what a dead process has left goes: a living writer holds no lock before its first write and after its last.</summary>
    [Fact]
    public void Sweep_FoldersWithoutALock_RemovesThoseOfDeadProcessesOnly()
    {
        var detached = Path.Combine(folder, ".detached");
        var dead = Directory.CreateDirectory(Path.Combine(detached, "run+r1+BTCUSDT+2147483646+1")).FullName;
        var living = Directory.CreateDirectory(Path.Combine(detached, $"run+r1+BTCUSDT+{Environment.ProcessId}+77")).FullName;
        Assert.Equal(1, store.SweepDetached());
        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(living));
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
