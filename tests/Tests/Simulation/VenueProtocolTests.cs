using System.Net.WebSockets;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Tests.Live.Capturing;
using static EventSourcedMM.Tests.Simulation.StreamClient;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>What the simulated venue answers, against Binance's public documentation (rest-api.md, web-socket-streams.md).</summary>
public sealed class VenueProtocolTests : IDisposable
{
    private readonly HttpClient http = new();

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task Rest_EveryEndpoint_AnswersWithItsWeightCounted()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        var used = 0;
        foreach (var (path, weight, field) in ((string, int, string?)[])
        [
            ("ping", 1, null), ("time", 1, "serverTime"), ("exchangeInfo?symbol=NEXOUSDT", 20, "symbols"),
            ("depth?symbol=NEXOUSDT&limit=100", 5, "lastUpdateId"), ("depth?symbol=NEXOUSDT&limit=500", 25, "bids"),
            ("depth?symbol=NEXOUSDT&limit=1000", 50, "asks"), ("depth?symbol=NEXOUSDT&limit=5000", 250, "bids"),
            ("trades?symbol=NEXOUSDT", 25, null), ("aggTrades?symbol=NEXOUSDT", 4, null), ("ticker/bookTicker?symbol=NEXOUSDT", 2, "bidPrice"),
            ("ticker/bookTicker", 4, null), ("ticker/price?symbol=NEXOUSDT", 2, "price"), ("ticker/price", 4, null),
            ("ticker/price?symbols=%5B%22NEXOUSDT%22%5D", 4, null), ("avgPrice?symbol=NEXOUSDT", 2, "closeTime"),
        ])
        {
            var (status, body, headers) = await GetAsync(bench, path);
            Assert.True(status == 200, $"{path}: {status} {body}");
            if (field is not null)
            {
                Assert.True(body.TryGetProperty(field, out _), $"{path} has no {field}: {body}");
            }

            used += weight;
            Assert.Equal((path, used.ToString(System.Globalization.CultureInfo.InvariantCulture)), (path, headers.GetValues("X-MBX-USED-WEIGHT-1M").Single()));
        }
    }

    [Fact]
    public async Task Rest_Prices_AreTheMidThenTheLastPrintAndTheAverageOfFiveMinutes()
    {
        // The recording's first three quarters of an hour.
        var until = new DateTimeOffset(2024, 7, 23, 16, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Paused = true, Symbols = [o.Symbols[0] with { To = until }] });
        var best = (await GetAsync(bench, "ticker/bookTicker?symbol=NEXOUSDT")).Body;
        var mid = (Number(best, "bidPrice") + Number(best, "askPrice")) / 2;
        var before = Number((await GetAsync(bench, "ticker/price?symbol=NEXOUSDT")).Body, "price");
        Assert.True(before <= mid && mid - before < 0.001m && before % 0.001m == 0, $"{before} is not {mid} cut to a tick of 0.001");
        Assert.Equal(before, Number((await GetAsync(bench, "ticker/price")).Body[0], "price"));

        // The clock runs as fast as somebody reads.
        using var socket = await StreamClient.OpenAsync(bench, "/stream?streams=nexousdt@trade");
        await bench.ControlAsync("/sim/resume", post: true);
        Task<string> reading;
        do
        {
            reading = socket.ReceiveAsync();
        }
        while (await Task.WhenAny(bench.Venue.Ended, reading) == reading && await reading is { Length: > 0 });

        var now = (await GetAsync(bench, "time")).Body.GetProperty("serverTime").GetInt64();
        var trades = Recorded.All<Trade>("NEXOUSDT").Where(t => t.Received < until)
            .Select(t => (t.Received, Time: t.Payload.TradeTime, Price: t.Payload.Price / 100_000_000m, Quantity: t.Payload.Quantity / 100_000_000m)).ToArray();
        var recent = trades.Where(t => now - (t.Received / 1_000_000) <= 300_000).ToArray();
        Assert.NotEmpty(recent);
        Assert.Equal(trades[^1].Price, Number((await GetAsync(bench, "ticker/price?symbol=NEXOUSDT")).Body, "price"));
        var average = (await GetAsync(bench, "avgPrice?symbol=NEXOUSDT")).Body;
        Assert.Equal(5, average.GetProperty("mins").GetInt32());
        Assert.Equal(decimal.Round(recent.Sum(t => t.Price * t.Quantity) / recent.Sum(t => t.Quantity), 8, MidpointRounding.ToZero), Number(average, "price"));
        Assert.Equal(trades[^1].Time / 1_000_000, average.GetProperty("closeTime").GetInt64());
    }

    [Theory]
    [InlineData("depth", -1102)]
    [InlineData("depth?symbol=NOSUCH", -1121)]
    [InlineData("exchangeInfo?symbol=NOSUCH", -1121)]
    [InlineData("ticker/price?symbol=NOSUCH", -1121)]
    [InlineData("ticker/price?symbol=NEXOUSDT&symbols=%5B%22NEXOUSDT%22%5D", -1128)]
    [InlineData("avgPrice", -1102)]
    public async Task Rest_WrongParameter_IsAnsweredWithTheVenuesCode(string path, int code)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        var (status, body, _) = await GetAsync(bench, path);
        Assert.Equal((400, code), (status, body.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Rest_LimitUsedUp_Is429AndThen418WithRetryAfter()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true, WeightLimit = 300 });
        Assert.Equal(200, (await GetAsync(bench, "depth?symbol=NEXOUSDT&limit=5000")).Status);
        var (status, body, headers) = await GetAsync(bench, "depth?symbol=NEXOUSDT&limit=5000");
        Assert.Equal((429, -1003), (status, body.GetProperty("code").GetInt32()));
        Assert.InRange(int.Parse(headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        for (var i = 0; i < 20 && status == 429; i++)
        {
            (status, body, headers) = await GetAsync(bench, "ping");
        }

        Assert.Equal((418, -1003), (status, body.GetProperty("code").GetInt32()));
        Assert.InRange(int.Parse(headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture), 61, 120);
    }

    [Fact]
    public async Task Streams_SubscribeListAndUnsubscribe_AnswerAsDocumented()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        using var socket = await StreamClient.OpenAsync(bench, "/ws");
        Assert.Equal("""{"result":null,"id":1}""", await socket.AskAsync("""{"method":"SUBSCRIBE","params":["nexousdt@depth@100ms","nexousdt@trade"],"id":1}"""));
        var list = JsonDocument.Parse(await socket.AskAsync("""{"method":"LIST_SUBSCRIPTIONS","id":"b"}""")).RootElement;
        Assert.Equal(["nexousdt@depth@100ms", "nexousdt@trade"], list.GetProperty("result").EnumerateArray().Select(s => s.GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal("b", list.GetProperty("id").GetString());
        Assert.Equal("""{"result":null,"id":3}""", await socket.AskAsync("""{"method":"UNSUBSCRIBE","params":["nexousdt@trade"],"id":3}"""));
        Assert.Contains("nexousdt@depth@100ms\"]", await socket.AskAsync("""{"method":"LIST_SUBSCRIPTIONS","id":4}"""), StringComparison.Ordinal);
        // Five messages a second are allowed: what follows comes on another connection.
        using var other = await StreamClient.OpenAsync(bench, "/ws");
        Assert.Contains("\"error\"", await other.AskAsync("""{"method":"NONSENSE","params":[],"id":5}"""), StringComparison.Ordinal);
        Assert.Contains("\"error\"", await other.AskAsync("no json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_SixthMessageInASecond_EndsTheConnection()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        using var socket = await StreamClient.OpenAsync(bench, "/ws");
        var answers = 0;
        for (var i = 0; i < 20 && await socket.AskAsync($$"""{"method":"LIST_SUBSCRIPTIONS","id":{{i}}}""") is { Length: > 0 }; i++)
        {
            answers++;
        }

        Assert.Equal(5, answers);
    }

    /// <summary>Whatever one client sends is answered, or ends its connection in words; the venue stands for the others.</summary>
    [Fact]
    public async Task Streams_TextsThatAreNoRequest_AreAnsweredAndHarmNobody()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        foreach (var path in (string[])["/ws", "/ws-api/v3"])
        {
            foreach (var text in (string[])["{}", """{"id":1}""", "[]", "7", "null", "\"x\"", "{", """{"id":{"a":1},"method":7}""", """{"method":"SUBSCRIBE"}""", """{"method":"SUBSCRIBE","params":[7],"id":1}""", """{"method":"time","params":[],"id":[]}""", """{"method":"order.place","params":{"returnRateLimits":3}}""", """{"method":null,"params":null,"id":null}"""])
            {
                using var socket = await StreamClient.OpenAsync(bench, path);
                await socket.SendAsync(text);
                var answer = await socket.ReceiveAsync();
                Assert.True(answer.Length == 0 || JsonDocument.Parse(answer).RootElement.ValueKind == JsonValueKind.Object, $"{path} {text}: {answer}");
            }
        }

        using var api = await StreamClient.OpenAsync(bench, "/ws-api/v3");
        await api.SendAsync("""{"id":1}""");
        Assert.Equal((400, 1), JsonDocument.Parse(await api.ReceiveAsync()).RootElement is var refusal ? (refusal.GetProperty("status").GetInt32(), refusal.GetProperty("id").GetInt32()) : default);
        Assert.Equal(200, (await GetAsync(bench, "time")).Status);
    }

    /// <summary>What the control endpoint cannot take is 400 with a reason, also what is too large to count.</summary>
    [Theory]
    [InlineData("/sim/clock?until=9999-12-31T00:00:00Z", false)]
    [InlineData("/sim/transfer?account=simulated&asset=USDT&amount=79228162514264337593543950335", true)]
    public async Task Control_NumbersBeyondAllMeasure_AreRefusedInWords(string path, bool post)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        var uri = new Uri(bench.Venue.HttpUri, path);
        using var answer = post ? await http.PostAsync(uri, null) : await http.GetAsync(uri);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.NotEqual("", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("", 13)]
    [InlineData("&timeUnit=MILLISECOND", 13)]
    [InlineData("&timeUnit=MICROSECOND", 16)]
    public async Task Streams_TimeUnit_IsThatOfTheStamps(string unit, int digits)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "600");
        using var socket = await StreamClient.OpenAsync(bench, "/stream?streams=nexousdt@depth@100ms" + unit);
        var message = JsonDocument.Parse(await socket.ReceiveAsync()).RootElement;
        Assert.Equal("nexousdt@depth@100ms", message.GetProperty("stream").GetString());
        var data = message.GetProperty("data");
        Assert.Equal("depthUpdate", data.GetProperty("e").GetString());
        Assert.Equal(digits, data.GetProperty("E").GetRawText().Length);
    }

    [Fact]
    public async Task Streams_ShutdownOnDemand_IsAnnouncedAndThenTheConnectionCloses()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        using var socket = await StreamClient.OpenAsync(bench, "/ws");
        Assert.Equal("""{"result":null,"id":1}""", await socket.AskAsync("""{"method":"SUBSCRIBE","params":["nexousdt@depth5"],"id":1}"""));
        await bench.ControlAsync("/sim/faults?kind=shutdown&for=5s", post: true);
        var announced = false;
        while (socket.State == WebSocketState.Open && await socket.ReceiveAsync() is { Length: > 0 } message)
        {
            announced |= message.Contains("serverShutdown", StringComparison.Ordinal);
        }

        Assert.True(announced);
        Assert.Equal(WebSocketState.CloseReceived, socket.State);
    }

    /// <summary>Binance pings every 20 s and ends a connection that has not answered for a minute.</summary>
    [Fact]
    public async Task Streams_ClientThatAnswersNoPing_IsCutAfterThreePings()
    {
        // At 60 times the speed a minute without pong is a second.
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", change: o => o with { Repeat = true });
        using var mute = new MuteClient(bench.Venue.StreamUri);
        var (pings, closeCode) = await mute.ReadToTheEndAsync();
        Assert.True(pings >= 3, $"cut after {pings} pings");
        Assert.True(closeCode is null or 1008, $"closed with {closeCode}");
    }

    [Theory]
    [InlineData("depth5", 5)]
    [InlineData("depth10@100ms", 10)]
    [InlineData("depth20", 20)]
    public async Task Streams_PartialBook_IsTheBestLevelsOfTheBook(string stream, int levels)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        using var socket = await StreamClient.OpenAsync(bench, "/stream?streams=nexousdt@" + stream);
        var seen = 0;
        for (var message = 0; message < 5; message++)
        {
            var data = JsonDocument.Parse(await socket.ReceiveAsync()).RootElement.GetProperty("data");
            Assert.Equal(["lastUpdateId", "bids", "asks"], data.EnumerateObject().Select(p => p.Name));
            var (bids, asks) = (Prices(data, "bids"), Prices(data, "asks"));
            Assert.Equal((levels, levels), (bids.Length, asks.Length));
            Assert.Equal(bids.OrderDescending(), bids);
            Assert.Equal(asks.Order(), asks);
            Assert.True(bids[0] < asks[0]);

            // The same levels at the same update id, as the whole book has them.
            if (Recorded.BookAt("NEXOUSDT", data.GetProperty("lastUpdateId").GetInt64()) is { } book)
            {
                seen++;
                Assert.Equal(book.Bids.ToLevels(levels).Select(l => (l.Price / 1e8m, l.Quantity / 1e8m)), Levels(data, "bids"));
                Assert.Equal(book.Asks.ToLevels(levels).Select(l => (l.Price / 1e8m, l.Quantity / 1e8m)), Levels(data, "asks"));
            }
        }

        Assert.True(seen > 0, "no partial book stood at an update id of the recording");
    }

    [Fact]
    public async Task Streams_AggregateTrades_AreTheTradesOfOneOrderAtOnePrice()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Paused = true });
        using var socket = await StreamClient.OpenAsync(bench, "/stream?streams=nexousdt@trade/nexousdt@aggTrade");
        await bench.ControlAsync("/sim/resume", post: true);
        var trades = new Dictionary<long, (decimal Price, decimal Quantity, bool Maker)>();
        var aggregates = new List<JsonElement>();
        while (aggregates.Count < 200)
        {
            var data = JsonDocument.Parse(await socket.ReceiveAsync()).RootElement.GetProperty("data");
            if (data.GetProperty("e").GetString() == "trade")
            {
                trades.Add(data.GetProperty("t").GetInt64(), (Number(data, "p"), Number(data, "q"), data.GetProperty("m").GetBoolean()));
            }
            else
            {
                aggregates.Add(data);
            }
        }

        long? last = null;
        var compared = 0;
        foreach (var aggregate in aggregates)
        {
            Assert.Equal("aggTrade", aggregate.GetProperty("e").GetString());
            var (first, final) = (aggregate.GetProperty("f").GetInt64(), aggregate.GetProperty("l").GetInt64());
            Assert.True(last is null || first == last + 1, $"trades {last} and {first} do not follow on each other");
            last = final;
            if (!trades.ContainsKey(first))
            {
                continue;
            }

            compared++;
            var parts = Enumerable.Range(0, (int)(final - first) + 1).Select(i => trades[first + i]).ToArray();
            Assert.Equal(Number(aggregate, "q"), parts.Sum(t => t.Quantity));
            Assert.All(parts, t => Assert.Equal((Number(aggregate, "p"), aggregate.GetProperty("m").GetBoolean()), (t.Price, t.Maker)));
        }

        // Both streams began together: only the first one's trades may have come before.
        Assert.InRange(compared, aggregates.Count - 1, aggregates.Count);
        Assert.Contains(aggregates, a => a.GetProperty("l").GetInt64() > a.GetProperty("f").GetInt64());
    }

    /// <summary>A life of an hour of the venue's clock, at 3600 times the speed: whoever connects is closed after it, in that clock.</summary>
    [Fact]
    public async Task Streams_LifeOfAConnection_IsTimeOfTheVenue()
    {
        const long hour = 3_600_000_000_000;
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "3600", change: o => o with { ConnectionLife = hour });
        using var socket = await StreamClient.OpenAsync(bench, "/stream?streams=nexousdt@bookTicker/nexousdt@depth@100ms&timeUnit=MICROSECOND");
        var (first, last) = (0L, 0L);
        while (await socket.ReceiveAsync() is { Length: > 0 } message)
        {
            var data = JsonDocument.Parse(message).RootElement.GetProperty("data");
            last = data.TryGetProperty("E", out var stamp) ? stamp.GetInt64() * 1_000 : last;
            first = first == 0 ? last : first;
        }

        // The stamps that were seen lie within the life; how near its ends depends on the market and on this machine.
        Assert.InRange(last - first, hour / 4, hour + 60_000_000_000);
        Assert.Equal(WebSocketState.CloseReceived, socket.State);
    }

    private static decimal[] Prices(JsonElement data, string side) => [.. Levels(data, side).Select(l => l.Price)];

    private async Task<(int Status, JsonElement Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> GetAsync(CaptureBench bench, string path)
    {
        using var answer = await http.GetAsync(new Uri(bench.Venue.HttpUri, "/api/v3/" + path));
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone(), answer.Headers);
    }
}
