using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Connections that are renewed beside each other: nothing is missing, nothing is there twice.</summary>
[Trait("Category", "Slow")]
public sealed class OverlapTests
{
    [Fact]
    public async Task Capture_RenewedEveryMinute_HasEveryMessageOnce()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "40");
        var report = await bench.CaptureAsync("BTCUSDT", s => s.Time > bench.Venue.StartTime + (Cases.IsSoak ? 330_000_000_000 : 200_000_000_000) || bench.Venue.Ended.IsCompleted, TimeSpan.FromMinutes(2), o => o with { ConnectionLife = TimeSpan.FromSeconds(60) });
        Assert.True(report.Renewals >= (Cases.IsSoak ? 3 : 2), $"only {report.Renewals} renewals");
        Assert.True(report.Duplicates > 0, "the connections did not overlap");

        // A connection lives for a minute and is pinged every 20 s; how often it was is told when it is replaced.
        var log = new EventLog();
        foreach (var stream in report.Symbols[0].Streams)
        {
            CaptureBench.Walk(bench.Store, stream, log);
        }

        var ended = log.Of<ConnectionChanged>().Where(c => c.Detail.Contains("goes on alone", StringComparison.Ordinal)).ToArray();
        Assert.Equal(report.Renewals, ended.Length);
        Assert.All(ended, c => Assert.Matches("; [1-9] pings were answered on it$", c.Detail));
        Assert.True(report.Pings >= 2 * report.Renewals, $"only {report.Pings} pings were answered");
        AssertWholeAndOnce(bench, report);
    }

    [Fact]
    public async Task Capture_ShutdownAnnounced_MovesBeforeTheVenueCloses()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "20");
        var asked = 0L;
        var report = await bench.CaptureAsync(
            "BTCUSDT",
            s =>
            {
                if (asked == 0 && s.Symbols[0].Book == BookState.Synced)
                {
                    asked = s.Time;
                    _ = bench.ControlAsync("/sim/faults?kind=shutdown&for=60s", post: true);
                }

                // It closes after sixty seconds.
                return asked > 0 && s.Time > asked + 90_000_000_000;
            },
            TimeSpan.FromMinutes(1));
        Assert.Equal(1, report.Shutdowns);
        Assert.Equal(1, report.Renewals);
        AssertWholeAndOnce(bench, report);
        Assert.Contains(Bodies(bench, report), b => b.Contains("serverShutdown", StringComparison.Ordinal));
    }

    private static void AssertWholeAndOnce(CaptureBench bench, CaptureReport report)
    {
        var symbol = report.Symbols[0];
        Assert.Equal((0, 0, 0), (report.Losses, report.HoleCount, symbol.MissingTrades));
        var recorded = CaptureBench.Diffs(bench.Store, symbol.Streams);
        var source = CaptureBench.Diffs(CaptureBench.BundledStore, CaptureBench.BundledDays("BTCUSDT"));
        var from = source.IndexOf(recorded[0]);
        Assert.Equal(source.GetRange(from, recorded.Count), recorded);

        var trades = Ids(bench.Store, symbol.Streams);
        var sent = Ids(CaptureBench.BundledStore, CaptureBench.BundledDays("BTCUSDT"));
        var first = sent.IndexOf(trades[0]);
        Assert.Equal(sent.GetRange(first, trades.Count), trades);
    }

    internal static List<long> Ids(EventSourcedMM.Stores.Journal.JournalStore store, IEnumerable<string> streams)
    {
        var ids = new TradeIds();
        foreach (var stream in streams)
        {
            CaptureBench.Walk(store, stream, ids);
        }

        return ids.Ids;
    }

    private static List<string> Bodies(CaptureBench bench, CaptureReport report)
    {
        var ids = new TradeIds();
        foreach (var stream in report.Symbols[0].Streams)
        {
            CaptureBench.Walk(bench.Store, stream, ids);
        }

        return ids.Bodies;
    }

    private sealed class TradeIds : IEventHandler
    {
        public List<long> Ids { get; } = [];

        public List<string> Bodies { get; } = [];

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is Trade trade)
            {
                Ids.Add(trade.TradeId);
            }
            else if (payload is VenueMessage message)
            {
                Bodies.Add(message.Body);
            }
        }
    }
}
