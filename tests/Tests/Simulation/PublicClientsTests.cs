using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores.Parquet;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>
/// The simulated venue is held to the real protocol by clients that we did not write: public packages of npm connect, keep
/// a book and end with the replay's, level by level. Two keep it by their own code (ccxt, node-binance-api); two leave it
/// to their user, and deliver snapshot and diffs to a book of the documented procedure (@binance/spot, binance).
/// </summary>
[Trait("Category", "Slow")]
public sealed class PublicClientsTests(PublicClients clients) : IClassFixture<PublicClients>
{
    [Theory]
    [InlineData("ccxt.mjs")]
    [InlineData("official.mjs")]
    [InlineData("node-binance-api.mjs")]
    [InlineData("sieblyio.mjs")]
    public async Task Client_OverTheLastHoursOfADay_EndsWithOurBook(string script)
    {
        const long Golden = PublicClients.Golden;
        var report = JsonDocument.Parse((await clients.Told[script]).Trim().Split('\n')[^1]).RootElement;
        var ours = CaptureBench.Fold(CaptureBench.BundledStore, CaptureBench.BundledDays("NEXOUSDT")).Tracker;
        Assert.Equal((Golden, Golden), (ours.LastUpdateId, report.GetProperty("lastUpdateId").GetInt64()));
        Assert.True(report.GetProperty("received").GetInt64() > 100, "the client has hardly received anything");
        Assert.Equal((310, 815), (ours.Book.Bids.ToLevels().Length, ours.Book.Asks.ToLevels().Length));
        Assert.Equal(Texts(ours.Book.Bids.ToLevels()), Texts(report.GetProperty("bids")));
        Assert.Equal(Texts(ours.Book.Asks.ToLevels()), Texts(report.GetProperty("asks")));

        // Asked for when the last diff had come: the last print, or one of those that came while it asked.
        var price = Number(report.GetProperty("price"));
        Assert.Contains(price, PricesAtTheEnd());
        Assert.InRange(Number(report.GetProperty("average")), price * 0.99m, price * 1.01m);
    }

    private static decimal[] PricesAtTheEnd()
    {
        var end = new EndOfDay();
        foreach (var day in CaptureBench.BundledDays("NEXOUSDT"))
        {
            CaptureBench.Walk(CaptureBench.BundledStore, day, end);
        }

        return [.. end.Prices.Select(p => p / 100_000_000m)];
    }

    private static string[] Texts(IEnumerable<Level> levels) =>
        [.. levels.Select(l => Text(l.Price / 100_000_000m, l.Quantity / 100_000_000m)).Order(StringComparer.Ordinal)];

    private static string[] Texts(JsonElement levels) =>
        [.. levels.EnumerateArray().Select(l => Text(Number(l[0]), Number(l[1]))).Order(StringComparer.Ordinal)];

    private static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string Text(decimal price, decimal quantity) => FormattableString.Invariant($"{price:0.########} × {quantity:0.########}");

    // The last print before the last diff, and those after it.
    private sealed class EndOfDay : IEventHandler
    {
        public List<long> Prices { get; } = [];

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is Trade trade)
            {
                Prices.Add(trade.Price);
            }
            else if (payload is DepthDiff && Prices.Count > 1)
            {
                Prices.RemoveRange(0, Prices.Count - 1);
            }
        }
    }
}

/// <summary>The clients, all at once at one venue.</summary>
public sealed class PublicClients : IAsyncLifetime
{
    internal const long Golden = 134331742;
    private static readonly NodeTool Clients = new("binance-clients");
    private CaptureBench? bench;

    /// <summary>What each script says, when it has seen the end of the day.</summary>
    public IReadOnlyDictionary<string, Task<string>> Told { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // Two hours in twenty seconds, from when all of them have subscribed: however slowly they start, they see all of it.
        var hour = new DateTimeOffset(2024, 7, 24, 14, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;
        bench = await CaptureBench.StartAsync("NEXOUSDT", "400", change: o => o with { Paused = true, Symbols = [o.Symbols[0] with { From = hour }] });
        string[] places = [bench.Venue.HttpUri.GetLeftPart(UriPartial.Authority), bench.Venue.StreamUri.GetLeftPart(UriPartial.Authority), "NEXOUSDT", Golden.ToString(CultureInfo.InvariantCulture)];
        Told = ((string[])["ccxt.mjs", "official.mjs", "node-binance-api.mjs", "sieblyio.mjs"]).ToDictionary(s => s, s => Task.Run(() => Clients.Run(s, "", places)));
        while (!Told.Values.Any(t => t.IsCompleted) && await SubscribedAsync() < Told.Count)
        {
            await Task.Delay(50);
        }

        await bench.ControlAsync("/sim/resume", post: true);
    }

    public async Task DisposeAsync()
    {
        // A client that failed has failed its test.
        await Task.WhenAny(Task.WhenAll(Told.Values));
        await bench!.DisposeAsync();
    }

    private async Task<int> SubscribedAsync() =>
        (await bench!.ControlAsync("/sim/connections")).GetProperty("connections").EnumerateArray().Count(c => c.GetProperty("streams").EnumerateArray().Any(s => s.GetString()!.Contains("@depth", StringComparison.Ordinal)));
}
