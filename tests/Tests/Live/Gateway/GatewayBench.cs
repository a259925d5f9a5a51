using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>A simulated venue with accounts, its clock kept, and what it says of an account, asked directly.</summary>
internal sealed class GatewayBench : IAsyncDisposable
{
    private readonly CaptureBench venue;
    private readonly CancellationTokenSource stop = new();
    private readonly Task keeping;

    private GatewayBench(CaptureBench venue, Clock clock, Instrument instrument)
    {
        this.venue = venue;
        Clock = clock;
        Instrument = instrument;
        keeping = SimulatedClock.KeepAsync(clock, venue.Endpoint, stop.Token);
    }

    public Clock Clock { get; }

    public Instrument Instrument { get; }

    public VenueEndpoint Endpoint => venue.Endpoint;

    public static async Task<GatewayBench> StartAsync(string symbol, string speed, int accounts = 1, string? faults = null, ulong seed = 1, Func<VenueOptions, VenueOptions>? change = null)
    {
        var options = Enumerable.Range(0, accounts).Select(i => new AccountOptions { Keys = [new ApiKeyOptions { Key = Key(i), Secret = Secret(i) }] }).ToList();
        var bench = await CaptureBench.StartAsync(symbol, speed, faults, seed, o =>
        {
            o = o with { Accounts = options, Queue = QueueModel.Optimistic, WeightLimit = 100_000_000, Repeat = true };
            return change?.Invoke(o) ?? o;
        });
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        using var rest = new RestClient(bench.Endpoint, clock);
        while (true)
        {
            try
            {
                using var info = JsonDocument.Parse(await rest.ExchangeInfoAsync([symbol], default));
                return new GatewayBench(bench, clock, ExchangeInfo.Read(info.RootElement.GetProperty("symbols")[0], symbol, "the venue", InstrumentSource.ExchangeInfo));
            }
            catch (Exception e) when (e is VenueRefusedException or VenueOutOfReachException)
            {
                // A fault; the next answer may be better.
            }
        }
    }

    public static string Key(int account) => $"key{account}";

    public static ApiKeys Keys(int account) => ApiKeys.Of(Key(account), Secret(account));

    public OrderGateway Gateway(int account, Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var options = new GatewayOptions { Weight = new RequestBudget(100_000_000) };
        return new OrderGateway(Endpoint, Keys(account), Clock, change?.Invoke(options) ?? options);
    }

    /// <summary>Best bid and ask, in price units.</summary>
    public async Task<(long Bid, long Ask)> BestAsync()
    {
        using var rest = new RestClient(Endpoint, Clock) { Budget = new RequestBudget(100_000_000) };
        while (true)
        {
            try
            {
                using var json = JsonDocument.Parse(await rest.GetAsync($"/api/v3/ticker/bookTicker?symbol={Instrument.Symbol}", 0, default));
                return (FixedPoint.Parse(json.RootElement.GetProperty("bidPrice").GetString(), Instrument.PriceScale), FixedPoint.Parse(json.RootElement.GetProperty("askPrice").GetString(), Instrument.PriceScale));
            }
            catch (Exception e) when (e is VenueRefusedException or VenueOutOfReachException)
            {
                // A fault of the storm; prices need not be fresh here.
                await Task.Delay(5);
            }
        }
    }

    public Task<JsonElement> ControlAsync(string path, bool post = false) => venue.ControlAsync(path, post);

    /// <summary>What the venue says that an account holds: total by asset.</summary>
    public async Task<Dictionary<string, decimal>> BalancesAsync(int account)
    {
        var all = await venue.ControlAsync("/sim/accounts");
        var mine = all.GetProperty("accounts").EnumerateArray().Single(a => a.GetRawText().Contains($"\"{Key(account)}\"", StringComparison.Ordinal));
        return mine.GetProperty("balances").EnumerateArray().ToDictionary(
            b => b.GetProperty("asset").GetString()!,
            b => Amount(b, "free") + Amount(b, "locked"));
    }

    /// <summary>A signed question to the venue, asked until it is answered.</summary>
    public async Task<JsonElement> AskAsync(int account, VenueMethod method, RequestParameters? parameters = null)
    {
        using var rest = new SignedRest(Endpoint, Keys(account), Clock, new RequestBudget(100_000_000), null);
        while (true)
        {
            var question = (parameters ?? new RequestParameters().Add("symbol", Instrument.Symbol)).Copy().Add("recvWindow", 60_000).Add("timestamp", Clock.Now / Nanoseconds.PerMillisecond);
            var answer = await rest.SendAsync(method, question, TimeSpan.FromSeconds(10), default);
            if (answer.Kind == AnswerKind.Done)
            {
                return answer.Body;
            }

            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await keeping;
        await venue.DisposeAsync();
        stop.Dispose();
    }

    private static string Secret(int account) => $"secret-of-account-{account}";

    private static decimal Amount(JsonElement json, string name) => decimal.Parse(json.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
