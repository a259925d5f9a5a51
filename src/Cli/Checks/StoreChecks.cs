using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Checks;

/// <summary>Component store: appends, flushes and reads back on the disk that the store lies on, and looks how much room it has.</summary>
public static class StoreChecks
{
    private const int Events = 50_000;
    private const int Batch = 500;
    private const int Flushes = 20;
    private const long LeastRoom = 2L << 30;

    /// <summary>Runs them in a store of their own beside the streams, which is gone afterwards.</summary>
    public static async Task RunAsync(string directory, Action<CheckResult> add)
    {
        var folder = Path.Combine(directory, FormattableString.Invariant($".test-{Environment.ProcessId}"));
        try
        {
            await RunInAsync(folder, add);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            add(new CheckResult("store", "append", false, e.Message, $"{directory} cannot be written: make room there, name another directory with --store, or give this user the right"));
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        var free = Disk.Free(directory);
        add(new CheckResult("store", "room", free is null or >= LeastRoom, free is { } bytes ? FormattableString.Invariant($"{bytes / (double)(1 << 30):0.0} GiB free") : "unknown", "a liquid symbol takes about 1 GiB a day before it is archived: make room, or name another disk with --store"));
    }

    private static async Task RunInAsync(string folder, Action<CheckResult> add)
    {
        await using var store = new JournalStore(folder, WallClock.Timers);
        var name = StreamName.Market("TEST", "2000-01-01", "check");
        var digest = new ContentHash(name);
        using (digest)
        {
            var timers = WallClock.Timers;
            var flushes = new List<double>();
            double seconds;
            using (var writer = store.OpenWriter(name, Durability.OnClose))
            {
                var batch = new EventBatch();
                var began = timers.GetTimestamp();
                for (var sequence = 1L; sequence <= Events; sequence++)
                {
                    batch.Add(
                        new EventHeader(sequence, EventType.Trade, Trade.Version, sequence, sequence, Cause.None),
                        new Trade { TradeId = sequence, Price = 6_160_201_000_000 + (sequence % 1_000 * 1_000_000), Quantity = 1_000 * (sequence % 977), TradeTime = sequence });
                    if (batch.Count == Batch)
                    {
                        writer.Append(batch);
                        foreach (var record in batch)
                        {
                            digest.Add(record);
                        }

                        batch.Clear();
                        if (sequence % (Events / Flushes) == 0)
                        {
                            var flush = timers.GetTimestamp();
                            writer.Flush();
                            flushes.Add(timers.GetElapsedTime(flush).TotalMilliseconds);
                        }
                    }
                }

                seconds = timers.GetElapsedTime(began).TotalSeconds;
            }

            flushes.Sort();
            add(new CheckResult("store", "append", true, FormattableString.Invariant($"{Events / seconds:N0} events/s in batches of {Batch}, flushed {Flushes} times"), ""));
            add(new CheckResult("store", "fsync", flushes[^1] < 1_000, FormattableString.Invariant($"median {flushes[Flushes / 2]:0.0} ms, longest {flushes[^1]:0.0} ms"), "the disk is too slow to acknowledge every second: use a local SSD"));

            var read = new ContentHash(name);
            using (read)
            using (var source = store.OpenJournal(name))
            {
                while (source.ReadRecord(out var record))
                {
                    read.Add(record);
                }

                add(new CheckResult("store", "read back", read.Current == digest.Current, FormattableString.Invariant($"{read.Count:N0} of {Events:N0} events, content hash {(read.Current == digest.Current ? "equal" : "different")}"), "what was written is not what is read: do not use this disk"));
            }
        }
    }
}
