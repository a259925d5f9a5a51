using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim;

namespace EventSourcedMM.Tests.Simulation.Orders;

/// <summary>A venue over NEXOUSDT whose clock stands, a client of its WebSocket API, and the best prices of now.</summary>
internal sealed class OrderBench : IAsyncDisposable
{
    private OrderBench(CaptureBench venue, ApiClient client)
    {
        Venue = venue;
        Client = client;
    }

    public CaptureBench Venue { get; }

    public ApiClient Client { get; }

    public decimal Bid { get; private set; }

    public decimal Ask { get; private set; }

    public static async Task<OrderBench> StartAsync(Func<VenueOptions, VenueOptions>? change = null, string? faults = null, ulong seed = 1)
    {
        var venue = await CaptureBench.StartAsync("NEXOUSDT", "max", faults, seed, o => (change?.Invoke(o) ?? o) with { Paused = true });
        var bench = new OrderBench(venue, await ApiClient.OpenAsync(venue.Venue));
        await bench.LookAsync();
        return bench;
    }

    /// <summary>Reads the best prices.</summary>
    public async Task LookAsync()
    {
        var ticker = (await Client.AskAsync("ticker.book", new Dictionary<string, string> { ["symbol"] = "NEXOUSDT" })).GetProperty("result");
        Bid = Number(ticker.GetProperty("bidPrice"));
        Ask = Number(ticker.GetProperty("askPrice"));
    }

    /// <summary>Lets the recording play for a while.</summary>
    public async Task PlayAsync(TimeSpan length)
    {
        var now = long.Parse((await Venue.ControlAsync("/sim/clock")).GetProperty("nanoseconds").GetString()!, CultureInfo.InvariantCulture);
        await Venue.ControlAsync($"/sim/step?until={(now + (length.Ticks * 100)).ToString(CultureInfo.InvariantCulture)}", post: true);
    }

    /// <summary>Asks for a fault.</summary>
    public Task FaultAsync(string query) => Venue.ControlAsync("/sim/faults?kind=" + query, post: true);

    /// <summary>A signed request; {bid}, {ask} and {tick} in its words are prices: {bid-2} is two ticks below the best bid.</summary>
    public Task<JsonElement> AskAsync(string method, string words) => Client.SignedAsync(method, Fill(words));

    /// <summary>A signed request about NEXOUSDT that must be done; its result.</summary>
    public async Task<JsonElement> DoAsync(string method, string words = "")
    {
        var answer = await AskAsync(method, "symbol=NEXOUSDT " + words);
        Assert.True(answer.GetProperty("status").GetInt32() == 200, answer.ToString());
        return answer.GetProperty("result");
    }

    /// <summary>A signed request that must be refused: status, code and message.</summary>
    public async Task<(int Status, int Code, string Message)> RefusedAsync(string method, string words)
    {
        var answer = await AskAsync(method, words);
        Assert.False(answer.TryGetProperty("result", out _), answer.ToString());
        var error = answer.GetProperty("error");
        return (answer.GetProperty("status").GetInt32(), error.GetProperty("code").GetInt32(), error.GetProperty("msg").GetString()!);
    }

    /// <summary>Free and locked amount of an asset, as the account is asked for it.</summary>
    public async Task<(decimal Free, decimal Locked)> BalanceAsync(string asset)
    {
        var account = (await Client.SignedAsync("account.status")).GetProperty("result");
        var balance = account.GetProperty("balances").EnumerateArray().Single(b => b.GetProperty("asset").GetString() == asset);
        return (Number(balance.GetProperty("free")), Number(balance.GetProperty("locked")));
    }

    public static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Venue.DisposeAsync();
    }

    private string Fill(string words)
    {
        foreach (var (name, price) in ((string, decimal)[])[("bid", Bid), ("ask", Ask)])
        {
            for (var at = words.IndexOf('{' + name, StringComparison.Ordinal); at >= 0; at = words.IndexOf('{' + name, StringComparison.Ordinal))
            {
                var end = words.IndexOf('}', at);
                var ticks = end == at + name.Length + 1 ? 0 : int.Parse(words[(at + name.Length + 1)..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                words = string.Concat(words.AsSpan(0, at), (price + (ticks * 0.001m)).ToString(CultureInfo.InvariantCulture), words.AsSpan(end + 1));
            }
        }

        return words;
    }
}
