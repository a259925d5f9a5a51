using EventSourcedMM.Live;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Tests.Live.Connections;

/// <summary>The small parts that capture and the live engine share.</summary>
public sealed class ConnectionPartsTests
{
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;

    [Fact]
    public void Budget_MoreThanItsShareInAMinute_WaitsForTheNext()
    {
        var budget = new RequestBudget(6_000);
        var now = (100 * Minute) + (20 * Second);
        for (var i = 0; i < 19; i++)
        {
            Assert.Equal(TimeSpan.Zero, budget.Take(250, now));
        }

        // 19 snapshots are 4750 of 4800; the twentieth waits 40 s.
        Assert.Equal(40, budget.Take(250, now).TotalSeconds, 0.001);
        Assert.Equal(TimeSpan.Zero, budget.Take(250, 101 * Minute));
    }

    [Fact]
    public void Budget_VenueCountsMore_IsBelieved()
    {
        var budget = new RequestBudget(6_000);
        budget.Observe(4_700, 100 * Minute);
        Assert.True(budget.Take(250, 100 * Minute) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, budget.Take(20, 100 * Minute));
    }

    [Fact]
    public void Budget_RefusedByTheVenue_AsksNothingBeforeRetryAfter()
    {
        var budget = new RequestBudget(6_000);
        budget.Block(TimeSpan.FromSeconds(90), 100 * Minute);
        Assert.Equal(30, budget.Take(1, (101 * Minute)).TotalSeconds, 0.001);
        Assert.Equal(TimeSpan.Zero, budget.Take(1, (101 * Minute) + (30 * Second)));
    }

    [Fact]
    public void Budget_RequestLargerThanTheShare_IsTakenFromAFreshMinute()
    {
        var budget = new RequestBudget(300);
        Assert.Equal(TimeSpan.Zero, budget.Take(250, 100 * Minute));
        Assert.True(budget.Take(250, 100 * Minute) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, budget.Take(250, 101 * Minute));
    }

    [Fact]
    public void BackOff_Failures_DoubleUpToTheLongestWithinTheUpperHalf()
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 3);
        foreach (var most in (int[])[1, 2, 4, 8, 16, 32, 60, 60, 60])
        {
            Assert.InRange(backOff.Next().TotalSeconds, most / 2.0, most);
        }

        backOff.Reset();
        Assert.InRange(backOff.Next().TotalSeconds, 0.5, 1);
        Assert.NotEqual(new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 4).Next(), new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 5).Next());
    }

    [Fact]
    public void Merge_AnotherConnection_AddsOnlyWhatIsNewer()
    {
        var merge = new StreamMerge();
        Assert.True(merge.Take(1, 10));
        Assert.True(merge.Take(1, 10));
        Assert.False(merge.Take(2, 9));
        Assert.False(merge.Take(2, 10));
        Assert.True(merge.Take(2, 11));
        Assert.False(merge.Take(1, 11));
        merge.Reset();
        Assert.True(merge.Take(3, 1));
    }

    [Fact]
    public void Delays_AnyValues_PercentilesAreWithinABinOfTheSortedOnes()
    {
        var random = new Random(5);
        var histogram = new DelayHistogram();
        var values = new List<long>();
        for (var i = 0; i < 20_000; i++)
        {
            var value = (long)(Math.Exp(random.NextDouble() * 40) * (random.Next(3) == 0 ? -1 : 1));
            values.Add(value);
            histogram.Add(value);
        }

        values.Sort();
        foreach (var share in (double[])[0.001, 0.1, 0.333, 0.5, 0.9, 0.99, 1])
        {
            var exact = values[(int)Math.Ceiling(share * values.Count) - 1];
            var told = histogram.Percentile(share)!.Value;
            Assert.True(Math.Abs(told - exact) <= (Math.Abs(exact) * 0.07) + 1, $"{share}: {told} for {exact}");
        }
    }

    [Theory]
    [InlineData("prod", "https://api.binance.com/", "wss://stream.binance.com:9443/", false)]
    [InlineData("http://127.0.0.1:9080/", "http://127.0.0.1:9080/", "ws://127.0.0.1:9080/", true)]
    [InlineData("https://a.example,wss://b.example:9443", "https://a.example/", "wss://b.example:9443/", false)]
    public void Endpoint_NameOrUrls_IsRead(string text, string rest, string streams, bool isLocal)
    {
        var endpoint = VenueEndpoint.Parse(text);
        Assert.Equal((rest, streams, isLocal), (endpoint.Rest.AbsoluteUri, endpoint.Streams.AbsoluteUri, endpoint.IsLocal));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("ftp://a.example")]
    [InlineData("https://a.example,https://b.example")]
    public void Endpoint_Neither_SaysWhatToWrite(string text) =>
        Assert.Contains("testnet", Assert.Throws<FormatException>(() => VenueEndpoint.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Clock_OfAVenueAtAThousand_ScalesNowWaitsAndTimeOuts()
    {
        var clock = Clock.Simulated(5_000 * Second, 1_000);
        var began = TimeProvider.System.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(100), clock);
        var machine = TimeProvider.System.GetElapsedTime(began);
        Assert.InRange(machine.TotalSeconds, 0.09, 30);
        // A timer of the machine may fire a millisecond early, which is a second here.
        Assert.InRange((clock.Now - (5_000 * Second)) / 1e9, 90, machine.TotalSeconds * 1_000 + 1_000);
        Assert.Equal(1_500, clock.Patience(TimeSpan.FromSeconds(60)).TotalSeconds);
        Assert.Equal(2_000, clock.Patience(TimeSpan.FromSeconds(2_000)).TotalSeconds);
    }

    [Fact]
    public void Clock_TiedToAnEarlierTime_DoesNotRunBackwards()
    {
        var clock = Clock.Simulated(5_000 * Second, 1);
        clock.TieTo(6_000 * Second, stands: true);
        Assert.Equal(6_000 * Second, clock.Now);
        clock.TieTo(5_500 * Second, stands: true);
        Assert.Equal(6_000 * Second, clock.Now);
    }
}
