using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

/// <summary>What every event store must do. A store's suite derives from this and says how to make one.</summary>
public abstract partial class EventStoreContract : IAsyncLifetime
{
    private static readonly StreamName Stream = StoreEvents.Stream;

    protected IEventStore Store { get; private set; } = null!;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await CleanUpAsync();
    }

    [Fact]
    public async Task Append_ToNewStream_IsReadBackByteForByte()
    {
        var result = await Append(1, 100);
        Assert.Equal(100, result.Version);
        Assert.False(result.AlreadyStored);
        await AssertHolds(Stream, 1, 100);
    }

    [Fact]
    public async Task Append_InManyBatches_IsOneStreamInSequenceOrder()
    {
        for (var first = 1; first <= 991; first += 10)
        {
            await Append(first, 10);
        }

        await AssertHolds(Stream, 1, 1000);
    }

    [Theory]
    [InlineData(5, 10)]
    [InlineData(15, 10)]
    public async Task Append_WithWrongExpectedVersion_IsAConflictThatNamesBoth(long expected, long actual)
    {
        await Append(1, (int)actual);
        var conflict = await Assert.ThrowsAsync<StreamConflictException>(async () =>
            await Store.AppendAsync(Stream, expected, StoreEvents.Batch(expected + 1, 20), Durability.OnClose));
        Assert.Equal((Stream, expected, actual), (conflict.Stream, conflict.Expected, conflict.Actual));
        Assert.Contains(Stream.Value, conflict.Message, StringComparison.Ordinal);
        Assert.Contains($"version {expected}", conflict.Message, StringComparison.Ordinal);
        Assert.Contains($"version {actual}", conflict.Message, StringComparison.Ordinal);
        await AssertHolds(Stream, 1, actual);
    }

    [Fact]
    public async Task Append_OfStoredEventsWithSameBytes_ChangesNothing()
    {
        await Append(1, 30);
        foreach (var (first, count) in new[] { (1, 30), (1, 1), (11, 5), (30, 1) })
        {
            var again = await Append(first, count);
            Assert.True(again.AlreadyStored);
            Assert.Equal(30, again.Version);
        }

        await AssertHolds(Stream, 1, 30);
    }

    [Fact]
    public async Task Append_OfStoredEventsWithOtherBytes_IsAConflictThatNamesTheSequence()
    {
        await Append(1, 30);
        var batch = StoreEvents.Batch(10, 3);
        batch.Add(StoreEvents.Header(13, EventType.Trade), default(Trade));
        var conflict = await Assert.ThrowsAsync<EventConflictException>(async () => await Store.AppendAsync(Stream, 9, batch, Durability.OnClose));
        Assert.Equal(13, conflict.Sequence);
        await AssertHolds(Stream, 1, 30);
    }

    [Fact]
    public async Task Append_OfPartlyStoredBatch_IsAConflictAndStoresNothing()
    {
        await Append(1, 10);
        await Assert.ThrowsAsync<StreamConflictException>(async () => await Append(6, 10));
        await AssertHolds(Stream, 1, 10);
    }

    [Fact]
    public async Task Append_OfEmptyOrMisplacedBatch_IsAnArgumentError()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.AppendAsync(Stream, 0, new EventBatch(), Durability.OnClose));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.AppendAsync(Stream, 0, StoreEvents.Batch(2, 1), Durability.OnClose));
        Assert.Null(await Store.FindAsync(Stream));
    }

    [Fact]
    public async Task Append_ByRacingWriters_LetsOneWinEachVersion()
    {
        // All writers send the same events: each batch is stored once, whoever comes first.
        var tasks = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var stored = 0;
            for (var first = 1; first <= 191; first += 10)
            {
                stored += (await Append(first, 10)).AlreadyStored ? 0 : 1;
            }

            return stored;
        })).ToArray();
        Assert.Equal(20, (await Task.WhenAll(tasks)).Sum());
        await AssertHolds(Stream, 1, 200);
    }

    [Fact]
    public async Task Append_AcknowledgesAtLeastTheDurabilityAskedFor()
    {
        var first = 1;
        foreach (var asked in new[] { Durability.OnClose, Durability.Interval(50), Durability.EveryAppend })
        {
            var result = await Store.AppendAsync(Stream, first - 1, StoreEvents.Batch(first, 5), asked);
            Assert.True(result.Durability.Covers(asked), $"asked for {asked}, got {result.Durability}");
            first += 5;
            if (asked == Durability.EveryAppend)
            {
                Assert.Equal(result.Version, result.DurableVersion);
            }
        }
    }

    [Fact]
    public async Task Append_OfBigEvents_KeepsThem()
    {
        var batch = new EventBatch();
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            batch.Add(StoreEvents.Header(sequence, EventType.VenueMessage), new VenueMessage { Stream = "s", Body = new string((char)('a' + sequence), 700_000), Problem = "" });
        }

        await Store.AppendAsync(Stream, 0, batch, Durability.EveryAppend);
        var events = await All(Store.ReadAsync(Stream));
        Assert.Equal(3, events.Count);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(batch[i].EndsWith(events[i].Payload.Span));
            Assert.True(events[i].Payload.Length > 700_000);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4_096)]
    [InlineData(4_097)]
    [InlineData(9_999)]
    [InlineData(10_000)]
    public async Task Read_FromAnyPosition_StartsThere(long from)
    {
        await AppendMany(10_000);
        await AssertHolds(Stream, from, 10_000);
    }

    [Fact]
    public async Task Read_BeyondTheEndOrOfUnknownStream_HasNoPages()
    {
        await Append(1, 10);
        Assert.Empty(await All(Store.ReadAsync(Stream, 11)));
        Assert.Empty(await All(Store.ReadAsync(Stream, 1000)));
        Assert.Empty(await All(Store.ReadAsync(StreamName.Portfolio("nobody"))));
    }

    [Fact]
    public async Task Read_ByType_SkipsTheOthers()
    {
        await AppendMany(10_000);
        var diffs = await All(Store.ReadAsync(Stream, 5_000, new EventTypeSet(EventType.DepthDiff)));
        Assert.Equal(Enumerable.Range(5_000, 5_001).Where(s => s % 3 == 0).Select(s => (long)s), diffs.Select(e => e.Header.Sequence));
        Assert.All(diffs, e => Assert.Equal(EventType.DepthDiff, e.Header.Type));
    }

    [Fact]
    public async Task Read_PagesThatWereKept_StayValid()
    {
        await AppendMany(12_000);
        var pages = new List<EventPage>();
        await foreach (var page in Store.ReadAsync(Stream))
        {
            pages.Add(page);
        }

        Assert.True(pages.Count > 1);
        var sequence = 1L;
        foreach (var stored in pages.SelectMany(p => p))
        {
            StoreAssert.Is(sequence++, stored.Header, stored.Payload.Span);
        }

        Assert.Equal(12_001, sequence);
    }

    [Fact]
    public async Task Read_Cancelled_Stops()
    {
        await AppendMany(10_000);
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var page in Store.ReadAsync(Stream, ct: cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Subscribe_WhileAppending_SeesEachEventOnceInOrder()
    {
        await AppendMany(5_000);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var subscribers = new[] { 1L, 4_999, 5_001, 6_000 }.Select(from => Task.Run(() => Follow(Store, from, 9_000, cancel.Token))).ToArray();
        for (var first = 5_001; first <= 9_000; first += 50)
        {
            await Append(first, 50);
            if (first % 500 == 1)
            {
                await Task.Delay(5);
            }
        }

        await Task.WhenAll(subscribers);
    }

    [Fact]
    public async Task Subscribe_BeforeTheStreamExists_WaitsForIt()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var subscriber = Task.Run(() => Follow(Store, 1, 20, cancel.Token));
        await Task.Delay(50);
        Assert.False(subscriber.IsCompleted);
        await Append(1, 20);
        await subscriber;
    }

    [Fact]
    public async Task Subscribe_Cancelled_EndsWithCancellation()
    {
        await Append(1, 20);
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var page in Store.SubscribeAsync(Stream, ct: cancel.Token))
            {
                cancel.CancelAfter(20);
            }
        });
    }

    [Fact]
    public async Task Find_TellsVersionAndTimes()
    {
        Assert.Null(await Store.FindAsync(Stream));
        await Append(1, 7);
        await Append(8, 1);
        var info = await Store.FindAsync(Stream);
        Assert.NotNull(info);
        Assert.Equal((Stream, 8L, false), (info.Stream, info.Version, info.Sealed));
        Assert.Equal(StoreEvents.Header(1, EventType.Trade).ReceiveTime, info.FirstTime);
        Assert.Equal(StoreEvents.Header(8, EventType.Trade).ReceiveTime, info.LastTime);
    }

    [Fact]
    public async Task List_ByPrefix_IsInOrdinalOrder()
    {
        string[] names = ["market/BTCUSDT/2024-08-08/a", "market/BTCUSDT/2024-08-09/a", "market/ETHUSDT/2024-08-08/a", "portfolio/r1", "run/r1/BTCUSDT", "run/r1/ETHUSDT", "run/r2/BTCUSDT"];
        foreach (var name in names.Reverse())
        {
            await Store.AppendAsync(StreamName.Parse(name), 0, StoreEvents.Batch(1, 2), Durability.OnClose);
        }

        Assert.Equal(names, await Names(""));
        Assert.Equal(names[..2], await Names("market/BTCUSDT/"));
        Assert.Equal(names[4..6], await Names("run/r1"));
        Assert.Empty(await Names("run/r3"));
    }

    [Fact]
    public async Task Streams_AreIndependent()
    {
        var other = StreamName.Run("r1", "BTCUSDT");
        await Append(1, 10);
        await Store.AppendAsync(other, 0, StoreEvents.Batch(1, 4), Durability.OnClose);
        await Append(11, 10);
        await AssertHolds(Stream, 1, 20);
        await AssertHolds(other, 1, 4);
    }

    [Fact]
    public async Task Seal_PublishesTheContentHashAndRefusesMore()
    {
        await AppendMany(10_000);
        Assert.Null(await Store.ReadManifestAsync(Stream));
        var manifest = await Store.SealAsync(Stream, "1.2.3", [new("b", "2"), new("a", "1")]);
        using var hash = StoreEvents.Hash(Stream, 10_000);
        Assert.Equal(hash.Current, manifest.ContentHash);
        Assert.Equal(ContentHash.Root(hash.Blocks), manifest.BlockRoot);
        Assert.Equal(["a", "b"], manifest.Notes.Select(n => n.Key));
        Assert.Equal(manifest.ToJson(), (await Store.ReadManifestAsync(Stream))!.ToJson());
        var info = await Store.FindAsync(Stream);
        Assert.Equal((10_000L, true, manifest.ContentHash), (info!.Version, info.Sealed, info.ContentHash!.Value));
        var refused = await Assert.ThrowsAsync<StreamSealedException>(async () => await Append(10_001, 1));
        Assert.Equal(10_000, refused.Version);
        Assert.True((await Append(9_001, 1000)).AlreadyStored);
        await Assert.ThrowsAsync<StreamSealedException>(async () => await Store.SealAsync(Stream, "1.2.3"));
        await AssertHolds(Stream, 1, 10_000);
        Assert.Equal(10_000, (await All(Store.SubscribeAsync(Stream))).Count);
        await Assert.ThrowsAsync<StreamNotFoundException>(async () => await Store.SealAsync(StreamName.Portfolio("nobody"), "1.2.3"));
        Assert.Null(await Store.ReadManifestAsync(StreamName.Portfolio("nobody")));
    }

    [Fact]
    public async Task Subscribe_WhenTheStreamIsSealed_EndsAfterItsLastEvent()
    {
        await Append(1, 10);
        var subscriber = Task.Run(async () => await All(Store.SubscribeAsync(Stream)));
        await Task.Delay(30);
        await Append(11, 5);
        await Store.SealAsync(Stream, "1");
        Assert.Equal(15, (await subscriber.WaitAsync(TimeSpan.FromSeconds(30))).Count);
    }

    [Fact]
    public async Task OpenSource_ReadsWhatIsStoredOneByOne()
    {
        await AppendMany(9_000);
        using var source = Store.OpenSource(Stream, 4_000);
        for (var sequence = 4_000L; sequence <= 9_000; sequence++)
        {
            Assert.True(source.Read(out var header, out var payload));
            StoreAssert.Is(sequence, header, payload);
        }

        Assert.False(source.Read(out _, out _));
        Assert.Throws<StreamNotFoundException>(() => Store.OpenSource(StreamName.Portfolio("nobody")));
    }

    protected abstract Task<IEventStore> OpenAsync();

    protected virtual Task CleanUpAsync() => Task.CompletedTask;

    protected async Task<AppendResult> Append(int first, int count) =>
        await Store.AppendAsync(Stream, first - 1, StoreEvents.Batch(first, count), Durability.OnClose);

    protected async Task AppendMany(int count)
    {
        for (var first = 1; first <= count; first += 500)
        {
            await Append(first, Math.Min(500, count - first + 1));
        }
    }

    protected async Task AssertHolds(StreamName stream, long from, long to)
    {
        var sequence = from;
        await foreach (var page in Store.ReadAsync(stream, from))
        {
            foreach (var stored in page)
            {
                StoreAssert.Is(sequence++, stored.Header, stored.Payload.Span);
            }
        }

        Assert.Equal(to + 1, sequence);
    }

    protected static async Task<List<StoredEvent>> All(IAsyncEnumerable<EventPage> pages)
    {
        var events = new List<StoredEvent>();
        await foreach (var page in pages)
        {
            Assert.NotEmpty(page);
            events.AddRange(page);
        }

        return events;
    }

    protected static async Task Follow(IEventStore store, long from, long to, CancellationToken ct)
    {
        var sequence = from;
        await foreach (var page in store.SubscribeAsync(Stream, from, ct))
        {
            foreach (var stored in page)
            {
                StoreAssert.Is(sequence++, stored.Header, stored.Payload.Span);
            }

            if (sequence > to)
            {
                break;
            }
        }

        Assert.Equal(to + 1, sequence);
    }

    private async Task<List<string>> Names(string prefix)
    {
        var names = new List<string>();
        await foreach (var stream in Store.ListAsync(prefix))
        {
            names.Add(stream.Value);
        }

        return names;
    }
}
