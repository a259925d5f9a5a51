using EventSourcedMM.Cli.Live;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Tests.Live;

namespace EventSourcedMM.Tests.Cli.Live;

/// <summary>What an operator of <c>mm live</c> reads while it runs: PnL, inventory, quotes, spread, fills, book, latencies, budgets, how far disk and store are behind.</summary>
public sealed class LiveTextTests
{
    private static readonly Instrument Btc = new Instrument { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1_000_000, Lot = 1_000, MinQuantity = 1_000 }.Validated();

    /// <summary>The line that docs/live.md shows and explains.</summary>
    [Fact]
    public void Line_OneSymbolWithOrders_IsTheOneOfThePage()
    {
        var line = LiveText.Line(Capture(), [Quoting()], Budgets(blockedUntil: 0), null);
        Assert.Equal(
            "2024-08-08T23:58:50Z  BTCUSDT PnL -1.2345 q 0.015 quotes 61689.5/61710.5 in 61699.99/61700.02 spread 3 ticks fills 3 book Synced decision 18/40/95/120.5 µs  latency 0.9/3.1/12.7 ms  weight 340/6000 orders 12/100  4 events not on disk yet",
            line);
        Assert.Contains(line, File.ReadAllText(Path.Combine(Samples.Root, "..", "..", "docs", "live.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_SymbolsWithTrouble_SaysWhatIsNotAsItShouldBe() => Assert.Equal(
        "2024-08-08T23:58:50Z  BTCUSDT PnL -1.2345 q 0.015 no quotes (halted) spread - ticks fills 3 book Gap decision none  ETHUSDT book Buffering  latency -  weight 340/6000 orders 12/100 BLOCKED  4 events not on disk yet  store ALARM away for 75 s, 12,345 events behind",
        LiveText.Line(
            Capture() with { Delay = null },
            [Quoting() with { Bid = 0, Ask = 0, BestBid = 0, Book = BookState.Gap, Stop = StopReason.Halted, ToDecision = None }, Quoting() with { Symbol = "ETHUSDT", Instrument = null, Book = BookState.Buffering, Events = 0, Durable = 0 }],
            Budgets(blockedUntil: 1),
            new ForwardingStatus("postgres://db", 2, 12_345, TimeSpan.FromSeconds(75), 0, Alarm: true)));

    [Fact]
    public void Line_OneSideAlone_ShowsTheOtherAsNone() =>
        Assert.Contains(" quotes 61689.5/- in ", LiveText.Line(Capture(), [Quoting() with { Ask = 0 }], null, null), StringComparison.Ordinal);

    private static LatencyFigures None => new(0, 0, 0, 0, 0);

    private static LiveStatus Quoting() => new(
        "BTCUSDT", Btc, BookState.Synced, 61_699_99 * Btc.Tick, 61_700_02 * Btc.Tick, 61_689_50 * Btc.Tick, 61_710_50 * Btc.Tick, 1_500_000,
        -12_345 * (Int128)1_000_000_000_000, 0, 0, 0, 3, 40, StopReason.None, 1_000, 996, new LatencyFigures(40, 18_000, 40_000, 95_000, 120_500), None);

    private static GatewayBudgets Budgets(long blockedUntil) => new(340, 6_000, 12, 100, TimeSpan.FromSeconds(10), 500, 200_000, blockedUntil);

    private static CaptureStatus Capture() => new()
    {
        Time = new DateTimeOffset(2024, 8, 8, 23, 58, 50, TimeSpan.Zero).ToUnixTimeSeconds() * 1_000_000_000,
        Messages = 1, Bytes = 1, Up = 1, Wanted = 1, Delay = (900_000, 3_100_000, 12_700_000), ClockOffset = null, Holes = 0, Refusals = 0, DiskFree = null, Symbols = [],
    };
}
