using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

public sealed class JournalWriterTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Append_OnClose_IsSeenOnlyWhenWrittenOutAndDurableOnlyWhenFlushed()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        using var writer = store.OpenWriter(StoreEvents.Stream, Durability.OnClose);
        writer.Append(StoreEvents.Batch(1, 5));
        Assert.Equal((5L, 0L, 0L), (writer.Version, writer.WrittenVersion, writer.DurableVersion));
        using var source = store.OpenJournal(StoreEvents.Stream);
        Assert.Equal(0, StoreAssert.ReadsRight(source));
        writer.WriteOut();
        Assert.Equal((5L, 5L, 0L), (writer.Version, writer.WrittenVersion, writer.DurableVersion));
        Assert.Equal(5, StoreAssert.ReadsRight(source));
        writer.Append(StoreEvents.Batch(6, 5));
        writer.Flush();
        Assert.Equal((10L, 10L, 10L), (writer.Version, writer.WrittenVersion, writer.DurableVersion));
        Assert.Equal(10, StoreAssert.ReadsRight(source, 6));
        Assert.False(source.IsSealedEnd);
        writer.Seal("t");
        Assert.False(source.Read(out _, out _));
        Assert.True(source.IsSealedEnd);
    }

    [Fact]
    public void Append_WithAnInterval_IsDurableWhenTheTimerFires()
    {
        var timers = new ManualTimers();
        using var writer = new JournalStore(folder, timers).OpenWriter(StoreEvents.Stream, Durability.Interval(250));
        writer.Append(StoreEvents.Batch(1, 5));
        writer.Append(StoreEvents.Batch(6, 5));
        Assert.Equal(0, writer.DurableVersion);
        Assert.Equal([TimeSpan.FromMilliseconds(250)], timers.Armed);
        timers.Fire();
        Assert.Equal(10, writer.DurableVersion);
        writer.Append(StoreEvents.Batch(11, 1));
        Assert.Equal(2, timers.Armed.Count);
        timers.Fire();
        Assert.Equal(11, writer.DurableVersion);
    }

    [Fact]
    public void Append_OfAMisplacedOrEmptyBatch_IsRefusedAndChangesNothing()
    {
        using var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.EveryAppend);
        writer.Append(StoreEvents.Batch(1, 5));
        Assert.Throws<StreamConflictException>(() => writer.Append(StoreEvents.Batch(7, 1)));
        Assert.Throws<StreamConflictException>(() => writer.Append(StoreEvents.Batch(5, 1)));
        Assert.Throws<ArgumentException>(() => writer.Append(new EventBatch()));
        writer.Append(StoreEvents.Batch(6, 1));
        Assert.Equal(6, writer.DurableVersion);
    }

    [Fact]
    public void Writer_Disposed_TakesNothingMore()
    {
        var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose);
        writer.Append(StoreEvents.Batch(1, 5));
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Append(StoreEvents.Batch(6, 1)));
        Assert.Throws<ObjectDisposedException>(writer.Flush);
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        Assert.Equal(5, StoreAssert.ReadsRight(source));
    }

    [Fact]
    public void Seal_OfAStreamWithoutEvents_HasTheSeedAsItsHash()
    {
        using (var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            Assert.Equal(ContentHash.Seed(StoreEvents.Stream), writer.Seal("t").ContentHash);
        }

        Assert.Empty(JournalVerifier.Verify(folder, StoreEvents.Stream).Findings);
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        Assert.False(source.Read(out _, out _));
        Assert.True(source.IsSealedEnd);
    }

    [Fact]
    public void AppendAndRead_InTheSteadyState_AllocateNothing()
    {
        using var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose);
        var batch = new EventBatch();
        var payload = new byte[40];
        void Append()
        {
            for (var round = 0; round < 20; round++)
            {
                batch.Clear();
                for (var sequence = writer.Version + 1; batch.Count < 500; sequence++)
                {
                    batch.Add(StoreEvents.Header(sequence, EventType.Trade), payload);
                }

                writer.Append(batch);
                writer.WriteOut();
            }
        }

        Append();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Append();
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000, "appending allocates");
        writer.Flush();

        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        for (var i = 0; i < 10_000; i++)
        {
            source.Read(out _, out _);
        }

        before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 9_000; i++)
        {
            Assert.True(source.Read(out _, out _));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task AppendAsync_ByManyCallersOfOneStream_IsDurableForEachWhenAcknowledged()
    {
        // All send the same batches at once: each waits for a flush that covers its own, whoever makes it.
        await using var store = new JournalStore(folder, TimeProvider.System);
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var first = 1; first <= 500; first += 10)
            {
                var result = await store.AppendAsync(StoreEvents.Stream, first - 1, StoreEvents.Batch(first, 10), Durability.EveryAppend);
                Assert.True(result.DurableVersion >= first + 9);
            }
        }));
        await Task.WhenAll(callers);
        using var source = store.OpenJournal(StoreEvents.Stream);
        Assert.Equal(500, StoreAssert.ReadsRight(source));
    }

    [Fact]
    public void SparseIndex_DeletedOrDamaged_ChangesNothingButTheWay()
    {
        var store = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = 300_000 });
        using (var writer = store.OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            for (var first = 1; first <= 30_000; first += 250)
            {
                writer.Append(StoreEvents.Batch(first, 250));
            }
        }

        var path = Path.Combine(folder, StoreEvents.Stream.Value, "sparse.index");
        var index = File.ReadAllBytes(path);
        Assert.Equal(7 * 40, index.Length);
        byte[] damaged = [.. index[..50], 77, .. index[51..]];
        foreach (var content in new[] { index, damaged, index[..41], [] })
        {
            File.WriteAllBytes(path, content);
            foreach (var from in new[] { 1L, 4_097, 8_000, 29_999, 30_000 })
            {
                using var source = store.OpenJournal(StoreEvents.Stream, from);
                Assert.Equal(from, source.NextSequence);
                Assert.Equal(30_000, StoreAssert.ReadsRight(source, from));
            }

            var time = StoreEvents.Header(20_000, EventType.Trade).ReceiveTime;
            var start = store.SequenceBefore(StoreEvents.Stream, time);
            Assert.InRange(start, 1, 20_000);
            Assert.True(content != index || start > 15_000);
        }

        // The next writer makes it whole again.
        File.Delete(path);
        store.OpenWriter(StoreEvents.Stream, Durability.OnClose).Dispose();
        Assert.Equal(index, File.ReadAllBytes(path));
    }

    [Fact]
    public void SequenceBefore_WithStampsThatRunBackwards_NeverSkipsAnEvent()
    {
        var stamps = new long[30_000];
        var random = new Random(1);
        var store = new JournalStore(folder, TimeProvider.System);
        var batch = new EventBatch();
        for (var i = 0; i < stamps.Length; i++)
        {
            stamps[i] = StoreEvents.Epoch + (i * 1000L) + random.Next(-3_000_000, 3_000_000);
            batch.Add(new EventHeader(i + 1, EventType.Trade, 1, 0, stamps[i], Cause.None), default(Trade));
        }

        using (var writer = store.OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            for (var first = 0; first < stamps.Length; first += 100)
            {
                var part = new EventBatch();
                for (var i = first; i < first + 100; i++)
                {
                    part.AddRecord(batch[i]);
                }

                writer.Append(part);
            }
        }

        for (var probe = 0; probe < 200; probe++)
        {
            var time = StoreEvents.Epoch + (long)random.Next(30_000) * 1000;
            var start = store.SequenceBefore(StoreEvents.Stream, time);
            Assert.DoesNotContain(stamps.Take((int)start - 1), s => s >= time);
        }
    }

    /// <summary>Timers that fire when a test says so.</summary>
    private sealed class ManualTimers : TimeProvider
    {
        private readonly List<Timer> timers = [];

        public List<TimeSpan> Armed { get; } = [];

        public void Fire() => timers.ForEach(t => t.Fire());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, callback, state);
            timers.Add(timer);
            return timer;
        }

        private sealed class Timer(ManualTimers owner, TimerCallback callback, object? state) : ITimer
        {
            private bool armed;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                armed = dueTime != Timeout.InfiniteTimeSpan;
                if (armed)
                {
                    owner.Armed.Add(dueTime);
                }

                return true;
            }

            public void Fire()
            {
                if (armed)
                {
                    armed = false;
                    callback(state);
                }
            }

            public void Dispose() => armed = false;

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
