using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

public sealed class EventBatchTests
{
    [Fact]
    public void Add_ManyRecords_KeepsEachAsWritten()
    {
        var batch = new EventBatch(16);
        for (var round = 0; round < 3; round++)
        {
            batch.Clear();
            Assert.Equal((0, 0L, 0L, 0), (batch.Count, batch.FirstSequence, batch.LastSequence, batch.Bytes.Length));
            for (var sequence = 7L; sequence < 307; sequence++)
            {
                StoreEvents.Add(batch, sequence);
            }

            Assert.Equal((300, 7L, 306L), (batch.Count, batch.FirstSequence, batch.LastSequence));
            var next = 7L;
            var bytes = 0;
            foreach (var record in batch)
            {
                Assert.True(record.SequenceEqual(StoreEvents.Record(next)));
                Assert.True(record.SequenceEqual(batch[(int)(next - 7)]));
                Assert.True(record.SequenceEqual(batch.Bytes.Slice(bytes, record.Length)));
                bytes += record.Length;
                next++;
            }

            Assert.Equal((307L, batch.Bytes.Length), (next, bytes));
        }
    }

    [Fact]
    public void Add_InEitherForm_WritesTheSameBytes()
    {
        var record = StoreEvents.Record(5);
        var header = EventRecord.Read(record, out var start);
        var copy = new EventBatch();
        copy.Add(header, record.AsSpan(start));
        copy.AddRecord(StoreEvents.Record(6));
        Assert.Equal([.. record, .. StoreEvents.Record(6)], copy.Bytes.ToArray());
        Assert.Equal(StoreEvents.Header(6, EventType.DepthDiff).ReceiveTime, copy.MaxReceiveTime);
        Assert.Equal(header.ReceiveTime, copy.FirstReceiveTime);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(8)]
    [InlineData(7)]
    [InlineData(11)]
    public void Add_WithAHoleOrAStepBack_NamesBothSequencesAndKeepsTheBatch(long wrong)
    {
        var batch = StoreEvents.Batch(7, 3);
        var error = Assert.Throws<ArgumentException>(() => StoreEvents.Add(batch, wrong));
        Assert.Contains($"Event {wrong} ", error.Message, StringComparison.Ordinal);
        Assert.Contains("event 9:", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, batch.Count);
        StoreEvents.Add(batch, 10);
        Assert.True(batch[3].SequenceEqual(StoreEvents.Record(10)));
    }

    [Fact]
    public void Add_WithAHeaderThatIsNotThePayloads_IsRefused()
    {
        var batch = new EventBatch();
        Assert.Throws<ArgumentException>(() => batch.Add(StoreEvents.Header(1, EventType.DepthDiff), default(Trade)));
        Assert.Throws<ArgumentException>(() => batch.Add(StoreEvents.Header(1, EventType.Trade) with { Version = 99 }, default(Trade)));
        Assert.Throws<ArgumentException>(() => batch.Add(StoreEvents.Header(0, EventType.Trade), default(Trade)));
        Assert.Throws<ArgumentException>(() => batch.Add(StoreEvents.Header(1, EventType.None), []));
        Assert.Throws<ArgumentException>(() => batch.Add(StoreEvents.Header(1, (EventType)99), []));
        Assert.Throws<CanonicalFormatException>(() => batch.AddRecord([1, 2, 3]));
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void FillAndClear_InTheSteadyState_AllocatesNothing()
    {
        var batch = new EventBatch();
        var payload = StoreEvents.Record(1).AsSpan(20).ToArray();
        void Fill()
        {
            batch.Clear();
            for (var sequence = 1L; sequence <= 500; sequence++)
            {
                batch.Add(StoreEvents.Header(sequence, EventType.Trade), payload);
                batch.Add(StoreEvents.Header(++sequence, EventType.Trade), new Trade { Price = sequence });
            }
        }

        Fill();
        Fill();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
