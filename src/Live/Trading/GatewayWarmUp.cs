using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// Made-up orders through a gateway whose link answers by itself: checks and budgets, requests put together and signed with a key that is nobody's,
/// answers, reports and fills read and told. The first order of a run then finds that compiled. Nothing is connected to; the socket itself is warm
/// from the questions of the start.
/// </summary>
internal static class GatewayWarmUp
{
    private const int Rounds = 64;
    private const int Pauses = 2;
    private const long Lots = 4_000;

    // The order count of ten seconds has room for all orders of the rounds in them.
    private const long BetweenRounds = 2 * Nanoseconds.PerSecond;

    /// <summary>Plays it.</summary>
    /// <param name="instrument">The made-up symbol.</param>
    /// <param name="now">Where its clock begins, in nanoseconds since the epoch.</param>
    /// <param name="pause">How long the runtime is given between halves to compile what was called often.</param>
    public static async Task<GatewayWarmUpResult> PlayAsync(Instrument instrument, long now, TimeSpan pause)
    {
        var clock = Clock.Simulated(now, 1);
        var link = new MadeLink(instrument, clock);
        await using var gateway = new OrderGateway(
            VenueEndpoint.Parse("http://127.0.0.1:9"), link.Keys, clock, new GatewayOptions { Weight = new RequestBudget(int.MaxValue) }, (owner, _) => link.Of(owner));
        var desk = (OrderDesk)gateway.AddDesk(new DeskStart { Run = "warm-up", Instrument = instrument });
        using (var rules = JsonDocument.Parse("""{"status":"TRADING","orderTypes":["LIMIT_MAKER"],"cancelReplaceAllowed":true,"amendAllowed":true,"filters":[]}"""))
        {
            desk.Rules = SymbolRules.Read(rules.RootElement, instrument);
        }

        desk.IsReconciled = true;
        gateway.ClockWatch.Adopt(new VenueTime(now, now, 1_000));
        var result = new GatewayWarmUpResult(0, 0, 0, null);
        for (var round = 0; round < Rounds; round++)
        {
            clock.TieTo(now + (round * BetweenRounds), stands: true);
            Play(desk, link, instrument, round);
            result = Read(desk, result);
            if (round % (Rounds / Pauses) == (Rounds / Pauses) - 1)
            {
                await Task.Delay(pause, Clock.Timers).ConfigureAwait(false);
            }
        }

        return result;
    }

    // Two orders, a fill of one, the other replaced or amended, then both gone.
    private static void Play(OrderDesk desk, MadeLink link, Instrument instrument, int round)
    {
        var (bid, ask, next) = ((round * 3L) + 1, (round * 3L) + 2, (round * 3L) + 3);
        var (price, quantity) = (6_000_000 * instrument.Tick, Lots * instrument.Lot);
        Send(Place(bid, Side.Bid, price, quantity), Place(ask, Side.Ask, price + instrument.Tick, quantity));
        var isWhole = round % 2 == 0;
        link.Fill(isWhole ? quantity : quantity / 2);

        // At the same price and smaller it is amended, elsewhere it is replaced.
        Send(Cancel(ask, Side.Ask), Place(next, Side.Ask, isWhole ? price + (2 * instrument.Tick) : price + instrument.Tick, isWhole ? quantity : quantity / 2));
        Send(isWhole ? [Cancel(next, Side.Ask)] : [Cancel(bid, Side.Bid), Cancel(next, Side.Ask)]);

        void Send(params ReadOnlySpan<GatewayRequest> requests)
        {
            desk.Submit(requests);
            link.AnswerAll();
        }
    }

    private static GatewayRequest Place(long order, Side side, long price, long quantity) => new(new OrderRequest(false, order, side, price, quantity), order);

    private static GatewayRequest Cancel(long order, Side side) => new(new OrderRequest(true, order, side, 0, 0), order);

    private static GatewayWarmUpResult Read(OrderDesk desk, GatewayWarmUpResult result)
    {
        while (desk.Events.TryRead(out var told))
        {
            result = told switch
            {
                GatewayEvent<OrderAccepted> => result with { Accepted = result.Accepted + 1 },
                GatewayEvent<OrderFilled> => result with { Filled = result.Filled + 1 },
                GatewayEvent<OrderCancelled> => result with { Cancelled = result.Cancelled + 1 },
                GatewayEvent<OrderRejected> refused => result with { Failure = result.Failure ?? new GatewayException(refused.Payload.Detail) },
                GatewayFailure failure => result with { Failure = failure.What },
                _ => result,
            };
        }

        return result;
    }

    // The venue as the link shows it: every request is done.
    private sealed class MadeLink(Instrument instrument, Clock clock) : IAccountLink
    {
        private readonly List<(VenueMethod Method, RequestParameters Parameters, Action<VenueAnswer> Answered)> posted = [];
        private readonly Dictionary<long, Made> orders = [];
        private ILinkOwner? owner;
        private long lastOrder;
        private long lastTrade;
        private long lastRequest;

        public ApiKeys Keys { get; } = ApiKeys.Of("warm-up", "warm-up");

        public bool IsUp => true;

        public GatewayTraffic Traffic => default;

        public long Offset { get; set; }

        public long ReceiveWindow => 5 * Nanoseconds.PerSecond;

        private long Milliseconds => clock.Now / Nanoseconds.PerMillisecond;

        public MadeLink Of(ILinkOwner told)
        {
            owner = told;
            return this;
        }

        public Task ConnectAsync(CancellationToken ct) => Task.CompletedTask;

        public Task RunAsync(CancellationToken ct) => Task.CompletedTask;

        public void Post(VenueMethod method, RequestParameters parameters, bool isPaid, Action<VenueAnswer> answered)
        {
            // As it would leave, and then it does not.
            _ = parameters.Copy().Add("recvWindow", ReceiveWindow / Nanoseconds.PerMillisecond).Add("timestamp", Milliseconds).Add("apiKey", Keys.Key.Reveal())
                .SignedRequest((++lastRequest).ToString(CultureInfo.InvariantCulture), method.Name, Keys.Signer);
            posted.Add((method, parameters, answered));
        }

        public Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, CancellationToken ct, CallOptions how = default) =>
            Task.FromResult(VenueAnswer.Unknown("nothing is asked while warming up"));

        public string Describe() => "made up";

        public Task CloseAsync() => Task.CompletedTask;

        public Task CutAsync() => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void AnswerAll()
        {
            var now = posted.ToArray();
            posted.Clear();
            foreach (var (method, parameters, answered) in now)
            {
                answered(VenueAnswer.From(200, Json(Answer(method, parameters)), TimeSpan.Zero));
            }
        }

        // A trade of the bid that rests, told as the account's stream tells it, with the balances after it.
        public void Fill(long quantity)
        {
            var (id, order) = orders.Single(o => o.Value.Side == "BUY");
            order = order with { Executed = order.Executed + quantity };
            orders[id] = order;
            var isWhole = order.Executed == order.Quantity;
            Tell(id, order, "TRADE", isWhole ? "FILLED" : "PARTIALLY_FILLED", quantity, ++lastTrade);
            owner!.OnEvent(Json($$"""{"e":"outboundAccountPosition","E":{{Milliseconds}},"u":{{Milliseconds}},"B":[{"a":"{{instrument.BaseAsset}}","f":"1.5","l":"0"},{"a":"{{instrument.QuoteAsset}}","f":"{{lastTrade}}","l":"0"}]}"""));
            if (isWhole)
            {
                orders.Remove(id);
            }
        }

        private string Answer(VenueMethod method, RequestParameters parameters)
        {
            if (method == VenueMethod.Place)
            {
                return Placed(parameters);
            }

            if (method == VenueMethod.Cancel)
            {
                return Cancelled(Number(parameters, "orderId"));
            }

            if (method == VenueMethod.CancelReplace)
            {
                return $$"""{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","cancelResponse":{{Cancelled(Number(parameters, "cancelOrderId"))}},"newOrderResponse":{{Placed(parameters)}}}""";
            }

            var id = Number(parameters, "orderId");
            var order = orders[id] with { Name = parameters.Find("newClientOrderId")!, Quantity = FixedPoint.Parse(parameters.Find("newQty"), instrument.QuantityScale) };
            orders[id] = order;
            return $$"""{"transactTime":{{Milliseconds}},"amendedOrder":{{Order(id, order, "NEW")}}}""";
        }

        private string Placed(RequestParameters parameters)
        {
            var order = new Made(
                parameters.Find("newClientOrderId")!, parameters.Find("side")!,
                FixedPoint.Parse(parameters.Find("price"), instrument.PriceScale), FixedPoint.Parse(parameters.Find("quantity"), instrument.QuantityScale), 0);
            orders[++lastOrder] = order;
            Tell(lastOrder, order, "NEW", "NEW", 0, -1);
            return $$"""{"symbol":"{{instrument.Symbol}}","orderId":{{lastOrder}},"clientOrderId":"{{order.Name}}","transactTime":{{Milliseconds}}}""";
        }

        private string Cancelled(long id)
        {
            var order = orders[id];
            orders.Remove(id);
            Tell(id, order, "CANCELED", "CANCELED", 0, -1);
            return Order(id, order, "CANCELED");
        }

        private string Order(long id, Made order, string status) =>
            $$"""{"orderId":{{id}},"clientOrderId":"{{order.Name}}","status":"{{status}}","side":"{{order.Side}}","price":"{{instrument.FormatPrice(order.Price)}}","origQty":"{{instrument.FormatQuantity(order.Quantity)}}","executedQty":"{{instrument.FormatQuantity(order.Executed)}}","transactTime":{{Milliseconds}}}""";

        private void Tell(long id, Made order, string execution, string status, long quantity, long trade) => owner!.OnEvent(Json(
            $$"""{"e":"executionReport","E":{{Milliseconds}},"s":"{{instrument.Symbol}}","c":"{{order.Name}}","C":"","S":"{{order.Side}}","x":"{{execution}}","X":"{{status}}","r":"NONE","i":{{id}},"p":"{{instrument.FormatPrice(order.Price)}}","q":"{{instrument.FormatQuantity(order.Quantity)}}","z":"{{instrument.FormatQuantity(order.Executed)}}","l":"{{instrument.FormatQuantity(quantity)}}","L":"{{instrument.FormatPrice(order.Price)}}","n":"0","N":"{{instrument.QuoteAsset}}","t":{{trade}},"T":{{Milliseconds}},"O":{{Milliseconds}}}"""));

        private static long Number(RequestParameters parameters, string name) => long.Parse(parameters.Find(name)!, CultureInfo.InvariantCulture);

        private static JsonElement Json(string text)
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return JsonElement.ParseValue(ref reader);
        }
    }

    private sealed record Made(string Name, string Side, long Price, long Quantity, long Executed);
}

/// <summary>What came back from the made-up account.</summary>
/// <param name="Accepted">Orders that it took.</param>
/// <param name="Filled">Fills.</param>
/// <param name="Cancelled">Orders that were cancelled, replaced or amended.</param>
/// <param name="Failure">What was refused or failed; null for nothing.</param>
public sealed record GatewayWarmUpResult(long Accepted, long Filled, long Cancelled, Exception? Failure);
