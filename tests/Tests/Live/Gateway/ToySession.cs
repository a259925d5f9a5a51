using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>A naive maker's session on an account: trades for some turns, is killed now and then, cancels all at the end, and is compared with the venue to the last digit.</summary>
internal sealed class ToySession(GatewayBench bench, int account, int seed, Func<GatewayOptions, GatewayOptions>? change = null)
{
    private readonly Random random = new(seed);
    private readonly ToyMaker maker = new(bench.Instrument);
    private readonly string run = $"toy-{account}-{seed}";
    private long since;

    // However slow the machine is: a session is one when some orders came that far.
    private const int LeastOrders = 12;

    public int Restarts { get; private set; }

    public ToyMaker Maker => maker;

    /// <summary>The whole session.</summary>
    /// <param name="turns">Turns of the loop.</param>
    /// <param name="kills">How often it is killed.</param>
    /// <param name="best">Best prices.</param>
    public async Task RunAsync(int turns, int kills, Func<(long Bid, long Ask)> best)
    {
        var before = await bench.BalancesAsync(account);
        since = bench.Clock.Now;
        var killAt = Enumerable.Range(0, kills).Select(_ => random.Next(turns)).ToHashSet();
        var gateway = await OpenAsync();
        using var longest = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        for (var turn = 0; turn < turns || (maker.Count(EventType.OrderAccepted) < LeastOrders && !longest.IsCancellationRequested); turn++)
        {
            maker.Read(gateway.Desk);
            var (bid, ask) = best();
            var requests = maker.Decide(random, bid, ask);
            var killed = killAt.Contains(turn);
            if (!killed || random.Next(2) == 0)
            {
                gateway.Desk.Submit(requests.ToArray());
            }

            if (killed)
            {
                // With requests in the journal that never left, under way, or answered and unread.
                await Task.Delay(random.Next(0, 8));
                await gateway.Gateway.AbandonAsync().WaitAsync(TimeSpan.FromSeconds(40));
                maker.Restart();
                Restarts++;
                gateway = await OpenAsync();
            }

            await Task.Delay(random.Next(1, 12));
        }

        await FinishAsync(gateway);
        await CompareAsync(before);
    }

    private async Task<(OrderGateway Gateway, IOrderDesk Desk)> OpenAsync()
    {
        while (true)
        {
            var gateway = bench.Gateway(account, change);
            var desk = gateway.AddDesk(maker.Start(run, since));
            try
            {
                var opening = gateway.OpenAsync(default);
                var first = await Task.WhenAny(opening, Task.Delay(TimeSpan.FromSeconds(40)));
                if (first != opening)
                {
                    Assert.Fail($"the gateway does not open: {gateway.Describe(desk)}");
                }

                await opening;
                return (gateway, desk);
            }
            catch (Exception e) when (e is EventSourcedMM.Live.Connections.VenueOutOfReachException or EventSourcedMM.Live.Connections.VenueRefusedException)
            {
                // The storm refuses now and then; what was learned before it did is in the events, and is kept.
                maker.Read(desk);
                await gateway.AbandonAsync();
                maker.Restart();
                await Task.Delay(20);
            }
        }
    }

    private async Task FinishAsync((OrderGateway Gateway, IOrderDesk Desk) gateway)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var outcome = await gateway.Gateway.CancelAllAsync(bench.Instrument.Symbol, patience.Token);
        Assert.True(outcome.Confirmed, outcome.Detail);
        while (true)
        {
            maker.Read(gateway.Desk);
            if (gateway.Desk.Unanswered == 0 && maker.Orders.Count == 0)
            {
                break;
            }

            Assert.False(patience.IsCancellationRequested, $"{maker.Orders.Count} orders are left, {gateway.Desk.Unanswered} requests unanswered: {gateway.Gateway.Describe(gateway.Desk)}\n{Describe()}");
            await Task.Delay(5);
        }

        await gateway.Gateway.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(40));
        maker.Read(gateway.Desk);
        await gateway.Desk.Events.Completion;
    }

    private async Task CompareAsync(Dictionary<string, decimal> before)
    {
        var instrument = bench.Instrument;
        var open = await bench.AskAsync(account, VenueMethod.OpenOrders);
        Assert.Equal(0, open.GetArrayLength());
        var trades = await bench.AskAsync(account, VenueMethod.Trades, new RequestParameters().Add("symbol", instrument.Symbol).Add("limit", 1_000));
        Assert.Equal(trades.EnumerateArray().Select(t => t.GetProperty("id").GetInt64()).Order(), maker.Trades.Order());
        var after = await bench.BalancesAsync(account);
        Assert.Equal(after[instrument.BaseAsset], before[instrument.BaseAsset] + decimal.Parse(instrument.FormatQuantity(maker.Position), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(after[instrument.QuoteAsset], before[instrument.QuoteAsset] + decimal.Parse(instrument.FormatMoney(maker.Cash), System.Globalization.CultureInfo.InvariantCulture));
    }

    private string Describe() => string.Join("; ", maker.Orders.Span.ToArray().Select(o => $"order {o.OrderId} {o.Status} with {o.Remaining} left"))
        + string.Concat(maker.Journal.TakeLast(30).Select(e => "\n" + e.GetType().Name + " " + JsonSerializer.Serialize(e, e.GetType(), new JsonSerializerOptions { IncludeFields = true, Converters = { new Int128Text() } })));

    private sealed class Int128Text : System.Text.Json.Serialization.JsonConverter<Int128>
    {
        public override Int128 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Int128 value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
