using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

/// <summary>The bundled BTCUSDT recording, repeated with new sequence numbers until there are as many events as asked for.</summary>
internal sealed class SampleDay
{
    private readonly List<(EventHeader Header, byte[] Payload)> events = [];
    private int next;

    public SampleDay()
    {
        var root = SampleStore.Ensure() ?? throw new InvalidOperationException("data/sample is missing.");
        var store = new JournalStore(root, TimeProvider.System);
        foreach (var stream in store.ListAsync("market/BTCUSDT/").ToBlockingEnumerable())
        {
            using var source = store.OpenSource(stream);
            while (source.Read(out var header, out var payload))
            {
                if (header.Type is EventType.DepthDiff or EventType.Trade or EventType.BestQuote or EventType.AggregateTrade)
                {
                    events.Add((header, payload.ToArray()));
                }
            }
        }
    }

    public int Distinct => events.Count;

    /// <summary>Fills a batch with the next events, from a sequence on.</summary>
    public void Fill(EventBatch batch, long first, int count)
    {
        batch.Clear();
        for (var i = 0; i < count; i++)
        {
            var (header, payload) = events[next];
            next = next + 1 == events.Count ? 0 : next + 1;
            batch.Add(header with { Sequence = first + i, Cause = Cause.None }, payload);
        }
    }

    /// <summary>Starts again with the first event.</summary>
    public void Rewind() => next = 0;
}
