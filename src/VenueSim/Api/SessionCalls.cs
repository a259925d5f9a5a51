using System.Text;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>The calls about a WebSocket API connection: logging on, listening to user data (web-socket-api.md, "Authentication requests", "User Data Stream requests").</summary>
internal sealed class SessionCalls(VenueClock clock, FaultDirector faults, UserStreams streams)
{
    private readonly WireWriter json = new();

    /// <summary>Does a call.</summary>
    /// <exception cref="RestException">It is refused.</exception>
    public ApiOutcome Do(ApiRequest request, ApiKey? key)
    {
        var session = request.Session ?? throw new RestException(VenueError.NotSupported);
        var id = request.Method.Name == "userDataStream.unsubscribe" ? request.Parameters.Number("subscriptionId") : null;
        request.Parameters.RequireAllRead();
        switch (request.Method.Name)
        {
            case "userDataStream.subscribe.signature":
                return Subscribed(session, key!, isLogon: false);
            case "userDataStream.subscribe":
                return Subscribed(session, session.Key ?? throw new RestException(VenueError.BadKey), isLogon: true);
            case "userDataStream.unsubscribe":
                streams.Unsubscribe(session.Connection, id);
                return new ApiOutcome(200, "{}"u8.ToArray());
            case "session.subscriptions":
                return new ApiOutcome(200, Encoding.ASCII.GetBytes($"[{string.Join(',', streams.Of(session.Connection).Select(s => $"{{\"subscriptionId\":{s}}}"))}]"));
            case "session.logon":
                // Only Ed25519 keys may: the venue's own rule.
                session.Key = key!.IsEd25519 ? key : throw new RestException(new VenueError(400, -4056, "HMAC_SHA256 API key is not supported."));
                session.LoggedOnAt = clock.Now;
                break;
            case "session.logout":
                session.Key = null;
                streams.LogOut(session.Connection);
                break;
        }

        return Status(session, request.Unit);
    }

    private ApiOutcome Subscribed(ApiSession session, ApiKey key, bool isLogon) =>
        new(200, Encoding.ASCII.GetBytes($"{{\"subscriptionId\":{streams.Subscribe(session.Connection, key.Account, isLogon)}}}"));

    private ApiOutcome Status(ApiSession session, TimeUnit unit)
    {
        json.Clear();
        json.Raw("{\"apiKey\":"u8);
        if (session.Key is { } key)
        {
            json.Text(key.Name);
            json.Raw(",\"authorizedSince\":"u8);
            json.Time(session.LoggedOnAt + faults.ClockError, unit);
        }
        else
        {
            json.Raw("null,\"authorizedSince\":null"u8);
        }

        json.Raw(",\"connectedSince\":"u8);
        json.Time(session.Connection.OpenedAt + faults.ClockError, unit);
        json.Raw(",\"returnRateLimits\":"u8);
        json.Flag(session.ShowsLimits);
        json.Raw(",\"serverTime\":"u8);
        json.Time(clock.Now + faults.ClockError, unit);
        json.Raw(",\"userDataStream\":"u8);
        json.Flag(streams.Of(session.Connection).Any());
        json.Raw("}"u8);
        return new ApiOutcome(200, json.Span.ToArray());
    }
}
