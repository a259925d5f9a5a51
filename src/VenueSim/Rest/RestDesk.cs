using System.Text;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.VenueSim.Rest;

/// <summary>Answers REST requests: weights first, then what goes wrong, then the endpoint. Used by the loop alone.</summary>
internal sealed class RestDesk(VenueClock clock, TimerQueue timers, FaultDirector faults, RequestWeights weights, MarketEndpoints endpoints)
{
    private const int WeightOfUnreadable = 1;

    private readonly WireWriter json = new();

    /// <summary>Requests answered, refused ones included.</summary>
    public long Requests { get; private set; }

    /// <summary>Weight used in the current minute.</summary>
    public long UsedWeight => weights.Used;

    /// <summary>Answers a request.</summary>
    /// <param name="path">Path of the URL.</param>
    /// <param name="query">Its parameters.</param>
    /// <param name="timeUnit">X-MBX-TIME-UNIT; null when it was not sent.</param>
    public RestReply Answer(string path, IQueryCollection query, string? timeUnit)
    {
        Requests++;
        RestCall? call = null;
        VenueError? error = null;
        if (!TimeUnits.TryParse(timeUnit, out var unit))
        {
            error = VenueError.BadTimeUnit;
        }
        else
        {
            try
            {
                call = endpoints.Find(path, new RestParameters(query));
                if (call is null)
                {
                    return new RestReply(404, Encoding.ASCII.GetBytes("<html><body><h2>404 Not found</h2></body></html>")) { IsHtml = true, UsedWeight = weights.Used };
                }
            }
            catch (RestException e)
            {
                error = e.Error;
            }
        }

        var verdict = weights.Charge(clock.LimitTime, call?.Weight ?? WeightOfUnreadable);
        if (verdict.Answer != WeightAnswer.Served)
        {
            var refusal = verdict.Answer == WeightAnswer.Refused
                ? VenueError.TooMuchWeight(weights.Limit)
                : VenueError.Banned((clock.Now + (verdict.BannedUntil - clock.LimitTime)) / 1_000_000);
            return Refuse(refusal) with { RetryAfter = verdict.RetryAfter };
        }

        if (error is not null)
        {
            return Refuse(error);
        }

        return faults.ForRequest(clock.Now, FaultKind.ServerError, path) is { } fault
            ? Refuse(VenueError.ServerFault(fault.Status))
            : Serve(call!, path, unit);
    }

    private RestReply Serve(RestCall call, string path, TimeUnit unit)
    {
        json.Clear();
        if (call.WriteStale is { } writeStale && faults.ForRequest(clock.Now, FaultKind.StaleSnapshot, path) is not null)
        {
            writeStale(json);
        }
        else
        {
            call.Write(json, unit);
        }

        var reply = new RestReply(200, json.Span.ToArray()) { UsedWeight = weights.Used };
        if (call.WriteStale is not null && faults.ForRequest(clock.Now, FaultKind.SlowSnapshot, path) is { } slow)
        {
            var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            timers.Set(clock.Now + slow.Length, sent.SetResult, isDemanded: true);
            return reply with { Held = sent.Task };
        }

        return reply;
    }

    private RestReply Refuse(VenueError error) =>
        new(error.Status, Encoding.UTF8.GetBytes($"{{\"code\":{error.Code},\"msg\":{System.Text.Json.JsonSerializer.Serialize(error.Message, PlainJson.Options)}}}")) { UsedWeight = weights.Used };
}

/// <summary>The answer to a REST request.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Its body.</param>
internal sealed record RestReply(int Status, byte[] Body)
{
    /// <summary>Weight used in the current minute.</summary>
    public long UsedWeight { get; init; }

    /// <summary>Seconds to wait; 0 when the request was served.</summary>
    public long RetryAfter { get; init; }

    /// <summary>True when the body is a page.</summary>
    public bool IsHtml { get; init; }

    /// <summary>Done when the answer may be sent.</summary>
    public Task Held { get; init; } = Task.CompletedTask;
}
