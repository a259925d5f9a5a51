using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using static EventSourcedMM.Tests.Simulation.StreamClient;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>What the simulated venue's market data says, value by value, against the recording that it plays.</summary>
public sealed class VenueMarketDataTests(VenueMarketData market) : IClassFixture<VenueMarketData>
{
    private const string Symbol = "NEXOUSDT";

    [Fact]
    public void Depth_MergedOverASecond_FoldsToTheSameBookAtItsUpdateId()
    {
        var (fine, merged) = (new PlainBook(market.Snapshot), new PlainBook(market.Snapshot));
        var (diffs, seconds, covering) = (0, new HashSet<long>(), 0);
        foreach (var message in market.Combined.Messages)
        {
            var data = message.GetProperty("data");
            if (message.GetProperty("stream").GetString() == "nexousdt@depth@100ms")
            {
                diffs++;
                fine.Apply(data);
            }
            else if (message.GetProperty("stream").GetString() == "nexousdt@depth")
            {
                // The second's last diff has come just before: both stand at the same update id.
                merged.Apply(data);
                Assert.Equal(fine.UpdateId, merged.UpdateId);
                Assert.True(fine.Bids.SequenceEqual(merged.Bids) && fine.Asks.SequenceEqual(merged.Asks), $"another book at update {merged.UpdateId}");
                Assert.Equal("depthUpdate", data.GetProperty("e").GetString());
                Assert.Equal(0, data.GetProperty("E").GetInt64() % 1_000);
                Assert.True(seconds.Add(data.GetProperty("E").GetInt64()), "two merged diffs in a second");
                covering += Levels(data, "b").Concat(Levels(data, "a")).Count() > 2 ? 1 : 0;
            }
        }

        Assert.True(seconds.Count > 500 && diffs > seconds.Count && covering > 100, $"{seconds.Count} merged diffs, {diffs} diffs, {covering} merged ones of several levels");

        // The same as the replay's book, so that the two do not err together.
        var recorded = Recorded.BookAt(Symbol, merged.UpdateId)!;
        Assert.Equal(recorded.Bids.ToLevels().ToDictionary(l => l.Price / 1e8m, l => l.Quantity / 1e8m), merged.Bids.ToDictionary());
        Assert.Equal(recorded.Asks.ToLevels().ToDictionary(l => l.Price / 1e8m, l => l.Quantity / 1e8m), merged.Asks.ToDictionary());
    }

    [Fact]
    public void BookTicker_EveryPayload_IsTheRecordedQuote()
    {
        var sent = market.Combined.Of("nexousdt@bookTicker");
        var first = sent[0].GetProperty("u").GetInt64();
        var expected = Recorded.All<BestQuote>(Symbol).Select(q => q.Payload).SkipWhile(q => q.UpdateId < first).Take(sent.Length)
            .Select(q => $$"""{"u":{{q.UpdateId}},"s":"NEXOUSDT","b":"{{Eight(q.BidPrice)}}","B":"{{Eight(q.BidQuantity)}}","a":"{{Eight(q.AskPrice)}}","A":"{{Eight(q.AskQuantity)}}"}""");
        Assert.True(sent.Length > 500, $"{sent.Length} quotes");
        Assert.Equal(expected, sent.Select(s => s.GetRawText()));
    }

    [Fact]
    public void RawConnection_OfSeveralStreams_HasTheSamePayloadsWithoutEnvelope()
    {
        string[] both = ["nexousdt@trade", "nexousdt@bookTicker"];
        var combined = market.Combined.Messages.Where(m => both.Contains(m.GetProperty("stream").GetString())).Select(m => m.GetProperty("data").GetRawText());
        Assert.Equal(combined, market.Raw.Messages.Select(m => m.GetRawText()));
    }

    [Fact]
    public async Task RestTrades_Values_AreTheRecordedTrades()
    {
        var played = market.Played();
        var (status, body) = await market.Venue.GetAsync("trades?symbol=NEXOUSDT&limit=1000");
        Assert.Equal(200, status);
        Assert.InRange(played.Length, 101, 1_000);
        Assert.Equal(
            played.Select(t => $$"""{"id":{{t.TradeId}},"price":"{{Eight(t.Price)}}","qty":"{{Eight(t.Quantity)}}","quoteQty":"{{Product(t)}}","time":{{t.TradeTime / 1_000_000}},"isBuyerMaker":{{(t.BuyerIsMaker ? "true" : "false")}},"isBestMatch":true}"""),
            body.EnumerateArray().Select(t => t.GetRawText()));
        Assert.Equal(played[^7..].Select(t => t.TradeId), Ids((await market.Venue.GetAsync("trades?symbol=NEXOUSDT&limit=7")).Body, "id"));
    }

    [Fact]
    public async Task RestAggregateTrades_Values_AreTheRecordedTradesOfOneOrderAtOnePrice()
    {
        var expected = Aggregates(market.Played());
        var (status, body) = await market.Venue.GetAsync("aggTrades?symbol=NEXOUSDT&limit=1000");
        Assert.Equal(200, status);
        Assert.Contains(expected, a => a.Trades.Count > 1);
        Assert.Equal(
            expected.Select((a, i) => $$"""{"a":{{i + 1}},"p":"{{Eight(a.Trades[0].Price)}}","q":"{{Eight(a.Trades.Sum(t => t.Quantity))}}","f":{{a.Trades[0].TradeId}},"l":{{a.Trades[^1].TradeId}},"T":{{a.Trades[0].TradeTime / 1_000_000}},"m":{{(a.Trades[0].BuyerIsMaker ? "true" : "false")}},"M":true}"""),
            body.EnumerateArray().Select(t => t.GetRawText()));

        // The stream told the same fields, behind its envelope of type, time and symbol.
        Assert.Equal(
            body.EnumerateArray().Select(t => t.GetRawText()[1..]),
            market.Combined.Of("nexousdt@aggTrade").Select(t => t.GetRawText()[t.GetRawText().IndexOf("\"a\":", StringComparison.Ordinal)..]));

        var three = await AggregateIdsAsync("&fromId=11&limit=3");
        Assert.Equal([11, 12, 13], three);
        var (from, to) = (expected[20].Trades[0].TradeTime / 1_000_000, expected[40].Trades[0].TradeTime / 1_000_000);
        var between = expected.Select((a, i) => (Id: i + 1L, Time: a.Trades[0].TradeTime / 1_000_000)).Where(a => a.Time >= from && a.Time <= to).Select(a => a.Id).ToArray();
        Assert.Equal(between, await AggregateIdsAsync(FormattableString.Invariant($"&startTime={from}&endTime={to}")));
        Assert.Equal(between[..2], await AggregateIdsAsync(FormattableString.Invariant($"&startTime={from}&limit=2")));
        Assert.Equal(between[^2..], await AggregateIdsAsync(FormattableString.Invariant($"&endTime={to}&limit=2")));
    }

    [Theory]
    [InlineData(null, 1_000_000)]
    [InlineData("MILLISECOND", 1_000_000)]
    [InlineData("MICROSECOND", 1_000)]
    [InlineData("microsecond", 1_000)]
    public async Task RestTimeUnit_OfTheHeader_IsThatOfEveryStamp(string? unit, long nanoseconds)
    {
        var played = market.Played();
        Assert.Equal(market.Until / nanoseconds, (await Get("time")).GetProperty("serverTime").GetInt64());
        Assert.Equal(market.Until / nanoseconds, (await Get("exchangeInfo?symbol=NEXOUSDT")).GetProperty("serverTime").GetInt64());
        Assert.Equal(played[^1].TradeTime / nanoseconds, (await Get("trades?symbol=NEXOUSDT&limit=1"))[0].GetProperty("time").GetInt64());
        Assert.Equal(played[^1].TradeTime / nanoseconds, (await Get("avgPrice?symbol=NEXOUSDT")).GetProperty("closeTime").GetInt64());
        Assert.Equal(Aggregates(played)[^1].Trades[0].TradeTime / nanoseconds, (await Get("aggTrades?symbol=NEXOUSDT&limit=1"))[0].GetProperty("T").GetInt64());

        async Task<JsonElement> Get(string path) => (await market.Venue.GetAsync(path, unit)).Body;
    }

    [Fact]
    public async Task RestTimeUnit_ThatThereIsNot_IsRefused()
    {
        var (status, body) = await market.Venue.GetAsync("time", "NANOSECOND");
        Assert.Equal((400, -1194), (status, body.GetProperty("code").GetInt32()));
    }

    private async Task<long[]> AggregateIdsAsync(string query) => Ids((await market.Venue.GetAsync("aggTrades?symbol=NEXOUSDT" + query)).Body, "a");

    private static long[] Ids(JsonElement list, string name) => [.. list.EnumerateArray().Select(t => t.GetProperty(name).GetInt64())];

    private static string Eight(long units) => (units / 100_000_000m).ToString("0.00000000", CultureInfo.InvariantCulture);

    // Price × quantity with eight decimals, the rest cut off.
    private static string Product(Trade trade) =>
        decimal.Round(trade.Price / 100_000_000m * (trade.Quantity / 100_000_000m), 8, MidpointRounding.ToZero).ToString("0.00000000", CultureInfo.InvariantCulture);

    // Fills of one taker order: one after the other, at one moment, one price, one side.
    private static List<(Trade First, List<Trade> Trades)> Aggregates(IEnumerable<Trade> trades)
    {
        var all = new List<(Trade First, List<Trade> Trades)>();
        foreach (var trade in trades)
        {
            if (all.Count > 0 && all[^1].Trades[^1] is var last && trade.TradeId == last.TradeId + 1
                && (trade.Price, trade.TradeTime, trade.BuyerIsMaker) == (last.Price, last.TradeTime, last.BuyerIsMaker))
            {
                all[^1].Trades.Add(trade);
            }
            else
            {
                all.Add((trade, [trade]));
            }
        }

        return all;
    }

    // A book by the documented procedure, in nothing but dictionaries.
    private sealed class PlainBook(JsonElement snapshot)
    {
        public long UpdateId { get; private set; } = snapshot.GetProperty("lastUpdateId").GetInt64();

        public SortedDictionary<decimal, decimal> Bids { get; } = new(Levels(snapshot, "bids").ToDictionary());

        public SortedDictionary<decimal, decimal> Asks { get; } = new(Levels(snapshot, "asks").ToDictionary());

        public void Apply(JsonElement diff)
        {
            var last = diff.GetProperty("u").GetInt64();
            if (last <= UpdateId)
            {
                return;
            }

            Assert.True(diff.GetProperty("U").GetInt64() <= UpdateId + 1, $"a hole before {diff}");
            foreach (var (side, book) in new[] { ("b", Bids), ("a", Asks) })
            {
                foreach (var (price, quantity) in Levels(diff, side))
                {
                    if (quantity == 0)
                    {
                        book.Remove(price);
                    }
                    else
                    {
                        book[price] = quantity;
                    }
                }
            }

            UpdateId = last;
        }
    }
}

/// <summary>Forty minutes of NEXOUSDT from a venue, every stream of it on one connection, two of them on another without envelopes; then the clock stands.</summary>
public sealed class VenueMarketData : IAsyncLifetime
{
    internal SteppedVenue Venue { get; private set; } = null!;

    internal StreamListener Combined { get; private set; } = null!;

    internal StreamListener Raw { get; private set; } = null!;

    /// <summary>The whole book at the start.</summary>
    internal JsonElement Snapshot { get; private set; }

    /// <summary>Where the clock stands.</summary>
    internal long Until => Venue.Now;

    public async Task InitializeAsync()
    {
        Venue = await SteppedVenue.StartAsync();
        Combined = await Venue.ListenAsync("/stream?streams=nexousdt@depth/nexousdt@depth@100ms/nexousdt@trade/nexousdt@aggTrade/nexousdt@bookTicker");
        Raw = await Venue.ListenAsync("/ws/nexousdt@trade/nexousdt@bookTicker");
        Snapshot = (await Venue.GetAsync("depth?symbol=NEXOUSDT&limit=5000")).Body;

        await Venue.StepAsync(2_400.5);
        await Combined.CatchUpAsync();
        await Raw.CatchUpAsync();
    }

    public async Task DisposeAsync() => await Venue.DisposeAsync();

    /// <summary>The recorded trades that the venue has played.</summary>
    internal Trade[] Played()
    {
        var first = Combined.Of("nexousdt@trade")[0].GetProperty("t").GetInt64();
        var last = Combined.Of("nexousdt@trade")[^1].GetProperty("t").GetInt64();
        Trade[] played = [.. Recorded.All<Trade>("NEXOUSDT").Select(t => t.Payload).Where(t => t.TradeId >= first && t.TradeId <= last)];
        Assert.Equal(played.Select(t => t.TradeId), Combined.Of("nexousdt@trade").Select(t => t.GetProperty("t").GetInt64()));
        return played;
    }
}
