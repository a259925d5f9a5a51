using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Tests.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Values that a store's own format may not be able to hold.</summary>
public abstract partial class EventStoreContract
{
    /// <summary>
    /// Every event type and version with ordinary, empty, largest and smallest values: integers beyond 2^53, amounts of 128 bits,
    /// NaN and infinities, text with U+0000, quotes, backslashes and characters of four bytes. Each kind is a stream of its own,
    /// since a run starts once.
    /// </summary>
    [Fact]
    public async Task Append_OfEveryTypeWithExtremeValues_KeepsEachByte()
    {
        var samples = SampleEvents.All().ToList();
        var streams = new List<(StreamName Name, EventBatch Batch)>();
        foreach (var old in new[] { false, true })
        {
            var formats = samples.Where(s => EventCase.Old.Any(o => o.Format.Type == s.Format.Type && o.Format.Version == s.Format.Version) == old).ToList();
            for (var kind = 0; kind < samples[0].Records.Count && formats.Count > 0; kind++)
            {
                var batch = new EventBatch();
                foreach (var (_, records) in formats)
                {
                    var header = EventRecord.Read(records[kind], out var start);
                    var placed = StoreEvents.Header(batch.Count + 1, header.Type) with { Version = header.Version, VenueTime = header.VenueTime };
                    var record = new ByteBuffer();
                    EventRecord.Write(record, placed, records[kind].AsSpan(start));
                    batch.AddRecord(record.Span);
                }

                streams.Add((StreamName.Run($"values-{(old ? "old" : "new")}-{kind}", "BTCUSDT"), batch));
            }
        }

        Assert.True(streams.Count >= 4);
        Assert.Contains(streams, s => s.Batch.Bytes.IndexOf((byte)0) >= 0 && s.Batch.Count > 10);
        foreach (var (name, batch) in streams)
        {
            Assert.Equal(batch.LastSequence, (await Store.AppendAsync(name, 0, batch, Durability.EveryAppend)).Version);
            Assert.True((await Store.AppendAsync(name, 0, batch, Durability.EveryAppend)).AlreadyStored);
            var events = await All(Store.ReadAsync(name));
            Assert.Equal(batch.Count, events.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                var record = new ByteBuffer();
                EventRecord.Write(record, events[i].Header, events[i].Payload.Span);
                Assert.True(record.Span.SequenceEqual(batch[i]), $"{name}: {events[i].Header} was not kept");
            }
        }
    }
}
