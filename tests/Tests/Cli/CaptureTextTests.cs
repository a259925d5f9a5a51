using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Tests.Live;

namespace EventSourcedMM.Tests.Cli;

/// <summary>What an operator of <c>mm capture</c> reads while it runs: the line, what happens, and the same as JSON.</summary>
public sealed class CaptureTextTests
{
    /// <summary>The line that docs/capture.md shows and explains.</summary>
    [Fact]
    public void Line_OneSymbol_IsTheOneOfThePage()
    {
        var line = CaptureText.Line(Status(), 2_310.6);
        Assert.Equal("2024-08-08T23:58:50Z  2,311/s  latency 0.9/3.1/12.7 ms  offset 0.2/0.4/0.6 ms  0 holes  book Synced  disk 81.2 GiB free", line);
        Assert.Contains(line, File.ReadAllText(Path.Combine(Samples.Root, "..", "..", "docs", "capture.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_SeveralSymbolsWithTrouble_SaysWhatIsNotAsItShouldBe() => Assert.Equal(
        "2024-08-08T23:58:50Z  0/s  latency -  offset -12.5/0/1.75 ms  1 hole  book 1 of 3 Synced  1 of 2 connections down  store ALARM away for 75 s, 12,345 events behind, 1 stream NOT taken",
        CaptureText.Line(
            Status() with
            {
                Up = 1, Wanted = 2, Delay = null, ClockOffset = (-12_500_000, 0, 1_749_999), Holes = 1, DiskFree = null,
                Symbols = [Symbol("BTCUSDT", BookState.Synced), Symbol("ETHUSDT", BookState.Gap), Symbol("BNBUSDT", BookState.Buffering)],
            },
            0.4,
            new ForwardingStatus("postgres://db", 2, 12_345, TimeSpan.FromSeconds(75), 1, Alarm: true)));

    [Fact]
    public void Line_OneSymbolWithoutBook_NamesItsState() =>
        Assert.Contains("  book Gap  disk 512.0 KiB free", CaptureText.Line(Status() with { Symbols = [Symbol("BTCUSDT", BookState.Gap)], DiskFree = 512 << 10 }, 1), StringComparison.Ordinal);

    [Fact]
    public void Incident_HasItsMomentBeforeIt()
    {
        var incident = new CaptureIncident(Moment(1), "the connection broke: \"Connection reset by peer\"");
        Assert.Equal("2024-08-08T23:58:51.000000001Z the connection broke: \"Connection reset by peer\"", CaptureText.Incident(incident));
        Assert.Equal("""{"type":"event","time":"2024-08-08T23:58:51.000000001Z","text":"the connection broke: \"Connection reset by peer\""}""", CaptureJson.Incident(incident));
    }

    [Fact]
    public void Status_AsJson_HasTheFieldsOfThePage()
    {
        Assert.Equal(
            """{"type":"status","time":"2024-08-08T23:58:50.000000001Z","messages":1234567,"bytes":98765432,"messagesPerSecond":2310.6,"connectionsUp":1,"connections":1,"latencyMilliseconds":{"p50":0.9,"p90":3.1,"p99":12.7},"clockOffsetMilliseconds":{"p50":0.2,"p90":0.4,"p99":0.6},"holes":0,"diskFree":87187908198,"symbols":[{"symbol":"BTCUSDT","stream":"market/BTCUSDT/2024-08-08/r-live","recorded":1000,"durable":900,"book":"Synced","lastUpdateId":50093696318}]}""",
            CaptureJson.Status(Status(), 2_310.62));
        Assert.Equal(
            """{"type":"status","time":"2024-08-08T23:58:50.000000001Z","messages":1234567,"bytes":98765432,"messagesPerSecond":0,"connectionsUp":0,"connections":1,"latencyMilliseconds":null,"clockOffsetMilliseconds":null,"holes":3,"diskFree":null,"symbols":[],"forwarding":{"place":"postgres://db","streams":2,"behind":12345,"awaySeconds":75.3,"refused":1,"alarm":true}}""",
            CaptureJson.Status(Status() with { Up = 0, Delay = null, ClockOffset = null, Holes = 3, DiskFree = null, Symbols = [] }, 0, new ForwardingStatus("postgres://db", 2, 12_345, TimeSpan.FromSeconds(75.3), 1, Alarm: true)));
    }

    private static long Moment(int seconds) => (new DateTimeOffset(2024, 8, 8, 23, 58, 50, TimeSpan.Zero).ToUnixTimeSeconds() + seconds) * 1_000_000_000 + 1;

    private static SymbolStatus Symbol(string symbol, BookState book) => new(symbol, $"market/{symbol}/2024-08-08/r-live", 1_000, 900, book, 50093696318);

    private static CaptureStatus Status() => new()
    {
        Time = Moment(0), Messages = 1_234_567, Bytes = 98_765_432, Up = 1, Wanted = 1, Delay = (900_000, 3_100_000, 12_700_000), ClockOffset = (200_000, 400_000, 600_000),
        Holes = 0, Refusals = 0, DiskFree = 87_187_908_198, Symbols = [Symbol("BTCUSDT", BookState.Synced)],
    };
}
