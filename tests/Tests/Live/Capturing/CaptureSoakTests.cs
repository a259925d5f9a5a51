using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores.Market;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Weeks of capture in simulated time, NEXOUSDT tiled, with a storm of faults and without: days are cut, sealed and replay alone, memory does not grow, and every hole is listed.</summary>
public sealed class CaptureSoakTests(ITestOutputHelper output)
{
    private const long Day = 86_400_000_000_000;

    // What the runtime may keep more or less of at one look than at another: fourteen days stayed within 2.1 MiB.
    private const long Slack = 8 << 20;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Capture_TwoMidnights_CutsDaysAndKeepsItsMemory()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Repeat = true });
        var report = await RunAsync(bench, 1.5, "depth,trade");
        Assert.Equal((0, 0), (report.Losses, report.HoleCount));
    }

    [Fact]
    [Trait("Category", "Soak")]
    public async Task Capture_FourteenDays_KeepsItsMemory()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Repeat = true });
        var report = await RunAsync(bench, 14, "depth,depth20,trade,bookTicker");
        Assert.Equal((0, 0), (report.Losses, report.HoleCount));
    }

    /// <summary>Everything that a venue does at once, for two weeks: hundreds of cuts, dead connections, shutdowns, lost and late messages, snapshots that are old, slow or refused.</summary>
    [Fact]
    [Trait("Category", "Soak")]
    public async Task Capture_FourteenDaysOfStorm_KeepsItsMemoryAndListsEveryHole()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "4000", "storm", seed: 14, change: o => o with { Repeat = true });
        var report = await RunAsync(bench, 14, "depth,depth20,trade,bookTicker");
        var symbol = Assert.Single(report.Symbols);
        var faults = await bench.ControlAsync("/sim/status");
        output.WriteLine(faults.GetRawText());
        Assert.True(report.Losses > 100 && report.StaleSnapshots > 100 && report.FailedSnapshots > 100 && report.Renewals > 10, "the storm did little");
        Assert.Equal(BookState.Synced, symbol.Book);

        // Each update id and each trade id that is not in the recording is in a hole that is listed.
        Assert.Equal(report.HoleCount, report.Holes.Count);
        var (diffs, trades) = Ids(bench, symbol);
        AssertListed(report, isOfTrades: false, Uncovered(diffs));
        var missing = StormTests.MissingTrades(trades);
        Assert.Equal(missing.Count, symbol.MissingTrades);
        AssertListed(report, isOfTrades: true, [.. missing.Select(id => (id, id))]);
    }

    private async Task<CaptureReport> RunAsync(CaptureBench bench, double days, string streams)
    {
        var memory = new List<(double Day, long Bytes)>();
        var next = 0.25;
        var report = await bench.CaptureAsync(
            "NEXOUSDT",
            s =>
            {
                var passed = (s.Time - bench.Venue.StartTime) / (double)Day;
                if (passed >= next)
                {
                    memory.Add((passed, GC.GetTotalMemory(forceFullCollection: true)));
                    next = passed + Math.Max(0.25, days / 14);
                }

                // An end in the middle of a hole would be one that nobody could close.
                return passed >= days && s.Symbols[0].Book == BookState.Synced;
            },
            TimeSpan.FromMinutes(60),
            o => o with { Streams = CaptureStreams.Parse(streams) });
        foreach (var (day, bytes) in memory)
        {
            output.WriteLine(FormattableString.Invariant($"day {day:0.00}: {bytes / 1048576.0:0.0} MiB"));
        }

        output.WriteLine(EventSourcedMM.Cli.Capture.CaptureText.Summary(report, "test"));
        Assert.True(memory.Count >= 3);
        Assert.True(memory[^1].Bytes < memory[0].Bytes + Slack, "memory grows");
        Assert.Equal("the test has seen enough", report.Reason);

        var stored = MarketCatalog.Of(bench.Store, "NEXOUSDT");
        Assert.True(stored.Count > days);
        Assert.All(stored, d => Assert.NotNull(d.Manifest));
        if (report.HoleCount == 0)
        {
            Assert.All(stored.Take(stored.Count - 1), d => Assert.Equal("Synced", d.Manifest!.Note(MarketNotes.BookState)));
        }

        // Each day alone comes to the book that its recorder had at its end.
        foreach (var day in stored)
        {
            var alone = CaptureBench.Fold(bench.Store, [day.Name.Value]).Tracker;
            Assert.Equal(day.Manifest!.Note(MarketNotes.LastUpdateId), MarketNotes.Text(alone.LastUpdateId));
            Assert.Equal(day.Manifest!.Note(MarketNotes.BookState), alone.State.ToString());
        }

        return report;
    }

    private static (List<(long First, long Final)> Diffs, List<long> Trades) Ids(CaptureBench bench, SymbolReport symbol) =>
        (CaptureBench.Diffs(bench.Store, symbol.Streams), OverlapTests.Ids(bench.Store, symbol.Streams));

    // What no recorded diff covers between the first and the greatest, whatever their order.
    private static List<(long First, long Last)> Uncovered(List<(long First, long Final)> diffs)
    {
        var uncovered = new List<(long First, long Last)>();
        var covered = 0L;
        foreach (var (first, final) in diffs.Order())
        {
            if (covered > 0 && first > covered + 1)
            {
                uncovered.Add((covered + 1, first - 1));
            }

            covered = Math.Max(covered, final);
        }

        return uncovered;
    }

    private static void AssertListed(CaptureReport report, bool isOfTrades, List<(long First, long Last)> missing)
    {
        Assert.NotEmpty(missing);
        var holes = report.Holes.Where(h => h.IsOfTrades == isOfTrades).OrderBy(h => h.FirstMissing).ToArray();
        foreach (var (first, last) in missing)
        {
            Assert.True(
                holes.Any(h => h.FirstMissing <= first && last <= h.LastMissing),
                $"{(isOfTrades ? "trades" : "updates")} {first} to {last} are neither recorded nor in a hole");
        }
    }
}
