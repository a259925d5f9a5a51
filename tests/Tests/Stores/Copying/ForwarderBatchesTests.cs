using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>Which events travel together. A server that fails in the middle of a batch is sent the same one again, or a longer one.</summary>
public sealed class ForwarderBatchesTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(100, 1 << 20)]
    [InlineData(1_000_000, 3_000)]
    [InlineData(1_000_000, 1 << 20)]
    public async Task Forward_FromSmallSegments_SendsBatchesThatEndAtALimitOrTheEnd(int maxEvents, int maxBytes)
    {
        // Segments, and so the pages that are read, end where they like.
        await using var journal = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = 20_000 });
        for (var first = 1; first <= 4_000; first += 10)
        {
            await journal.AppendAsync(StoreEvents.Stream, first - 1, StoreEvents.Batch(first, 10), Durability.OnClose);
        }

        await journal.SealAsync(StoreEvents.Stream, "1");
        await using var server = new Watched();
        var options = new ForwarderOptions { MaxEvents = maxEvents, MaxBytes = maxBytes };
        await new JournalForwarder(journal, server, TimeProvider.System, options).ForwardAsync(StoreEvents.Stream, follow: true);
        Assert.Equal(4_000, server.Batches.Sum(b => b.Count));
        for (var i = 0; i < server.Batches.Count; i++)
        {
            var (last, count, bytes) = server.Batches[i];
            Assert.InRange(count, 1, maxEvents);
            Assert.True(bytes <= maxBytes, $"a batch of {bytes} bytes");
            Assert.True(last == 4_000 || count == maxEvents || bytes + StoreEvents.Record(last + 1).Length > maxBytes, $"a batch ends at {last} for no reason of its own");
        }

        Assert.Equal((await journal.FindAsync(StoreEvents.Stream))!.ContentHash, (await server.FindAsync(StoreEvents.Stream))!.ContentHash);
    }

    /// <summary>A server that is there, and takes its time: how far it is behind, the journal's end says and not the page in hand.</summary>
    [Fact]
    public async Task Forward_ToAServerThatIsThereButSlow_RaisesTheAlarmAtOnceAndTakesItBackInTheEnd()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await journal.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.OnClose);
        await using var server = new Slow(async () =>
        {
            await journal.AppendAsync(StoreEvents.Stream, 10, StoreEvents.Batch(11, 990), Durability.OnClose);
            await journal.SealAsync(StoreEvents.Stream, "1");
        });
        var alarms = new List<ForwarderAlarm>();
        var options = new ForwarderOptions { MaxEvents = 10, AlarmBehind = 100, FlushPatience = TimeSpan.Zero, Alarm = alarms.Add };
        var end = await new JournalForwarder(journal, server, TimeProvider.System, options).ForwardAsync(StoreEvents.Stream, follow: true);
        Assert.Equal((1_000L, 0L), (end.Server, end.Behind));
        Assert.Equal([(true, 10L, 1_000L), (false, 990L, 1_000L)], alarms.Select(a => (a.Raised, a.Progress.Server, a.Progress.Journal)));
        Assert.Equal("slow is 990 events behind the journal", alarms[0].Reason);
    }

    // While it takes the first batch, the journal goes on.
    private sealed class Slow(Func<Task> meanwhile) : WatchedStore("slow")
    {
        public override async ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
        {
            if (expectedVersion == 0)
            {
                await meanwhile();
            }

            return await base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        }
    }

    // A store that notes the batches it is sent.
    private sealed class Watched() : WatchedStore("memory")
    {
        public List<(long Last, int Count, int Bytes)> Batches { get; } = [];

        public override ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
        {
            Batches.Add((batch.LastSequence, batch.Count, batch.Bytes.Length));
            return base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        }
    }
}
