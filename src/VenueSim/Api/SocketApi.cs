using System.Text.Json;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>The WebSocket API: requests in, answers out (web-socket-api.md, "Request format", "Response format"). Used by the loop alone.</summary>
internal sealed class SocketApi(VenueClock clock, FaultDirector faults, CallDesk calls, MarketEndpoints endpoints, RequestWeights weights, UserStreams streams, RateLimits limits)
{
    private const int WeightOfConnecting = 2;
    private readonly WireWriter json = new();
    private readonly WireWriter body = new();

    /// <summary>Serves a connection that was opened for the WebSocket API.</summary>
    public void Attach(Connection connection, bool showsLimits)
    {
        var session = new ApiSession(connection, showsLimits);
        connection.OnMessage = message => OnMessage(session, message);
        connection.OnGone = () => streams.Remove(connection);
        weights.Charge(clock.LimitTime, WeightOfConnecting);
    }

    private void OnMessage(ApiSession session, byte[] message)
    {
        Asked asked;
        try
        {
            asked = Asked.Parse(message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var refusal = ApiOutcome.Of(new VenueError(400, -1135, "Invalid JSON Request"));
            Answer(session, "null", showsLimits: false, null, new ApiReply(refusal, weights.Used, null, 0));
            return;
        }

        var shows = asked.ShowsLimits ?? session.ShowsLimits;
        if (asked.Mistyped is { } mistyped)
        {
            Answer(session, asked.Id, shows, null, new ApiReply(ApiOutcome.Of(VenueError.Invalid(mistyped)), weights.Used, null, 0));
            return;
        }

        if (ApiMethod.Find(asked.Method) is { } method)
        {
            calls.Receive(new ApiRequest
            {
                Method = method,
                Parameters = new RestParameters(new QueryCollection(asked.Unsigned())),
                Key = asked.Text("apiKey"),
                Signature = asked.Text("signature"),
                Payload = asked.Payload(),
                Unit = session.Connection.Unit,
                Session = session,
                Cut = session.Connection.Cut,
                Answer = reply => Answer(session, asked.Id, shows, method, reply),
            });
        }
        else
        {
            Answer(session, asked.Id, shows, null, Public(asked, session.Connection.Unit));
        }
    }

    // A call that needs no key: what REST has under a path.
    private ApiReply Public(Asked asked, TimeUnit unit)
    {
        ApiOutcome outcome;
        var wait = 0L;
        try
        {
            var path = ApiMethod.PublicPath(asked.Method) ?? throw new RestException(new VenueError(400, -1020, $"Method '{asked.Method}' is not supported."));
            var call = endpoints.Find(path, new RestParameters(new QueryCollection(asked.Parameters)))!;
            var verdict = weights.Charge(clock.LimitTime, call.Weight);
            if (verdict.Answer != WeightAnswer.Served)
            {
                var until = clock.Now + (verdict.RetryAfter * 1_000_000_000);
                wait = verdict.RetryAfter;
                throw new RestException((verdict.Answer == WeightAnswer.Refused ? VenueError.TooMuchWeight(weights.Limit) : VenueError.Banned(until / 1_000_000)) with { RetryAt = until });
            }

            body.Clear();
            call.Write(body, unit);
            outcome = new ApiOutcome(200, body.Span.ToArray());
        }
        catch (RestException e)
        {
            outcome = ApiOutcome.Of(e.Error);
        }

        return new ApiReply(outcome, weights.Used, null, wait);
    }

    private void Answer(ApiSession session, string id, bool showsLimits, ApiMethod? method, ApiReply reply)
    {
        var outcome = reply.Outcome;
        json.Clear();
        json.Raw("{\"id\":"u8);
        json.Raw(System.Text.Encoding.UTF8.GetBytes(id));
        json.Raw(",\"status\":"u8);
        json.Number(outcome.Status);
        json.Raw(outcome.Status == 200 ? ",\"result\":"u8 : ",\"error\":"u8);
        if (outcome.RetryAt > 0)
        {
            // The error with when to come again in it.
            json.Raw(outcome.Body.AsSpan(0, outcome.Body.Length - 1));
            json.Raw(",\"data\":{\"serverTime\":"u8);
            json.Time(clock.Now + faults.ClockError, session.Connection.Unit);
            json.Raw(",\"retryAfter\":"u8);
            json.Time(outcome.RetryAt + faults.ClockError, session.Connection.Unit);
            json.Raw("}}"u8);
        }
        else
        {
            json.Raw(outcome.Body);
        }

        if (showsLimits)
        {
            json.Raw(",\"rateLimits\":["u8);
            if (method is { CountsOrders: true } && reply.Orders is { } orders)
            {
                RateLimitList.Limit(json, "ORDERS", "SECOND", UnfilledOrders.ShortSeconds, limits.OrdersInTenSeconds, orders.Short);
                json.Raw(","u8);
                RateLimitList.Limit(json, "ORDERS", "DAY", 1, limits.OrdersInADay, orders.Day);
                json.Raw(","u8);
            }

            RateLimitList.Limit(json, "REQUEST_WEIGHT", "MINUTE", 1, weights.Limit, reply.UsedWeight);
            json.Raw("]"u8);
        }

        json.Raw("}"u8);
        session.Connection.SendText(json.Span);
    }

    // A request: its id as JSON, its method, its parameters as texts.
    private sealed record Asked(string Id, string Method, Dictionary<string, StringValues> Parameters, bool? ShowsLimits, string? Mistyped)
    {
        // The documentation's BOOLEAN, STRING and ENUM parameters. Numbers may be written either way: clients that are in use write them as text.
        private static readonly string[] Booleans = ["omitZeroBalances", "computeCommissionRates", "showPermissionSets"];
        private static readonly string[] Texts = ["symbol", "side", "type", "timeInForce", "newClientOrderId", "origClientOrderId", "cancelOrigClientOrderId", "cancelReplaceMode", "newOrderRespType", "selfTradePreventionMode", "apiKey", "signature"];

        public static Asked Parse(byte[] message)
        {
            using var document = JsonDocument.Parse(message);
            var root = document.RootElement;
            var parameters = new Dictionary<string, StringValues>(StringComparer.Ordinal);
            bool? shows = null;
            string? mistyped = null;
            if (root.TryGetProperty("params", out var given) && given.ValueKind == JsonValueKind.Object)
            {
                foreach (var parameter in given.EnumerateObject())
                {
                    if (parameter.NameEquals("returnRateLimits"))
                    {
                        shows = parameter.Value.GetBoolean();
                    }
                    else if (parameter.Value.ValueKind != JsonValueKind.Null)
                    {
                        mistyped ??= HasItsType(parameter) ? null : parameter.Name;
                        parameters[parameter.Name] = parameter.Value.ValueKind == JsonValueKind.String ? parameter.Value.GetString() : parameter.Value.GetRawText();
                    }
                }
            }

            var id = root.TryGetProperty("id", out var value) ? value.GetRawText() : "null";
            var method = root.TryGetProperty("method", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
            return new Asked(id, method, parameters, shows, mistyped);
        }

        private static bool HasItsType(JsonProperty parameter)
        {
            var kind = parameter.Value.ValueKind;
            return Array.IndexOf(Booleans, parameter.Name) >= 0 ? kind is JsonValueKind.True or JsonValueKind.False
                : Array.IndexOf(Texts, parameter.Name) < 0 || kind == JsonValueKind.String;
        }

        public string? Text(string name) => Parameters.TryGetValue(name, out var value) ? value.ToString() : null;

        // What the call itself reads.
        public Dictionary<string, StringValues> Unsigned() => Parameters.Where(p => p.Key is not ("apiKey" or "signature")).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);

        // What is signed: all parameters but the signature, sorted by name, as they are.
        public string Payload() => string.Join('&', Parameters.Where(p => p.Key != "signature").OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"));
    }
}
