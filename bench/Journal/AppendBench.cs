using System.Buffers.Binary;
using System.Globalization;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

/// <summary>Appending, at several batch sizes and durabilities.</summary>
internal static class AppendBench
{
    public static void Run(SampleDay sample, int events, string? place)
    {
        foreach (var size in (ReadOnlySpan<int>)[500, 50])
        {
            // A flush takes as long as thousands of events: where each batch has one, fewer events are enough.
            var few = events / (size == 500 ? 5 : 50);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{events:N0} events in batches of {size} ({few:N0} where each batch is flushed)\n"));
            Console.WriteLine("| what | events a second | events a CPU second | bytes a second | time an event, bare log with flushes = 1 |");
            Console.WriteLine("|---|---|---|---|---|");
            var bare = Bare(sample, few, size, place, flush: true);
            Figure[] figures =
            [
                Copy(sample, events, size, place),
                Bare(sample, events, size, place, flush: false),
                bare,
                Journal("journal, on close", Durability.OnClose, sample, events, size, place),
                Journal("journal, every 5 ms", Durability.Interval(5), sample, events, size, place),
                Journal("journal, every append: a flush a batch", Durability.EveryAppend, sample, few, size, place),
                Grouped(sample, events, size, place),
            ];
            foreach (var figure in figures)
            {
                Console.WriteLine(figure.Row(bare));
            }
        }
    }

    // Making the records is part of every figure: the floor is making them and copying them once.
    private static Figure Copy(SampleDay sample, int events, int size, string? place)
    {
        var target = new byte[8 * 1024 * 1024];
        return Measure.Run("floor: records made and copied in memory", events, () => new Scratch(place), _ =>
        {
            var bytes = 0L;
            ForEachBatch(sample, events, size, batch =>
            {
                batch.Bytes.CopyTo(target);
                bytes += batch.Bytes.Length;
            });
            return bytes;
        });
    }

    // A length before each record, one write a batch, and where asked a flush a batch: no checksums, no index, no lock.
    private static Figure Bare(SampleDay sample, int events, int size, string? place, bool flush)
    {
        var buffer = new byte[8 * 1024 * 1024];
        return Measure.Run($"bare log, {(flush ? "a flush a batch" : "no flush")}", events, () => new Scratch(place), scratch =>
        {
            using var file = ((Scratch)scratch).OpenFile();
            var end = 0L;
            ForEachBatch(sample, events, size, batch =>
            {
                var at = 0;
                foreach (var record in batch)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(at), record.Length);
                    record.CopyTo(buffer.AsSpan(at + 4));
                    at += 4 + record.Length;
                }

                RandomAccess.Write(file, buffer.AsSpan(0, at), end);
                end += at;
                if (flush)
                {
                    RandomAccess.FlushToDisk(file);
                }
            });
            return end;
        });
    }

    private static Figure Journal(string what, Durability durability, SampleDay sample, int events, int size, string? place) =>
        Measure.Run(what, events, () => new Scratch(place), scratch =>
        {
            var bytes = 0L;
            using (var writer = ((Scratch)scratch).OpenWriter(durability))
            {
                ForEachBatch(sample, events, size, batch =>
                {
                    writer.Append(batch);
                    bytes += batch.Bytes.Length;
                });
            }

            return bytes;
        });

    // A writer that does not wait for one acknowledgement before it sends the next batch: one flush serves all that wait.
    private static Figure Grouped(SampleDay sample, int events, int size, string? place)
    {
        const int InFlight = 128;
        return Measure.Run($"journal, every append, {InFlight} batches waiting: group commit", events, () => new Scratch(place), scratch =>
        {
            var bytes = 0L;
            var store = ((Scratch)scratch).OpenStore();
            var batches = Enumerable.Range(0, InFlight).Select(_ => (Batch: new EventBatch(1 << 16), Waiting: default(Task<AppendResult>))).ToArray();
            sample.Rewind();
            for (var (first, slot) = (1, 0); first <= events; first += size, slot = (slot + 1) % InFlight)
            {
                batches[slot].Waiting?.GetAwaiter().GetResult();
                sample.Fill(batches[slot].Batch, first, Math.Min(size, events - first + 1));
                bytes += batches[slot].Batch.Bytes.Length;
                batches[slot].Waiting = store.AppendAsync(Scratch.Stream, first - 1, batches[slot].Batch, Durability.EveryAppend).AsTask();
            }

            foreach (var (_, waiting) in batches)
            {
                if (waiting is not null && waiting.GetAwaiter().GetResult() is { } result && result.DurableVersion < result.Version)
                {
                    throw new InvalidOperationException($"Event {result.Version} was acknowledged before it was on disk.");
                }
            }

            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return bytes;
        });
    }

    private static void ForEachBatch(SampleDay sample, int events, int size, Action<EventBatch> action)
    {
        var batch = new EventBatch(1 << 20);
        sample.Rewind();
        for (var first = 1; first <= events; first += size)
        {
            sample.Fill(batch, first, Math.Min(size, events - first + 1));
            action(batch);
        }
    }
}
