using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.VenueSim.Faults;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>
/// Both bundled recordings (their last hours and minutes; all of both in the soak) served over real sockets with a seeded storm of faults: the captured book ends as the venue's
/// does, level by level, and whatever is not recorded lies in a hole that is listed.
/// </summary>
public sealed class StormTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("NEXOUSDT", 134331742, "max", 3, "2024-07-24T09:00")]
    [InlineData("BTCUSDT", 50093696318, "40", 2, "2024-08-08T23:57")]
    public Task Capture_StormOfFaults_EndsWithTheGoldenBook(string symbol, long golden, string speed, ulong seed, string from) => RunAsync(symbol, golden, speed, seed, from);

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData("NEXOUSDT", 134331742, "max", 3)]
    [InlineData("NEXOUSDT", 134331742, "2000", 1)]
    [InlineData("BTCUSDT", 50093696318, "40", 2)]
    [InlineData("NEXOUSDT", 134331742, "500", 4)]
    [InlineData("BTCUSDT", 50093696318, "max", 5)]
    [InlineData("BTCUSDT", 50093696318, "4", 6)]
    public Task Capture_OtherStorms_EndWithTheGoldenBook(string symbol, long golden, string speed, ulong seed) => RunAsync(symbol, golden, speed, seed);

    // In a part of a recording connections are cut as often as in all of it.
    private static readonly string Denser = FaultPlan.Storm.Replace("cut=3/h", "cut=30/h", StringComparison.Ordinal);

    private async Task RunAsync(string symbol, long golden, string speed, ulong seed, string? from = null)
    {
        await using var bench = from is null
            ? await CaptureBench.StartAsync(symbol, speed, "storm", seed)
            : await CaptureBench.StartAsync(symbol, speed, Denser, seed, CaptureBench.From(from));
        var report = await bench.CaptureAsync(
            symbol,
            s => bench.Venue.Ended.IsCompleted && s.Symbols[0].LastUpdateId == golden && s.Symbols[0].Book == BookState.Synced,
            TimeSpan.FromMinutes(4));
        var result = Assert.Single(report.Symbols);
        output.WriteLine(EventSourcedMM.Cli.Capture.CaptureText.Summary(report, "test"));
        Assert.True(bench.Venue.Ended.IsCompletedSuccessfully);
        Assert.Equal(golden, result.LastUpdateId);

        // The recording replayed, against the venue's own source replayed.
        var captured = CaptureBench.Fold(bench.Store, result.Streams).Tracker;
        var source = CaptureBench.Fold(CaptureBench.BundledStore, CaptureBench.BundledDays(symbol)).Tracker;
        Assert.Equal(golden, captured.LastUpdateId);
        Assert.Equal(BookState.Synced, captured.State);
        Assert.Equal(source.Book.Bids.ToLevels(), captured.Book.Bids.ToLevels());
        Assert.Equal(source.Book.Asks.ToLevels(), captured.Book.Asks.ToLevels());

        Assert.True(report.Losses > 0 && report.HoleCount > 0, "the storm did nothing");
        Assert.Equal(report.HoleCount, report.Holes.Count);
        AssertEveryMissingDiffIsInAHole(bench, symbol, report);

        // Some trades were lost, some came late: only the first are missing, and each of them is in a hole.
        var missing = MissingTrades(OverlapTests.Ids(bench.Store, result.Streams));
        Assert.Equal(missing.Count, result.MissingTrades);
        Assert.All(missing, id => Assert.True(report.Holes.Any(h => h.IsOfTrades && h.FirstMissing <= id && id <= h.LastMissing), $"trade {id} is neither recorded nor in a hole"));
    }

    /// <summary>Ids between the first that came and the greatest that did not come.</summary>
    internal static List<long> MissingTrades(List<long> ids)
    {
        var came = ids.ToHashSet();
        var greatest = came.Max();
        var missing = new List<long>();
        for (var id = ids[0]; id < greatest; id++)
        {
            if (!came.Contains(id))
            {
                missing.Add(id);
            }
        }

        return missing;
    }

    private static void AssertEveryMissingDiffIsInAHole(CaptureBench bench, string symbol, CaptureReport report)
    {
        var recorded = CaptureBench.Diffs(bench.Store, report.Symbols[0].Streams);
        var known = recorded.ToHashSet();
        var sent = CaptureBench.Diffs(CaptureBench.BundledStore, CaptureBench.BundledDays(symbol)).Where(d => d.Final > recorded[0].Final);
        foreach (var diff in sent.Where(d => !known.Contains(d)))
        {
            Assert.True(
                report.Holes.Any(h => !h.IsOfTrades && h.FirstMissing <= diff.First && diff.Final <= h.LastMissing),
                $"the diff {diff} is neither recorded nor in a hole: {string.Join(", ", report.Holes.Select(h => $"{h.FirstMissing}-{h.LastMissing}"))}");
        }
    }
}
