using System.Globalization;
using System.Text;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>Signed REST calls (rest-api.md, "SIGNED Endpoint security"): parameters from URL and body, signed as they were sent.</summary>
internal sealed class SignedRest(VenueLoop loop, CallDesk calls, LockstepDesk lockstep)
{
    private const int LongestBody = 65_536;

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext http, ApiMethod method)
    {
        var body = await ReadAsync(http.Request);
        var query = http.Request.QueryString.Value is { Length: > 1 } text ? text[1..] : "";
        if (!TimeUnits.TryParse(http.Request.Headers["X-MBX-TIME-UNIT"], out var unit) || body is null)
        {
            await WriteAsync(http, method, new ApiReply(ApiOutcome.Of(VenueError.BadTimeUnit), 0, null, 0));
            return;
        }

        var parameters = Parameters(query, body, out var signature);
        string? key = http.Request.Headers["X-MBX-APIKEY"];
        var answered = new TaskCompletionSource<ApiReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = new ApiRequest
        {
            Method = method,
            Parameters = new RestParameters(new QueryCollection(parameters)),
            Key = key,
            Signature = signature,
            Payload = WithoutSignature(query) + WithoutSignature(body),
            Unit = unit,
            Cut = () => answered.TrySetResult(null),
            Answer = reply =>
            {
                lockstep.CountAnswer();
                answered.TrySetResult(reply);
            },
        };
        loop.Post(() => calls.Receive(request));
        if (await answered.Task.WaitAsync(http.RequestAborted) is { } reply)
        {
            await WriteAsync(http, method, reply);
        }
        else
        {
            http.Abort();
        }
    }

    private static async Task<string?> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var buffer = new char[LongestBody];
        var length = await reader.ReadBlockAsync(buffer);
        return length < buffer.Length ? new string(buffer, 0, length) : null;
    }

    private static Dictionary<string, StringValues> Parameters(string query, string body, out string? signature)
    {
        var all = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        foreach (var part in (string[])[query, body])
        {
            foreach (var (name, values) in QueryHelpers.ParseQuery(part))
            {
                all[name] = StringValues.Concat(all.GetValueOrDefault(name), values);
            }
        }

        signature = all.TryGetValue("signature", out var sent) ? sent.ToString() : null;
        all.Remove("signature");
        return all;
    }

    // The parameters as they were sent, percent signs and all.
    private static string WithoutSignature(string part) =>
        string.Join('&', part.Split('&').Where(p => !p.StartsWith("signature=", StringComparison.Ordinal)));

    private static async Task WriteAsync(HttpContext http, ApiMethod method, ApiReply reply)
    {
        var response = http.Response;
        response.StatusCode = reply.Outcome.Status;
        response.ContentType = "application/json;charset=UTF-8";
        var used = reply.UsedWeight.ToString(CultureInfo.InvariantCulture);
        response.Headers["x-mbx-used-weight"] = used;
        response.Headers["x-mbx-used-weight-1m"] = used;
        if (method.CountsOrders && reply.Orders is { } orders)
        {
            response.Headers["x-mbx-order-count-10s"] = orders.Short.ToString(CultureInfo.InvariantCulture);
            response.Headers["x-mbx-order-count-1d"] = orders.Day.ToString(CultureInfo.InvariantCulture);
        }

        if (reply.RetryAfter > 0)
        {
            response.Headers.RetryAfter = reply.RetryAfter.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentLength = reply.Outcome.Body.Length;
        await response.Body.WriteAsync(reply.Outcome.Body, http.RequestAborted);
    }
}
