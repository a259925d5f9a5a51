using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

/// <summary>The promises that hold in any order of things: random operations against a list, racing writers, readers and subscribers.</summary>
public abstract partial class EventStoreContract
{
    /// <summary>Seeds of the random cases: a few every day, many in a soak.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("MM_SOAK") == "1" ? 40 : 3)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task RandomAppends_AnswerAsAPlainListDoes(int seed)
    {
        var random = new Random(seed);
        var model = new List<byte[]>();
        for (var step = 0; step < 120; step++)
        {
            // Where the batch starts: at the end, before it, beyond it. What it holds: what belongs there, or in one place something else.
            var expected = random.Next(4) == 0 ? random.Next(0, model.Count + 5) : model.Count;
            var batch = new EventBatch();
            var forged = random.Next(5) == 0 ? random.Next(8) : -1;
            for (var i = random.Next(1, 8); i > 0; i--)
            {
                AddEvent(batch, expected + batch.Count + 1, batch.Count == forged ? seed + 1 : 0);
            }

            var durability = random.Next(3) switch { 0 => Durability.EveryAppend, 1 => Durability.Interval(random.Next(1, 100)), _ => Durability.OnClose };
            var first = -1L;
            for (var i = 0; i < batch.Count && batch.LastSequence <= model.Count; i++)
            {
                first = first < 0 && !batch[i].SequenceEqual(model[(int)expected + i]) ? expected + i + 1 : first;
            }

            if (batch.LastSequence <= model.Count && first < 0)
            {
                var again = await Store.AppendAsync(Stream, expected, batch, durability);
                Assert.Equal((model.Count, true), (again.Version, again.AlreadyStored));
                AssertDurable(again, durability, batch.LastSequence);
            }
            else if (batch.LastSequence <= model.Count)
            {
                var conflict = await Assert.ThrowsAsync<EventConflictException>(async () => await Store.AppendAsync(Stream, expected, batch, durability));
                Assert.Equal((first, (long)model.Count), (conflict.Sequence, conflict.Actual));
            }
            else if (expected != model.Count)
            {
                var conflict = await Assert.ThrowsAnyAsync<StreamConflictException>(async () => await Store.AppendAsync(Stream, expected, batch, durability));
                Assert.Equal((Stream, (long)expected, (long)model.Count), (conflict.Stream, conflict.Expected, conflict.Actual));
                Assert.Contains($"version {expected}", conflict.Message, StringComparison.Ordinal);
                Assert.Contains($"{model.Count}", conflict.Message, StringComparison.Ordinal);
            }
            else
            {
                foreach (var record in batch)
                {
                    model.Add(record.ToArray());
                }

                var stored = await Store.AppendAsync(Stream, expected, batch, durability);
                Assert.Equal((model.Count, false), (stored.Version, stored.AlreadyStored));
                AssertDurable(stored, durability, batch.LastSequence);
            }

            if (step % 10 == 9)
            {
                var from = random.Next(1, model.Count + 2);
                Assert.Equal(model.Skip(from - 1).Select(Convert.ToHexString), (await All(Store.ReadAsync(Stream, from))).Select(Hex));
                Assert.Equal(model.Count, (await Store.FindAsync(Stream))?.Version ?? 0);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task RacingWriters_EachAcknowledgedBatchIsThereOnceAndWhole(int seed)
    {
        const int Writers = 4;
        const int Batches = 15;
        using var done = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var writers = Enumerable.Range(1, Writers).Select(writer => Task.Run(() => Write(writer, Batches, new Random((seed * 100) + writer)))).ToArray();
        var readers = new[] { 1, 2 }.Select(reader => Task.Run(() => ReadWholeBatches(new Random(-seed - reader), () => Array.TrueForAll(writers, w => w.IsCompleted)))).ToArray();
        var acknowledged = (await Task.WhenAll(writers)).SelectMany(a => a).ToArray();
        await Task.WhenAll(readers);

        var stored = BatchesOf(await All(Store.ReadAsync(Stream)));
        Assert.Equal(Writers * Batches, stored.Count);
        Assert.Equal(acknowledged.Order(), stored.Select(b => (b.First, b.Writer, b.Number, b.Count)).Order());
        Assert.All(stored, b => Assert.True(b.IsWhole, $"the batch of writer {b.Writer} at {b.First} is torn"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Subscribers_StoppedAndResumedAtRandomMoments_SeeEachEventOnceInOrder(int seed)
    {
        const int Events = 3_000;
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var subscribers = Enumerable.Range(1, 3).Select(number => Task.Run(async () =>
        {
            var random = new Random((seed * 10) + number);
            var next = 1L;
            while (next <= Events)
            {
                // As a consumer that keeps the last sequence it has worked off and is stopped anywhere, also inside a page.
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                var rest = random.Next(1, 700);
                try
                {
                    await foreach (var page in Store.SubscribeAsync(Stream, next, stop.Token))
                    {
                        foreach (var stored in page)
                        {
                            StoreAssert.Is(next++, stored.Header, stored.Payload.Span);
                            if (--rest == 0)
                            {
                                break;
                            }
                        }

                        if (rest == 0 || next > Events)
                        {
                            break;
                        }

                        if (random.Next(10) == 0)
                        {
                            stop.CancelAfter(random.Next(3));
                        }
                    }
                }
                catch (OperationCanceledException) when (!end.IsCancellationRequested)
                {
                    // Stopped between two pages: it goes on from where it was.
                }
            }

            return next;
        })).ToArray();
        var writing = new Random(seed);
        for (var first = 1; first <= Events;)
        {
            var count = Math.Min(writing.Next(1, 200), Events - first + 1);
            await Append(first, count);
            first += count;
            if (writing.Next(4) == 0)
            {
                await Task.Delay(writing.Next(4));
            }
        }

        Assert.All(await Task.WhenAll(subscribers), next => Assert.Equal(Events + 1, next));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task CancelledAppends_AreStoredWholeOrNotAndCanBeRepeated(int seed)
    {
        var random = new Random(seed);
        var version = 0;
        for (var round = 0; round < 25; round++)
        {
            var count = random.Next(1, 50);
            using var cancel = new CancellationTokenSource();
            if (random.Next(2) == 0)
            {
                await cancel.CancelAsync();
            }
            else
            {
                cancel.CancelAfter(TimeSpan.FromMicroseconds(random.Next(1, 2_000)));
            }

            try
            {
                await Store.AppendAsync(Stream, version, StoreEvents.Batch(version + 1, count), Durability.EveryAppend, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // What was cancelled may or may not be stored.
            }

            var stored = (await Store.FindAsync(Stream))?.Version ?? 0;
            Assert.True(stored == version || stored == version + count, $"{stored} of a batch from {version + 1} to {version + count}");
            var again = await Store.AppendAsync(Stream, version, StoreEvents.Batch(version + 1, count), Durability.EveryAppend);
            version += count;
            Assert.Equal(version, again.Version);
        }

        await AssertHolds(Stream, 1, version);
    }

    [Fact]
    public async Task Read_ByRandomTypesFromRandomPositions_IsTheFilteredStream()
    {
        var random = new Random(1);
        var batch = new EventBatch();
        var types = new List<EventType>();
        for (var sequence = 1; sequence <= 2_000; sequence++)
        {
            var type = EventCase.All[random.Next(EventCase.All.Count)];
            types.Add(type.Format.Type);
            var filler = new RandomFiller([(ulong)sequence]);
            batch.AddRecord(type.Record(filler.Header() with { Sequence = sequence }, filler));
        }

        await Store.AppendAsync(Stream, 0, batch, Durability.OnClose);
        for (var round = 0; round < 20; round++)
        {
            EventType[] wanted = [.. EventCase.All.Select(c => c.Format.Type).Where(_ => random.Next(4) == 0)];
            var from = random.Next(1, 2_002);
            var events = await All(Store.ReadAsync(Stream, from, new EventTypeSet(wanted)));
            var expected = Enumerable.Range(1, types.Count).Where(s => s >= from && wanted.Contains(types[s - 1])).ToArray();
            Assert.Equal(expected.Select(s => (long)s), events.Select(e => e.Header.Sequence));
            Assert.Equal(expected.Select(s => Convert.ToHexString(batch[s - 1])), events.Select(Hex));
        }
    }

    [Fact]
    public async Task Append_ThenTheBatchIsFilledAnew_KeepsWhatWasStored()
    {
        var batch = new EventBatch();
        for (var first = 1; first <= 200; first += 20)
        {
            batch.Clear();
            for (var sequence = first; sequence < first + 20; sequence++)
            {
                StoreEvents.Add(batch, sequence);
            }

            await Store.AppendAsync(Stream, first - 1, batch, Durability.OnClose);
        }

        batch.Clear();
        AddEvent(batch, 1, 99);
        await AssertHolds(Stream, 1, 200);
    }

    [Fact]
    public async Task Streams_WrittenAtTheSameTime_DoNotMix()
    {
        var names = Enumerable.Range(1, 6).Select(n => StreamName.Run($"r{n}", "BTCUSDT")).ToArray();
        await Task.WhenAll(names.Select((name, n) => Task.Run(async () =>
        {
            var random = new Random(n);
            for (var first = 1; first <= 400;)
            {
                var count = Math.Min(random.Next(1, 60), 400 - first + 1);
                var batch = new EventBatch();
                for (var sequence = first; sequence < first + count; sequence++)
                {
                    AddEvent(batch, sequence, n + 1);
                }

                await Store.AppendAsync(name, first - 1, batch, Durability.OnClose);
                first += count;
            }
        })));
        for (var n = 0; n < names.Length; n++)
        {
            var events = await All(Store.ReadAsync(names[n]));
            Assert.Equal(400, events.Count);
            Assert.All(events, e => Assert.Equal(n + 1, TradeOf(e).TradeId));
        }

        Assert.Equal(names.Select(n => n.Value), await Names("run/"));
    }

    private static void AssertDurable(AppendResult result, Durability asked, long last)
    {
        Assert.True(result.Durability.Covers(asked), $"asked for {asked}, got {result.Durability}");
        Assert.InRange(result.DurableVersion, asked == Durability.EveryAppend ? last : 0, result.Version);
    }

    private static void AddEvent(EventBatch batch, long sequence, long mark, long number = 0, long position = 0) =>
        batch.Add(StoreEvents.Header(sequence, EventType.Trade), new Trade { TradeId = mark, Price = number, Quantity = position });

    private static string Hex(StoredEvent stored)
    {
        var buffer = new ByteBuffer();
        EventRecord.Write(buffer, stored.Header, stored.Payload.Span);
        return Convert.ToHexString(buffer.Span);
    }

    private static Trade TradeOf(StoredEvent stored) => EventSourcedMM.Stores.Schemas.PayloadBytes.Read<Trade>(stored.Payload.Span, new LevelArena());

    // Optimistic: tries at the version it believes in, and when told another one there, goes on from that.
    private async Task<List<(long First, long Writer, long Number, int Count)>> Write(int writer, int batches, Random random)
    {
        var acknowledged = new List<(long, long, long, int)>();
        var version = 0L;
        for (var number = 1; number <= batches;)
        {
            var count = random.Next(1, 30);
            var batch = new EventBatch();
            for (var i = 1; i <= count; i++)
            {
                // The quantity tells a batch's length in each of its events, so that a torn one shows.
                AddEvent(batch, version + i, writer, number, (count * 1_000L) + i);
            }

            try
            {
                var result = await Store.AppendAsync(Stream, version, batch, random.Next(2) == 0 ? Durability.OnClose : Durability.EveryAppend);
                Assert.False(result.AlreadyStored);
                acknowledged.Add((version + 1, writer, number, count));
                version = result.Version;
                number++;
            }
            catch (StreamConflictException conflict)
            {
                Assert.Equal(version, conflict.Expected);
                Assert.True(conflict.Actual > version);
                version = conflict.Actual;
            }
        }

        return acknowledged;
    }

    private async Task ReadWholeBatches(Random random, Func<bool> over)
    {
        var last = 0L;
        while (!over())
        {
            var events = await All(Store.ReadAsync(Stream));
            Assert.True(events.Count >= last, "what was read before is gone");
            last = events.Count;
            Assert.All(BatchesOf(events), b => Assert.True(b.IsWhole, $"a reader saw a part of the batch of writer {b.Writer} at {b.First}"));
            await Task.Delay(random.Next(5));
        }
    }

    private static List<(long First, long Writer, long Number, int Count, bool IsWhole)> BatchesOf(List<StoredEvent> events)
    {
        var batches = new List<(long, long, long, int, bool)>();
        for (var at = 0; at < events.Count;)
        {
            var first = TradeOf(events[at]);
            var count = (int)(first.Quantity / 1_000);
            var whole = at + count <= events.Count;
            for (var i = 0; i < count && whole; i++)
            {
                var trade = TradeOf(events[at + i]);
                whole = (trade.TradeId, trade.Price, trade.Quantity) == (first.TradeId, first.Price, (count * 1_000L) + i + 1) && events[at + i].Header.Sequence == at + i + 1;
            }

            batches.Add((at + 1, first.TradeId, first.Price, count, whole));
            at += Math.Max(1, count);
        }

        return batches;
    }
}
