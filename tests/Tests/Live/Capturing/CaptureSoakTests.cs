using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores.Market;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Weeks of capture in simulated time, NEXOUSDT tiled: days are cut, sealed and replay alone, and memory does not grow.</summary>
public sealed class CaptureSoakTests(ITestOutputHelper output)
{
    private const long Day = 86_400_000_000_000;

    // What the runtime may keep more or less of at one look than at another: fourteen days stayed within 2.1 MiB.
    private const long Slack = 8 << 20;

    [Fact]
    [Trait("Category", "Slow")]
    public Task Capture_TwoMidnights_CutsDaysAndKeepsItsMemory() => RunAsync(1.5, "depth,trade");

    [Fact]
    [Trait("Category", "Soak")]
    public Task Capture_FourteenDays_KeepsItsMemory() => RunAsync(14, "depth,depth20,trade,bookTicker");

    private async Task RunAsync(double days, string streams)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Repeat = true });
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

                return passed >= days;
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
        Assert.Equal((0, 0), (report.Losses, report.HoleCount));

        var stored = MarketCatalog.Of(bench.Store, "NEXOUSDT");
        Assert.True(stored.Count > days);
        Assert.All(stored, d => Assert.NotNull(d.Manifest));
        Assert.All(stored.Take(stored.Count - 1), d => Assert.Equal("Synced", d.Manifest!.Note(MarketNotes.BookState)));

        // Each day alone comes to the book that its recorder had at its end.
        foreach (var day in stored)
        {
            var alone = CaptureBench.Fold(bench.Store, [day.Name.Value]).Tracker;
            Assert.Equal(day.Manifest!.Note(MarketNotes.LastUpdateId), MarketNotes.Text(alone.LastUpdateId));
        }
    }
}
