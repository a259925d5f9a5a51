using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Simulation.Lockstep;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Trading.Growing;

/// <summary>
/// A run that goes on is identical so far, whenever it is looked at and however far it and its recording grow between any two reads
/// of the verification: at every event of a live run by the clock, over midnight, at several paces. Nothing here depends on timing.
/// </summary>
public sealed class GrowingRunTests(ITestOutputHelper output)
{
    private const long Midnight = 1_721_779_200_000_000_000;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Verify_RunThatGrowsBetweenAnyTwoReads_IsIdenticalSoFar()
    {
        await using var bench = await RecordAsync(240);
        var run = new RunFinder(new StoreSet(bench.Store)).Find("paper-");
        var inputs = bench.Store.ListAsync("market/").ToBlockingEnumerable().ToArray();
        Assert.Equal(2, inputs.Length);
        var growing = GrowingStore.Of(bench.Store, run.Name, inputs);
        Assert.True(growing.Moments > 200, $"{growing.Moments} events");

        // Each moment at one pace in every run, each at all paces in a soak.
        using var folder = new TempFolder();
        var stores = new StoreSet(new JournalStore(folder, TimeProvider.System), growing, []);
        int[] paces = [0, 1, 3, 50, 1_000_000];
        var apart = new List<string>();
        var looks = 0;
        var step = Math.Max(1, growing.Moments / Cases.Count(30));
        for (var moment = 0; moment < growing.Moments; moment += step)
        {
            foreach (var pace in step == 1 ? paces : [paces[looks % paces.Length]])
            {
                looks++;
                (growing.Now, growing.Pace) = (moment, pace);
                var verification = new RunVerifier(stores).Verify((growing, run.Name));
                if (!verification.Identical || verification.Compared < growing.EventsAt(moment) || !verification.Notes.Any(n => n.Contains("has not ended", StringComparison.Ordinal)))
                {
                    apart.Add($"moment {moment} of {growing.Moments}, pace {pace}: {verification.Compared} compared, {string.Join("; ", verification.Damage)} {verification.Difference?.Sequence} stored {verification.Difference?.Stored?.Header} executed {verification.Difference?.Executed?.Header}");
                }
            }
        }

        output.WriteLine($"{looks} looks at a run of {growing.Moments} events");
        Assert.True(apart.Count == 0, $"{apart.Count} of {looks} looks:\n{string.Join('\n', apart.Take(5))}");
    }

    // The market is silent while a venue is asked how the last orders ended: the clock goes on, and the end comes after its timers. A storm found that
    // such a run was not identical to itself.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Execute_TimersAfterTheLastMessage_FireBeforeTheEnd()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max");
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Symbols[0].State.Decisions > 3);
        var stores = new StoreSet(bench.Store);
        var run = new RunFinder(stores).Find(live.Run);
        var request = RunExecution.Request(stores, run);
        var (asStored, later) = (Lines(request), Lines(request with { Live = request.Live! with { LastTimer = request.Live.LastTimer + 3_000_000_000 } }));
        Assert.Equal(asStored.Count + 3, later.Count);
        Assert.Equal(asStored.Count(IsTimer) + 3, later.Count(IsTimer));
        Assert.StartsWith("RunEnded", later[^1], StringComparison.Ordinal);

        List<string> Lines(BacktestRequest wanted)
        {
            var log = new LockstepLog();
            new Backtester(wanted, RunInputs.Of(stores, run), log).Run();
            return log.Lines;
        }

        static bool IsTimer(string line) => line.StartsWith("TimerFired", StringComparison.Ordinal);
    }

    // A run by the clock, so that timers fire between messages, that has begun before midnight UTC and ends after it: its recording is two days. A busy
    // machine may need longer than the venue's minutes before it; then it is given more of them.
    private static async Task<CaptureBench> RecordAsync(long seconds)
    {
        var bench = await CaptureBench.StartAsync("NEXOUSDT", "200", change: o => o with { Symbols = [o.Symbols[0] with { From = Midnight - (seconds * 1_000_000_000) }] });
        var live = await LiveBench.TradeAsync(bench, "NEXOUSDT", s => s.Symbols[0].State.Now > Midnight + 120_000_000_000 && s.Symbols[0].State.Decisions > 5);
        Assert.Null(live.Symbols[0].Failure);
        if (bench.Store.ListAsync("market/").ToBlockingEnumerable().Count() == 2)
        {
            return bench;
        }

        await bench.DisposeAsync();
        return await RecordAsync(seconds * 3);
    }
}
