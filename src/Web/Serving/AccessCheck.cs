using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.Web.Serving;

/// <summary>
/// Who is let in. Against a page elsewhere that makes a browser ask here: the Host must be this server's (no rebound name),
/// a foreign Origin is refused, and what changes something must come from a page of this server. Bound to other than
/// loopback, everybody needs the token.
/// </summary>
internal sealed class AccessCheck(IPAddress address, string? token)
{
    /// <summary>The cookie that holds the token after the first visit with ?token=.</summary>
    public const string Cookie = "mm-token";

    private readonly bool loopback = IPAddress.IsLoopback(address);

    /// <summary>Why a request is refused: status and words; null when it is let in.</summary>
    public (int Status, string Why)? Refuse(HttpRequest request)
    {
        // A name that resolves here today and elsewhere tomorrow shows in the Host; with a token it opens nothing either way.
        if (token is null && !IsLocalHost(request.Host.Host))
        {
            return (StatusCodes.Status421MisdirectedRequest, $"This viewer answers to localhost, 127.0.0.1 and [::1] only, not to '{request.Host.Host}'.");
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsOwn(origin, request))
        {
            return (StatusCodes.Status403Forbidden, $"Requests of pages from {origin} are not answered.");
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !IsFromOwnPage(request, origin))
        {
            return (StatusCodes.Status403Forbidden, "Only a page of this viewer may ask for this.");
        }

        return token is null || Knows(request)
            ? null
            : (StatusCodes.Status401Unauthorized, "This viewer needs its token: open it once as http://HOST:PORT/?token=TOKEN.");
    }

    /// <summary>True when the request brings the token in its address: it is then put into a cookie and the address cleaned.</summary>
    public bool BringsToken(HttpRequest request) => token is not null && request.Query.TryGetValue("token", out var given) && Same(given.ToString());

    private static bool IsFromOwnPage(HttpRequest request, string origin) =>
        origin.Length > 0 && request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true;

    // What a browser calls its own: scheme, name and port of the address it asked.
    private static bool IsOwn(string origin, HttpRequest request) =>
        string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private bool IsLocalHost(string host) => loopback
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var named) && IPAddress.IsLoopback(named)));

    private bool Knows(HttpRequest request)
    {
        if (request.Cookies.TryGetValue(Cookie, out var kept) && Same(kept))
        {
            return true;
        }

        var header = request.Headers.Authorization.ToString();
        return BringsToken(request) || (header.StartsWith("Bearer ", StringComparison.Ordinal) && Same(header["Bearer ".Length..]));
    }

    // Compared in a time that does not tell how much of it was right.
    private bool Same(string given) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(token!)));
}
