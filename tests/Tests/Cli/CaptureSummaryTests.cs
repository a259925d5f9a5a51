using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Recording;

namespace EventSourcedMM.Tests.Cli;

/// <summary>What <c>mm capture</c> says at its end, as an operator reads it and as a program does.</summary>
public sealed class CaptureSummaryTests
{
    [Fact]
    public void Summary_OfAnHourWithTrouble_IsAsExplained() => Assert.Equal(
        """
        2024-08-08T23:58:50.000000001Z to 2024-08-09T00:59:51.000000001Z: the time given with --for is over
        messages   10,922, 6.1 MiB; 40 that an overlapping connection had delivered before were left out
        connected  2 times; 1 renewed without a hole, 1 lost, 3 attempts failed, 1 shutdown announced, 183 pings answered
        snapshots  10; 5 older than the diffs, 2 failed; 1 answer 429 or 418, 2 waits for the weight limit
        latency    1.08/1.08/1.08 ms (50, 90, 99 %, corrected by the clock's offset)
        offset     - (our clock minus the venue's)

        NEXOUSDT  recording 20240808T235850Z-live, goes on from market/NEXOUSDT/2024-08-08/20240808T000000Z-live
        recorded   3,980 diffs, 1 trade, 2,146 best quotes, 3,981 partial books, 0 aggregate trades, 10 snapshots, 1 unknown, 2 malformed
        book       Synced at update 134191396, 1 gap in the diffs, 4 trades missing
        check      the book agrees with 3,873 of 3,874 best quotes
        stored     market/NEXOUSDT/2024-08-08/20240808T235850Z-live
        stored     market/NEXOUSDT/2024-08-09/20240808T235850Z-live

        BTCUSDT  recording 20240808T235850Z-live
        recorded   0 diffs, 0 trades, 0 best quotes, 0 partial books, 0 aggregate trades, 0 snapshots, 0 unknown, 0 malformed
        book       Buffering at update 0, 0 gaps in the diffs, 0 trades missing

        holes
          2024-08-08T23:59:50.000000001Z  NEXOUSDT  2.1 s  updates 134186397 to 134186401  update ids are missing
          2024-08-09T00:00:10.000000001Z  NEXOUSDT  1.5 s  trades 12792308 to 12792311  these trades never came
          2024-08-09T00:30:00.000000001Z  BTCUSDT  open  updates ? to ?  the connection broke: Connection reset by peer

        events
          2024-08-08T23:59:50.000000001Z update ids are missing

        stored in /srv/data
        """.ReplaceLineEndings(Environment.NewLine),
        CaptureText.Summary(Report(), "/srv/data"));

    [Fact]
    public void Summary_OfAQuietCapture_NamesNeitherHolesNorEvents()
    {
        var text = CaptureText.Summary(Report() with { Connections = 1, HoleCount = 0, Holes = [], IncidentCount = 0, Incidents = [] }, "/srv/data");
        Assert.Contains("connected  once; ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("holes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("events", text, StringComparison.Ordinal);
        Assert.EndsWith(Environment.NewLine + Environment.NewLine + "stored in /srv/data", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_OfMoreThanFitsAScreen_SaysHowManyMoreAndWhereTheyAre()
    {
        var holes = Enumerable.Range(0, 25).Select(i => new CaptureHole { Symbol = "NEXOUSDT", From = Moment(i), Until = Moment(i + 1), FirstMissing = i + 1, LastMissing = i + 2, Why = "why" }).ToArray();
        var incidents = Enumerable.Range(0, 21).Select(i => new CaptureIncident(Moment(i), string.Create(CultureInfo.InvariantCulture, $"incident {i}"))).ToArray();
        var lines = CaptureText.Summary(Report() with { HoleCount = 3_000, Holes = holes, IncidentCount = 21, Incidents = incidents }, "/srv/data").Split(Environment.NewLine);
        Assert.Equal(20, lines.Count(l => l.EndsWith("  why", StringComparison.Ordinal)));
        Assert.Contains("  … and 2980 more; --json lists them", lines);
        Assert.Equal(20, lines.Count(l => l.Contains("Z incident ", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.StartsWith("  … and 1 more; mm events STREAM --type connectionChanged,bookStateChanged", StringComparison.Ordinal));
    }

    [Fact]
    public void Ended_AsJson_HasTheFieldsOfThePage()
    {
        Assert.Equal(
            """
            {"type":"ended","reason":"the time given with --for is over","started":"2024-08-08T23:58:50.000000001Z","ended":"2024-08-09T00:59:51.000000001Z","messages":10922,"bytes":6396313,
            "duplicates":40,"connections":2,"renewals":1,"losses":1,"failedConnections":3,"shutdowns":1,"pings":183,"snapshots":10,"staleSnapshots":5,"failedSnapshots":2,"refusals":1,"waits":2,"daysSealed":1,
            "damagedDays":[],"latencyMilliseconds":{"p50":1.081344,"p90":1.081344,"p99":1.081344},"clockOffsetMilliseconds":null,"holeCount":3,
            "holes":[{"symbol":"NEXOUSDT","of":"book","from":"2024-08-08T23:59:50.000000001Z","until":"2024-08-08T23:59:52.100000001Z","firstMissing":134186397,"lastMissing":134186401,"why":"update ids are missing"},
            {"symbol":"NEXOUSDT","of":"trades","from":"2024-08-09T00:00:10.000000001Z","until":"2024-08-09T00:00:11.500000001Z","firstMissing":12792308,"lastMissing":12792311,"why":"these trades never came"},
            {"symbol":"BTCUSDT","of":"book","from":"2024-08-09T00:30:00.000000001Z","until":null,"firstMissing":0,"lastMissing":0,"why":"the connection broke: Connection reset by peer"}],
            "symbols":[{"symbol":"NEXOUSDT","recording":"20240808T235850Z-live","continuedFrom":"market/NEXOUSDT/2024-08-08/20240808T000000Z-live",
            "depthDiffs":3980,"trades":1,"aggregateTrades":0,"bookTickers":2146,"partialBooks":3981,"snapshots":10,"unknown":1,"malformed":2,"gaps":1,"missingTrades":4,"bboChecked":3874,"bboMatched":3873,"bookState":"Synced","lastUpdateId":134191396,
            "streams":["market/NEXOUSDT/2024-08-08/20240808T235850Z-live","market/NEXOUSDT/2024-08-09/20240808T235850Z-live"]},
            {"symbol":"BTCUSDT","recording":"20240808T235850Z-live","continuedFrom":"",
            "depthDiffs":0,"trades":0,"aggregateTrades":0,"bookTickers":0,"partialBooks":0,"snapshots":0,"unknown":0,"malformed":0,"gaps":0,"missingTrades":0,"bboChecked":0,"bboMatched":0,"bookState":"Buffering","lastUpdateId":0,"streams":[]}],
            "store":"/srv/data"}
            """.ReplaceLineEndings(""),
            CaptureJson.Ended(Report(), "/srv/data"));
        Assert.Equal(
            """{"place":"postgres://db","streams":0,"behind":0,"awaySeconds":0,"refused":0,"alarm":false}""",
            JsonDocument.Parse(CaptureJson.Ended(Report(), "/srv/data", new ForwardingStatus("postgres://db", 0, 0, TimeSpan.Zero, 0, Alarm: false))).RootElement.GetProperty("forwarding").GetRawText());
    }

    [Fact]
    public void Summary_OfADayThatIsDamaged_NamesItAndWhatToDo()
    {
        const string day = "market/NEXOUSDT/2024-08-08/20240808T235850Z-live";
        var report = Report() with { Damaged = [day] };
        Assert.Contains($"NOT SEALED  {day} is damaged: mm store verify {day} --store /srv/data", CaptureText.Summary(report, "/srv/data"), StringComparison.Ordinal);
        Assert.Equal(day, JsonDocument.Parse(CaptureJson.Ended(report, "/srv/data")).RootElement.GetProperty("damagedDays")[0].GetString());
    }

    private static long Moment(int seconds) => ((new DateTimeOffset(2024, 8, 8, 23, 58, 50, TimeSpan.Zero).ToUnixTimeSeconds() + seconds) * 1_000_000_000) + 1;

    private static CaptureReport Report()
    {
        var delays = new DelayHistogram();
        delays.Add(1 << 20);
        return new CaptureReport
        {
            Reason = "the time given with --for is over",
            Started = Moment(0),
            Ended = Moment(3_661),
            Messages = 10_922,
            Bytes = 6_396_313,
            Duplicates = 40,
            Connections = 2,
            Pings = 183,
            Renewals = 1,
            Losses = 1,
            FailedConnections = 3,
            Shutdowns = 1,
            Snapshots = 10,
            StaleSnapshots = 5,
            FailedSnapshots = 2,
            Refusals = 1,
            Waits = 2,
            DaysSealed = 1,
            Delays = delays,
            ClockOffsets = new DelayHistogram(),
            HoleCount = 3,
            Holes =
            [
                new CaptureHole { Symbol = "NEXOUSDT", From = Moment(60), Until = Moment(62) + 100_000_000, FirstMissing = 134186397, LastMissing = 134186401, Why = "update ids are missing" },
                new CaptureHole { Symbol = "NEXOUSDT", IsOfTrades = true, From = Moment(80), Until = Moment(81) + 500_000_000, FirstMissing = 12792308, LastMissing = 12792311, Why = "these trades never came" },
                new CaptureHole { Symbol = "BTCUSDT", From = Moment(1_870), FirstMissing = 0, Why = "the connection broke: Connection reset by peer" },
            ],
            IncidentCount = 1,
            Incidents = [new CaptureIncident(Moment(60), "update ids are missing")],
            Symbols =
            [
                Symbol("NEXOUSDT", "market/NEXOUSDT/2024-08-08/20240808T000000Z-live", BookState.Synced, 134191396) with
                {
                    Counts = new RecordingCounts { DepthDiffs = 3_980, Trades = 1, BookTickers = 2_146, PartialBooks = 3_981, Snapshots = 10, Unknown = 1, Malformed = 2 },
                    Gaps = 1,
                    MissingTrades = 4,
                    QuotesChecked = 3_874,
                    QuotesMatched = 3_873,
                    Streams = ["market/NEXOUSDT/2024-08-08/20240808T235850Z-live", "market/NEXOUSDT/2024-08-09/20240808T235850Z-live"],
                },
                Symbol("BTCUSDT", "", BookState.Buffering, 0),
            ],
        };
    }

    private static SymbolReport Symbol(string symbol, string from, BookState book, long updateId) => new()
    {
        Symbol = symbol, Recording = "20240808T235850Z-live", ContinuedFrom = from, Counts = new RecordingCounts(), Gaps = 0, MissingTrades = 0,
        Book = book, LastUpdateId = updateId, QuotesChecked = 0, QuotesMatched = 0, Streams = [],
    };
}
