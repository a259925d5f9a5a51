using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;

namespace EventSourcedMM.Tests.Stores;

/// <summary>
/// A process for tests to kill, fill the disk of, or read beside. Whatever it says on standard output was acknowledged to it
/// before it said so.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var root = args[1];
        switch (args)
        {
            case ["append", _, var stream, var batch, var durability]:
                Append(output, root, StreamName.Parse(stream), Number(batch), durability);
                return 0;
            case ["lifecycle", _]:
                Lifecycle(output, root);
                return 0;
            case ["hold", _, var stream]:
                using (new JournalStore(root, TimeProvider.System, new JournalOptions { Program = "the crasher" }).OpenWriter(StreamName.Parse(stream), Durability.OnClose))
                {
                    output.WriteLine("holding");
                    Console.In.ReadLine();
                }

                return 0;
            case ["follow", _, var stream, var to]:
                return await Follow(output, root, StreamName.Parse(stream), Number(to));
            case ["compact", _, var stream]:
                return Compact(output, root, StreamName.Parse(stream));
            case ["fill", _, var stream]:
                return Fill(output, root, StreamName.Parse(stream));
            default:
                Console.Error.WriteLine("append ROOT STREAM BATCH every|interval|close; lifecycle ROOT; hold ROOT STREAM; follow ROOT STREAM TO; fill ROOT STREAM; compact ROOT STREAM");
                return 2;
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Goes on with a stream until it is killed; says the last sequence that was acknowledged.</summary>
    private static void Append(StreamWriter output, string root, StreamName stream, int size, string kind)
    {
        var durability = kind switch { "every" => Durability.EveryAppend, "interval" => Durability.Interval(5), _ => Durability.OnClose };
        var store = new JournalStore(root, TimeProvider.System, new JournalOptions
        {
            TornTail = TornTailPolicy.Accept,
            SegmentBytes = 4 * 1024 * 1024,
            Report = aside => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"aside {aside.Tail.Version}")),
        });
        using var writer = store.OpenWriter(stream, durability);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start {writer.Version}"));
        var batch = new EventBatch();
        var random = new Random(Environment.ProcessId);
        while (true)
        {
            batch.Clear();
            var count = random.Next(1, size + 1);
            for (var sequence = writer.Version + 1; batch.Count < count; sequence++)
            {
                StoreEvents.Add(batch, sequence);
            }

            writer.Append(batch);

            // With every append acknowledgement means disk; otherwise it means the operating system, which outlives this process.
            if (durability != Durability.EveryAppend)
            {
                writer.WriteOut();
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ack {writer.Version}"));
        }
    }

    /// <summary>Makes one stream after another: written out of sight, sealed, published, compacted; until it is killed.</summary>
    private static void Lifecycle(StreamWriter output, string root)
    {
        var store = new JournalStore(root, TimeProvider.System);
        store.SweepDetached();
        for (var number = 1; ; number++)
        {
            var stream = StreamName.Run(string.Create(CultureInfo.InvariantCulture, $"r{number}"), "BTCUSDT");
            if (store.ReadManifest(stream) is null)
            {
                using var detached = store.CreateDetached(stream);
                for (var first = 1; first <= 9_000; first += 500)
                {
                    detached.Writer.Append(StoreEvents.Batch(first, 500));
                }

                detached.Writer.Seal("crasher");
                detached.Publish();
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"published {stream}"));
            }

            JournalCompactor.Run(root, stream);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"compacted {stream}"));
        }
    }

    private static async Task<int> Follow(StreamWriter output, string root, StreamName stream, long to)
    {
        await using var store = new JournalStore(root, TimeProvider.System);
        output.WriteLine("following");
        var sequence = 1L;
        await foreach (var page in store.SubscribeAsync(stream))
        {
            foreach (var stored in page)
            {
                if (StoreEvents.Problem(sequence++, stored.Header, stored.Payload.Span) is { } problem)
                {
                    output.WriteLine(problem);
                    return 1;
                }
            }

            if (sequence > to)
            {
                break;
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read {sequence - 1}"));
        return 0;
    }

    /// <summary>Compacts a sealed stream on a disk that has no room for it, and says what it was told.</summary>
    private static int Compact(StreamWriter output, string root, StreamName stream)
    {
        try
        {
            JournalCompactor.Run(root, stream);
            output.WriteLine("compacted");
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            output.WriteLine("no room");
        }

        return 0;
    }

    /// <summary>Appends until the disk is full, then once more, and says what it was told.</summary>
    private static int Fill(StreamWriter output, string root, StreamName stream)
    {
        var store = new JournalStore(root, TimeProvider.System, new JournalOptions { BufferBytes = 64 * 1024 });
        var writer = store.OpenWriter(stream, Durability.EveryAppend);
        try
        {
            while (true)
            {
                writer.Append(StoreEvents.Batch(writer.Version + 1, 200));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ack {writer.DurableVersion}"));
            }
        }
        catch (JournalFailedException e)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"failed {e.DurableVersion}: {e.Message}"));
        }

        try
        {
            writer.Append(StoreEvents.Batch(writer.Version + 1, 1));
            output.WriteLine("a failed writer took more");
            return 1;
        }
        catch (JournalFailedException)
        {
            output.WriteLine("refused");
        }

        writer.Dispose();
        return 0;
    }
}
