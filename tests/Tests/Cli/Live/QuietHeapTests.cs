using System.Runtime;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli.Live;

/// <summary>No collection comes while a run trades; room is made anew when nothing is decided, before it is used up.</summary>
[Collection(Alone.Name)]
public sealed class QuietHeapTests
{
    private const int Room = 16 << 20;

    [Fact]
    public void Heap_WithRoom_CollectsOnlyWhereItIsAsked()
    {
        using (var heap = QuietHeap.Start(Room))
        {
            Assert.True(heap.IsQuiet);
            Assert.Equal(1, heap.Times);
            var before = GC.CollectionCount(0);
            Allocate(Room / 4);
            heap.Look(isIdle: true);
            Allocate(Room / 2);
            heap.Look(isIdle: false);
            Assert.Equal((before, 1, true), (GC.CollectionCount(0), heap.Times, heap.IsQuiet));

            // Nothing is decided, and more than half is used: now.
            heap.Look(isIdle: true);
            Assert.Equal((2, true), (heap.Times, heap.IsQuiet));
            Assert.InRange(GC.CollectionCount(0) - before, 0, 1);

            // Nearly nothing left: not even decisions keep it waiting.
            Allocate(Room / 16 * 15);
            heap.Look(isIdle: false);
            Assert.Equal((3, true), (heap.Times, heap.IsQuiet));
            Assert.InRange(GC.CollectionCount(0) - before, 0, 2);
        }

        Assert.NotEqual(GCLatencyMode.NoGCRegion, GCSettings.LatencyMode);
    }

    [Fact]
    public void Heap_FilledAtOnce_CollectsAsEverAndIsQuietAgainLater()
    {
        using var heap = QuietHeap.Start(Room);
        Allocate(Room * 4);
        Assert.False(heap.IsQuiet);
        heap.Look(isIdle: true);
        Assert.Equal((1, false), (heap.Times, heap.IsQuiet));

        // Whoever filled it has stopped.
        heap.Look(isIdle: true);
        Assert.Equal((2, true), (heap.Times, heap.IsQuiet));
    }

    [Fact]
    public void Heap_MoreThanTheMachineHas_LeavesEverythingAsItIs()
    {
        using var heap = QuietHeap.Start(1L << 50);
        heap.Look(isIdle: true);
        Assert.Equal((0, false), (heap.Times, heap.IsQuiet));
    }

    private static void Allocate(long bytes)
    {
        for (var left = bytes; left > 0; left -= 8_000)
        {
            GC.KeepAlive(new byte[8_000]);
        }
    }
}
