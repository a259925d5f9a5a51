using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Trades that never came: when they are told, how, and what becomes of one that comes after all. Stamps are the venue's seconds; ours are half a second behind.</summary>
public sealed class TradeWatchTests
{
    private const long Second = 1_000_000_000;
    private readonly CaptureTally tally = new();

    [Fact]
    public void Gap_IsCountedAtOnceAndToldAfterTenSecondsOfTheVenue()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        Trades(watch, (100, 1), (104, 2));
        Assert.Equal(3, watch.Missing);
        Pass(watch, 11.9);
        Assert.Equal((0L, 0L), (tally.HoleCount, tally.IncidentCount));
        Pass(watch, 12);
        var hole = Assert.Single(tally.Holes());
        Assert.Equal(("TESTUSDT", true, 101L, 103L, Ours(1), Ours(2)), (hole.Symbol, hole.IsOfTrades, hole.FirstMissing, hole.LastMissing, hole.From, hole.Until));
        Assert.Equal(new CaptureIncident(Ours(12), "TESTUSDT: trades 101 to 103 never came"), Assert.Single(tally.Incidents()));
        Pass(watch, 60);
        Assert.Equal((1L, 1L), (tally.HoleCount, tally.IncidentCount));
    }

    [Fact]
    public void Trade_ThatComesWithinTheTime_IsNeitherCountedNorTold()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        Trades(watch, (100, 1), (102, 2), (101, 3));
        Pass(watch, 60);
        watch.End(Ours(60));
        Assert.Equal((0L, 0L, 0L), (watch.Missing, tally.HoleCount, tally.IncidentCount));
    }

    /// <summary>Of four, the one in the middle comes late: two holes, one line.</summary>
    [Fact]
    public void Gap_ThatIsFilledInTheMiddle_IsTwoHolesAndOneLine()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        Trades(watch, (100, 1), (105, 2), (102, 3));
        watch.End(Ours(4));
        Assert.Equal([(101L, 101L), (103L, 104L)], tally.Holes().Select(h => (h.FirstMissing, h.LastMissing)));
        Assert.Equal("TESTUSDT: 3 trades from 101 to 104 never came, in 2 stretches", Assert.Single(tally.Incidents()).Text);
    }

    [Fact]
    public void Trade_ThatComesAfterItWasTold_IsALineAndCountedNoLonger()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        Trades(watch, (100, 1), (103, 2));
        Pass(watch, 13);
        Trades(watch, (101, 14));
        Assert.Equal((1L, "some of these trades came late"), (watch.Missing, tally.Holes()[0].Why));
        Trades(watch, (102, 15), (102, 15));
        Assert.Equal((0L, 1L, "these trades came late"), (watch.Missing, tally.HoleCount, tally.Holes()[0].Why));
        Assert.Equal(["TESTUSDT: trades 101 to 102 never came", "TESTUSDT: trade 101 came after all, late", "TESTUSDT: trade 102 came after all, late"], tally.Incidents().Select(i => i.Text));
    }

    /// <summary>Every second trade is lost for a minute: a line every few seconds, and every hole is listed.</summary>
    [Fact]
    public void Loss_ThatGoesOn_IsALineEveryFewSeconds()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        for (var id = 1; id <= 1_201; id += 2)
        {
            Trades(watch, (id, id / 20.0));
        }

        watch.End(Ours(61));
        Assert.Equal((600L, 600L), (watch.Missing, tally.HoleCount));
        Assert.Equal(Enumerable.Range(1, 600).Select(i => (2L * i, 2L * i)), tally.Holes().Select(h => (h.FirstMissing, h.LastMissing)));
        Assert.InRange(tally.IncidentCount, 5, 15);
    }

    /// <summary>More than can be kept waiting: nothing is forgotten, in whatever time it comes.</summary>
    [Fact]
    public void Loss_OfVeryManyInAMoment_IsListedWhole()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        for (var id = 1; id <= 6_001; id += 3)
        {
            Trades(watch, (id, 1));
        }

        watch.End(Ours(2));
        Assert.Equal((4_000L, 2_000L), (watch.Missing, tally.HoleCount));
        Assert.Equal(4_000, tally.Holes().Sum(h => h.LastMissing - h.FirstMissing + 1));
    }

    /// <summary>A venue that counts from anew, as a test venue does that was reset: what is still waited for is told before it is forgotten.</summary>
    [Fact]
    public void Gap_BeforeTheVenueCountsFromAnew_IsTold()
    {
        var watch = new TradeWatch("TESTUSDT", tally, default);
        Trades(watch, (500_000, 1), (500_003, 2), (7, 3), (9, 4));
        watch.End(Ours(5));
        Assert.Equal([(500_001L, 500_002L), (8L, 8L)], tally.Holes().Select(h => (h.FirstMissing, h.LastMissing)));
        Assert.Equal(3, watch.Missing);
    }

    /// <summary>A capture that goes on from another one knows the last trade there: what came between is a hole of its own.</summary>
    [Fact]
    public void Start_AfterAnEarlierRecording_TellsWhatCameBetween()
    {
        var watch = new TradeWatch("TESTUSDT", tally, (100, Ours(-60)));
        Trades(watch, (131, 1));
        Pass(watch, 12);
        var hole = Assert.Single(tally.Holes());
        Assert.Equal((101L, 130L, Ours(-60), Ours(1)), (hole.FirstMissing, hole.LastMissing, hole.From, hole.Until));
    }

    private static long Ours(double seconds) => Venue(seconds) + (Second / 2);

    private static long Venue(double seconds) => (1_723_075_200 * Second) + (long)(seconds * Second);

    private static void Trades(TradeWatch watch, params (long Id, double Seconds)[] trades)
    {
        foreach (var (id, seconds) in trades)
        {
            watch.On(id, Ours(seconds), Venue(seconds));
            Pass(watch, seconds);
        }
    }

    private static void Pass(TradeWatch watch, double seconds) => watch.Pass(Venue(seconds), Ours(seconds));
}
