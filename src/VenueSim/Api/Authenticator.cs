using System.Globalization;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>Key, time and signature of a signed call (web-socket-api.md, "Request security"), by the venue's own clock, wrong or right.</summary>
internal sealed class Authenticator(VenueClock clock, FaultDirector faults, AccountDesk accounts)
{
    private const long Millisecond = 1_000_000;
    private const long Ahead = 1_000 * Millisecond;
    private const long UsualWindow = 5_000 * Millisecond;
    private const long MostMilliseconds = 60_000;

    /// <summary>The key that has signed a call.</summary>
    /// <exception cref="RestException">None has, or not for now.</exception>
    public ApiKey Check(ApiRequest request)
    {
        var byLogon = request.Key is null && request.Session?.Key is not null && request.Method.Name != "session.logon";
        var key = byLogon ? request.Session!.Key! : Key(request);
        var timestamp = request.Parameters.Time("timestamp") ?? throw new RestException(VenueError.Missing("timestamp"));
        var window = Window(request.Parameters);
        var now = clock.Now + faults.ClockError;
        if (timestamp >= now + Ahead)
        {
            throw new RestException(VenueError.TooNew);
        }

        if (now - timestamp > window)
        {
            throw new RestException(VenueError.TooOld);
        }

        if (!byLogon)
        {
            var signature = request.Signature is { Length: > 0 } text ? text : throw new RestException(VenueError.Missing("signature"));
            if (!key.Signed(request.Payload, signature))
            {
                throw new RestException(VenueError.BadSignature);
            }
        }

        return key;
    }

    private ApiKey Key(ApiRequest request)
    {
        if (request.Key is null)
        {
            throw new RestException(request.Session is null ? VenueError.BadKeyFormat : VenueError.Missing("apiKey"));
        }

        return !ApiKey.IsFormat(request.Key) ? throw new RestException(VenueError.BadKeyFormat)
            : accounts.FindKey(request.Key) ?? throw new RestException(VenueError.BadKey);
    }

    private static long Window(RestParameters parameters)
    {
        if (parameters.Text("recvWindow") is not { } text)
        {
            return UsualWindow;
        }

        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds))
        {
            throw new RestException(VenueError.Illegal("recvWindow", "^[0-9]{1,5}(\\.[0-9]{1,3})?$"));
        }

        return milliseconds <= MostMilliseconds ? (long)(milliseconds * Millisecond) : throw new RestException(VenueError.TooLarge("recvWindow", MostMilliseconds));
    }
}
