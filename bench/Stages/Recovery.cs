using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Moments;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

/// <summary>
/// What a restart after a kill does with a day: the journal's writer is opened again on files that end in the middle of it, and the engine
/// goes on from its last kept state and executes what came after, each event held against the one that is stored.
/// </summary>
internal static class Recovery
{
    /// <summary>Prints the times; false when something that came out differs from what is stored.</summary>
    /// <param name="store">Holds the day, sealed.</param>
    /// <param name="day">The day.</param>
    /// <param name="request">What the run does with it.</param>
    /// <param name="inputs">The day as the run reads it.</param>
    /// <param name="rounds">Rounds of what is short; the least of them is printed.</param>
    /// <param name="spacing">Inputs from one kept state to the next.</param>
    public static bool Run(JournalStore store, StreamName day, BacktestRequest request, IReadOnlyList<InputStream> inputs, int rounds, long spacing)
    {
        var folder = Directory.CreateTempSubdirectory("recovery-").FullName;
        try
        {
            Writer(store, day, folder, rounds);
            return Restart(store, Path.Combine(folder, "runs"), request, inputs, rounds, spacing);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Writer(JournalStore store, StreamName day, string folder, int rounds)
    {
        var killed = new JournalStore(Path.Combine(folder, "killed"), TimeProvider.System);
        var files = Path.Combine(killed.Root, day.Value);
        var (mark, kept) = (Path.Combine(files, "commit.mark"), Path.Combine(folder, "mark"));
        var events = store.ReadManifest(day)!.Events;
        using (var source = store.OpenSource(day))
        using (var writer = killed.OpenWriter(day, Durability.OnClose))
        {
            var batch = new EventBatch(1 << 20);
            for (var i = 1L; source.Read(out var header, out var payload); i++)
            {
                batch.Add(header, payload);
                if (batch.Count == 500 || i == events)
                {
                    writer.Append(batch);
                    batch.Clear();
                }

                // The last flush is some way before the end, as a process that is killed leaves it.
                if (i % 50_000 == 0 && i < events - 100_000)
                {
                    writer.Flush();
                }
            }

            writer.WriteOut();
            File.Copy(mark, kept);
        }

        foreach (var index in (bool[])[true, false])
        {
            Timed($"writer opened again{(index ? "" : " without sparse index")}", events, rounds, () =>
            {
                File.Copy(kept, mark, overwrite: true);
                if (!index)
                {
                    File.Delete(Path.Combine(files, "sparse.index"));
                }

                killed.OpenWriter(day, Durability.OnClose).Dispose();
            });
        }
    }

    private static bool Restart(JournalStore store, string folder, BacktestRequest request, IReadOnlyList<InputStream> inputs, int rounds, long spacing)
    {
        var runs = new JournalStore(folder, TimeProvider.System);
        string name;
        using (var recorder = new RunRecorder(runs))
        {
            var result = new Backtester(request, inputs, recorder).Run();
            recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
            name = result.Started.Run;
        }

        using var stores = new StoreSet(runs, store);
        var run = new RunFinder(stores).Find(name);
        RunMoment whole = null!, end = null!, worst = null!;
        Timed("engine, no kept state: the run from its start", 0, 1, () => whole = RunMoment.After(stores, run, long.MaxValue, long.MaxValue));
        RunMoment.After(stores, run, long.MaxValue, spacing);
        Timed("engine from its last kept state to the day's end", 0, rounds, () => end = RunMoment.After(stores, run, long.MaxValue, spacing));
        Tell(end);

        // The longest way there is: killed just before the next state was kept.
        Timed("engine to where the next state would be kept", 0, rounds, () => worst = RunMoment.After(stores, run, end.From - 1, spacing));
        Tell(worst);
        var same = StateHash.Of(whole.State) == StateHash.Of(end.State) && StateHash.Of(whole.Venue!) == StateHash.Of(end.Venue!);
        var equal = whole.Difference is null && end.Difference is null && worst.Difference is null && end.From > 0;
        Console.WriteLine($"  state {StateHash.Of(end.State).ToString()[..12]}, {(same && equal ? "as without kept states, every event as it is stored" : "NOT as without kept states, or not as it is stored")}");
        return same && equal;
    }

    private static void Tell(RunMoment moment) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  from event {moment.From:N0} of the run to {moment.Position.Sequence:N0}, market event {moment.Position.Last.Sequence:N0}: {moment.Equal:N0} events of the run executed again and compared"));

    private static void Timed(string what, long events, int rounds, Action work)
    {
        var (least, processor) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < rounds; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            work();
            least = Math.Min(least, clock.Elapsed.TotalSeconds);
            processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-50} {processor,7:0.000} CPU s  {least,7:0.000} s{(events > 0 ? $"  {events:N0} events" : "")}"));
    }
}
