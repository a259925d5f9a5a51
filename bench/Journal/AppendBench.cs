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
            // Smaller batches need as many more flushes: fewer events are enough.
            var count = size == 500 ? events : events / 10;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{count:N0} events appended in batches of {size}\n"));
            Console.WriteLine("| what | events a second | events a CPU second | bytes | time of the bare log |");
            Console.WriteLine("|---|---|---|---|---|");
            var bare = Bare(sample, count, size, place, flush: true);
            Figure[] figures =
            [
                Copy(sample, count, size, place),
                Bare(sample, count, size, place, flush: false),
                bare,
                Journal("journal, on close", Durability.OnClose, sample, count, size, place),
                Journal("journal, every 5 ms (group commit)", Durability.Interval(5), sample, count, size, place),
                Journal("journal, every append (a flush a batch)", Durability.EveryAppend, sample, count, size, place),
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
