using System.Text.Json;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Trades alone are lost, or come late, and the book is well all the while: that is a hole, a line, a count, and nothing of the book's.</summary>
[Trait("Category", "Slow")]
public sealed class TradesLostTests
{
    [Fact]
    public async Task Capture_TradesAreLost_AreListedWithTheirIds()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "60");
        var asked = false;
        var report = await bench.CaptureAsync(
            "BTCUSDT",
            s =>
            {
                if (!asked && s.Symbols[0].Book == BookState.Synced && s.Symbols[0].Recorded > 300)
                {
                    // One comes after the next one, and is no hole; three never come.
                    asked = true;
                    _ = AskAsync(bench);
                }

                return s.Holes > 0;
            },
            TimeSpan.FromMinutes(1));
        var dropped = (await bench.ControlAsync("/sim/faults")).GetProperty("faults").EnumerateArray()
            .Where(f => f.GetProperty("kind").GetString() == "drop").Select(f => f.GetProperty("firstId").GetInt64()).ToArray();
        Assert.Equal(3, dropped.Length);

        var symbol = Assert.Single(report.Symbols);
        Assert.Equal((0L, 3L, 0L), (symbol.Gaps, symbol.MissingTrades, report.Losses));
        Assert.All(report.Holes, h => Assert.True(h.IsOfTrades && h.From <= h.Until));
        Assert.Equal(dropped, report.Holes.SelectMany(h => Enumerable.Range(0, (int)(h.LastMissing - h.FirstMissing + 1)).Select(i => h.FirstMissing + i)));
        Assert.DoesNotContain(OverlapTests.Ids(bench.Store, symbol.Streams), dropped.Contains);

        // The line, the summary, the JSON, and the day.
        Assert.Contains(report.Incidents, i => i.Text.StartsWith("BTCUSDT: ", StringComparison.Ordinal) && i.Text.Contains(" never came", StringComparison.Ordinal) && i.Text.Contains($"{dropped[0]}", StringComparison.Ordinal));
        var text = CaptureText.Summary(report, "test");
        Assert.Contains("0 gaps in the diffs, 3 trades missing", text, StringComparison.Ordinal);
        Assert.Contains($"  trades {dropped[0]} to ", text, StringComparison.Ordinal);
        var hole = JsonDocument.Parse(CaptureJson.Ended(report, "test")).RootElement.GetProperty("holes")[0];
        Assert.Equal(("trades", dropped[0]), (hole.GetProperty("of").GetString(), hole.GetProperty("firstMissing").GetInt64()));
        var (code, output, error) = await CommandRun.Async(DaysCommand.Create(), "days", "--store", bench.Store.Root, "--json");
        Assert.True(code == 0, error);
        var day = JsonDocument.Parse(output).RootElement.GetProperty("days").EnumerateArray().Single(d => d.GetProperty("recording").GetString() == symbol.Recording);
        Assert.Equal((0L, 3L), (day.GetProperty("gaps").GetInt64(), day.GetProperty("missingTrades").GetInt64()));

        // Whoever seals what a killed capture left counts the same from the events.
        var fold = new DayFold();
        var stored = Assert.Single(MarketCatalog.Of(bench.Store, "BTCUSDT"));
        fold.Read(bench.Store, stored.Name);
        Assert.Equal(stored.Manifest!.Note(MarketNotes.MissingTrades), fold.Notes(stored.Name).Single(n => n.Key == MarketNotes.MissingTrades).Value);
    }

    private static async Task AskAsync(CaptureBench bench)
    {
        await bench.ControlAsync("/sim/faults?kind=reorder&on=btcusdt@trade", post: true);
        await bench.ControlAsync("/sim/faults?kind=drop&count=3&on=btcusdt@trade", post: true);
    }
}
