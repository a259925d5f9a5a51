using System.Text.Json;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Tests.Stores.Archive;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>What the venue refuses, fails at or holds up is an event of the recording, a line while it runs, and a line of the summary; the day replays and is archived as any other.</summary>
[Trait("Category", "Slow")]
public sealed class CaptureEventsTests
{
    [Fact]
    public async Task Refused_429And418_AreThrottledEventsAndLines()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "60", change: o => o with { WeightLimit = 1_000 });
        using var met = new CancellationTokenSource();
        Task? burning = null;
        var report = await bench.CaptureAsync(
            "BTCUSDT",
            s =>
            {
                if (burning is null && s.Symbols[0].Book == BookState.Synced)
                {
                    burning = bench.BurnAsync("BTCUSDT", met.Token);
                }

                if (s.Refusals > 0)
                {
                    met.Cancel();
                }

                return met.IsCancellationRequested && s.Symbols[0].Book == BookState.Synced;
            },
            TimeSpan.FromMinutes(1));
        await met.CancelAsync();
        await burning!;
        Assert.True(report.Refusals > 0, "the limit was not met");
        var bans = Read(bench, report).Of<RequestThrottled>().Where(t => t is { Limit: GatewayLimit.Ban, Refused: true }).ToArray();
        Assert.Equal(report.Refusals, bans.Length);
        Assert.All(bans, b => Assert.True(b.Used is 429 or 418 && b.Until > 0 && b.Request == GatewayRequestKind.Query && b.Detail.Contains("/api/v3/", StringComparison.Ordinal)));
        AssertLine(report, " with 4");
        await AssertReplaysAsync(bench, report);
    }

    [Fact]
    public async Task Failed_5xx_AreVenueMessagesWithTheAnswerAndLines()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "100", "server-error=0.4:503", seed: 5);
        var report = await bench.CaptureAsync("NEXOUSDT", s => s.Symbols.Count > 0 && s.Symbols[0].Book == BookState.Synced && s.Time > bench.Venue.StartTime + 200_000_000_000, TimeSpan.FromSeconds(60));
        var messages = Read(bench, report).Of<VenueMessage>().ToArray();
        Assert.Equal(report.FailedSnapshots, messages.Count(m => m.Problem.StartsWith("snapshot: ", StringComparison.Ordinal)));
        Assert.NotEmpty(messages);
        Assert.All(messages, m => Assert.True(m.Problem.Contains("with 503", StringComparison.Ordinal) && m.Body.Length > 0, m.Problem));
        Assert.Equal(0, report.Symbols[0].Counts.Unknown + report.Symbols[0].Counts.Malformed);
        AssertLine(report, "with 503");
        await AssertReplaysAsync(bench, report);
    }

    /// <summary>The line breaks every half minute and snapshots are too old, so one is asked for again and again; a minute's weight is enough for one.</summary>
    [Fact]
    public async Task Held_ByTheWeightBudget_IsAThrottledEventAndALine()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "100", "cut=2/m,stale-snapshot=100%", change: o => o with { WeightLimit = 300 });
        var report = await bench.CaptureAsync("NEXOUSDT", s => s.Time > bench.Venue.StartTime + 480_000_000_000, TimeSpan.FromSeconds(60));
        Assert.Contains(Read(bench, report).Of<RequestThrottled>(), t => t is { Limit: GatewayLimit.RequestWeight, Refused: false, Allowed: 300 } && t.Used > 0 && t.Until > 0
            && t.Detail.StartsWith("the snapshot waits ", StringComparison.Ordinal));
        AssertLine(report, "the snapshot waits ");

        // Counted as often as it is recorded, in words and as JSON.
        var waits = Read(bench, report).Of<RequestThrottled>().Count(t => !t.Refused);
        Assert.Equal(waits, report.Waits);
        Assert.Contains($", {waits} wait{(waits == 1 ? "" : "s")} for the weight limit", CaptureText.Summary(report, "test"), StringComparison.Ordinal);
        Assert.Equal(waits, JsonDocument.Parse(CaptureJson.Ended(report, "test")).RootElement.GetProperty("waits").GetInt64());
        Assert.True(report.StaleSnapshots > 0, "no snapshot was too old");
        AssertLine(report, "the snapshot is older than the diffs");
    }

    /// <summary>REST is there and the streams are not: each attempt is an event, and the time until the first connection is a hole.</summary>
    [Fact]
    public async Task Connecting_Fails_EachAttemptIsAnEventAndALine()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "100");
        var endpoint = VenueEndpoint.Parse($"{bench.Venue.HttpUri.GetLeftPart(UriPartial.Authority)},ws://127.0.0.1:1");
        var report = await bench.CaptureAsync("NEXOUSDT", s => s.Symbols[0].Recorded >= 6, TimeSpan.FromSeconds(60), o => o with { Endpoint = endpoint });
        var attempts = Read(bench, report).Of<ConnectionChanged>().ToArray();
        Assert.Equal(report.FailedConnections, attempts.Length);
        Assert.All(attempts, a => Assert.True(!a.Up && a.Detail.StartsWith("an attempt to connect failed: ", StringComparison.Ordinal) && a.Detail.Contains("Next attempt in", StringComparison.Ordinal)));
        Assert.Equal((0, 0), (report.Losses, report.Connections));
        AssertLine(report, "an attempt to connect failed: ");
    }

    private static void AssertLine(CaptureReport report, string text)
    {
        var line = report.Incidents.FirstOrDefault(i => i.Text.Contains(text, StringComparison.Ordinal));
        Assert.True(line is not null, $"no line says '{text}'");

        // The summary shows the first twenty: this one is shown where it is among them.
        Assert.Contains(text, CaptureText.Summary(report with { Incidents = [line] }, "test"), StringComparison.Ordinal);
    }

    private static EventLog Read(CaptureBench bench, CaptureReport report)
    {
        var log = new EventLog();
        foreach (var stream in report.Symbols[0].Streams)
        {
            CaptureBench.Walk(bench.Store, stream, log);
        }

        return log;
    }

    // The engine steps such days, and the archive gives them back record for record: the same state from there.
    private static async Task AssertReplaysAsync(CaptureBench bench, CaptureReport report)
    {
        var journal = await StateAsync(bench, report.Symbols[0].Symbol);
        foreach (var stream in report.Symbols[0].Streams.Select(StreamName.Parse))
        {
            var records = ArchiveSamples.Records(bench.Store.OpenJournal(stream));
            var archived = new StreamArchiver(bench.Store, new ArchiveOptions { CompressionLevel = 3 }).Archive(stream);
            Assert.Equal(records, ArchiveSamples.Records(ArchiveFolder.Open(archived.Path).OpenSource()));
            bench.Store.RemoveArchivedJournal(stream);
        }

        Assert.Equal(journal, await StateAsync(bench, report.Symbols[0].Symbol));
    }

    private static async Task<string> StateAsync(CaptureBench bench, string symbol)
    {
        var (code, output, error) = await CommandRun.Async(BacktestCommand.Create(), "backtest", "--symbol", symbol, "--from", "2024-07-01", "--to", "2024-09-01", "--store", bench.Store.Root, "--json");
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement.GetProperty("stateHash").GetString()!;
    }
}
