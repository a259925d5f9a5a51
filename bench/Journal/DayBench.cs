using System.Globalization;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;

/// <summary>A whole day: opening it again after a crash, reading it, verifying it, compacting it.</summary>
internal static class DayBench
{
    private const int Batch = 500;

    public static void Run(SampleDay sample, int events, string? place)
    {
        using var scratch = new Scratch(place);
        Write(sample, events, scratch);
        var folder = Path.Combine(scratch.Folder, Scratch.Stream.Value);
        var bytes = Directory.GetFiles(folder, "*.mmj").Sum(f => new FileInfo(f).Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nA day of {events:N0} events, {bytes / 1e6:N0} MB, killed and found again\n"));
        Console.WriteLine("| what | seconds | CPU seconds | events a second | time of reading the files |");
        Console.WriteLine("|---|---|---|---|---|");

        // What a killed process leaves: the files as they are, the mark where the last flush left it.
        var floor = Timed("floor: reading the files, nothing else", events, () => ReadFiles(folder));
        Figure[] figures =
        [
            floor,
            Timed("writer opened again", events, () => Reopen(scratch, folder, deleteIndex: false)),
            Timed("writer opened again without sparse index", events, () => Reopen(scratch, folder, deleteIndex: true)),
            Timed("version and times of the stream", events, () => scratch.OpenStore().FindAsync(Scratch.Stream).AsTask().GetAwaiter().GetResult()),
            Timed("every record read, checksums checked", events, () => Read(scratch)),
            Timed("mm store verify: checksums and block chain", events, () => JournalVerifier.Verify(scratch.Folder, Scratch.Stream)),
        ];
        foreach (var f in figures)
        {
            Print(f, floor);
        }

        using (var writer = scratch.OpenWriter(Durability.OnClose))
        {
            Print(Timed("sealed", events, () => writer.Seal("bench"), rounds: 1), floor);
        }

        CompactionResult? compacted = null;
        Print(Timed("compacted", events, () => compacted = JournalCompactor.Run(scratch.Folder, Scratch.Stream), rounds: 1), floor);
        Print(Timed("every record read from compacted blocks", events, () => Read(scratch)), floor);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{compacted!.BytesBefore / 1e6:N0} MB became {compacted.BytesAfter / 1e6:N0} MB"));
    }

    private static void Print(Figure f, Figure floor) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {f.What} | {f.Wall:0.000} | {f.Cpu:0.000} | {f.PerSecond / 1e6:0.0} M/s | {f.Wall / floor.Wall:0.00} |"));

    private static void Write(SampleDay sample, int events, Scratch scratch)
    {
        using var writer = scratch.OpenWriter(Durability.OnClose);
        var batch = new EventBatch(1 << 20);
        for (var first = 1; first <= events; first += Batch)
        {
            sample.Fill(batch, first, Math.Min(Batch, events - first + 1));
            writer.Append(batch);

            // As every 5 ms would at a million events a second; the last flush is a tenth of a second before the end.
            if (first % 50_000 == 1 && first < events - 100_000)
            {
                writer.Flush();
            }
        }

        writer.WriteOut();
        var folder = Path.Combine(scratch.Folder, Scratch.Stream.Value);
        File.Copy(Path.Combine(folder, "commit.mark"), Path.Combine(scratch.Folder, "mark"));
    }

    private static void Reopen(Scratch scratch, string folder, bool deleteIndex)
    {
        File.Copy(Path.Combine(scratch.Folder, "mark"), Path.Combine(folder, "commit.mark"), overwrite: true);
        if (deleteIndex)
        {
            File.Delete(Path.Combine(folder, "sparse.index"));
        }

        scratch.OpenWriter(Durability.OnClose).Dispose();
    }

    private static void ReadFiles(string folder)
    {
        var buffer = new byte[1 << 20];
        foreach (var path in Directory.GetFiles(folder, "*.mmj"))
        {
            using var handle = File.OpenHandle(path);
            for (long at = 0, read; (read = RandomAccess.Read(handle, buffer, at)) > 0; at += read)
            {
            }
        }
    }

    private static void Read(Scratch scratch)
    {
        using var source = scratch.OpenStore().OpenSource(Scratch.Stream);
        while (source.Read(out _, out _))
        {
        }
    }

    private static Figure Timed(string what, long events, Action work, int rounds = 3)
    {
        Figure best = default;
        for (var round = 0; round < rounds; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = System.Diagnostics.Stopwatch.StartNew();
            work();
            var figure = new Figure(what, clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, events, 0);
            best = round == 0 || figure.Wall < best.Wall ? figure : best;
        }

        return best;
    }
}
