using System.Globalization;
using System.Text.Json;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.VenueSim.Control;

/// <summary>The control endpoint's requests, /sim/…: read with GET, do with POST, parameters in the URL (docs/venue.md).</summary>
internal sealed class ControlHttp(VenueLoop loop, ControlDesk desk, AccountControl accounts, Action shutdown)
{
    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        byte[] body;
        try
        {
            if (http.Request.Headers.ContainsKey("Origin"))
            {
                throw new ControlArgumentException("The control endpoint is for programs on this machine, not for pages in a browser.");
            }

            body = await DoAsync(http.Request) ?? throw new ControlArgumentException($"{http.Request.Method} {http.Request.Path} is nothing that the control endpoint knows; docs/venue.md lists it.");
        }
        catch (Exception e) when (e is ControlArgumentException or FormatException or OverflowException)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["error"] = e.Message }, PlainJson.Options);
        }

        http.Response.ContentType = "application/json;charset=UTF-8";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Reads a moment: nanoseconds since the epoch, or ISO 8601 in UTC.</summary>
    /// <exception cref="ControlArgumentException">It is neither.</exception>
    private static long Time(string text, string name)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds))
        {
            return nanoseconds;
        }

        var instant = InstantPattern.ExtendedIso.Parse(text);
        return instant.Success
            ? (instant.Value - NodaConstants.UnixEpoch).ToInt64Nanoseconds()
            : throw new ControlArgumentException($"{name}={text} is not a time: write nanoseconds since 1970 or 2024-07-24T09:30:15.5Z.");
    }

    private static long Number(HttpRequest request, string name, long usual)
    {
        var text = request.Query[name].ToString();
        return text.Length == 0 ? usual
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ControlArgumentException($"{name}={text} is not a whole number.");
    }

    private static FaultOrder Order(HttpRequest request)
    {
        var query = request.Query;
        var kind = FaultNames.Find(query["kind"]) ?? throw new ControlArgumentException($"kind={query["kind"]} is not a fault; it is one of {FaultNames.List}.");
        var rule = FaultRule.Of(kind);
        rule = rule with
        {
            Length = Range(request, "for", rule.Length),
            Offset = Range(request, "offset", rule.Offset),
            Status = query.ContainsKey("status") ? FaultPlan.Status("status", query["status"].ToString()) : 0,
        };
        var count = Number(request, "count", 1);
        return count is >= 1 and <= 1_000_000
            ? new FaultOrder { Rule = rule, Count = (int)count, Connection = Number(request, "connection", 0), Subject = query["on"].ToString() }
            : throw new ControlArgumentException($"count={count} is not a number of faults from 1 to 1000000.");
    }

    private static AccountOptions Account(HttpRequest request)
    {
        var query = request.Query;
        var (maker, taker) = AccountOptions.ParseCommission(query["commission"] is [{ Length: > 0 } rate] ? rate : "0.1%");
        return new AccountOptions
        {
            Keys = [new ApiKeyOptions { Key = query["key"].ToString(), Secret = query["secret"].ToString(), PublicKey = query["public"].ToString() }],
            Balances = query["balances"] is [{ Length: > 0 } balances] ? AccountOptions.ParseBalances(balances) : null,
            MakerPartsPerMillion = maker,
            TakerPartsPerMillion = taker,
            BnbPrice = query["bnb"] is [{ Length: > 0 } price] ? AccountOptions.ParsePrice(price) : 0,
        };
    }

    private static DurationRange Range(HttpRequest request, string name, DurationRange usual)
    {
        var text = request.Query[name].ToString();
        return text.Length == 0 ? usual
            : DurationRange.TryParse(text, out var range) ? range
            : throw new ControlArgumentException($"{name}={text} is not a duration; write 500ms, 5s, or a range such as 1s..10s.");
    }

    private async Task<byte[]?> DoAsync(HttpRequest request)
    {
        switch (request.Method, request.Path.Value)
        {
            case ("GET", "/sim/status"):
                return await loop.AskAsync(desk.Status);
            case ("GET", "/sim/clock"):
                if (request.Query["until"].ToString() is { Length: > 0 } until)
                {
                    var time = Time(until, "until");
                    return await await loop.AskAsync(() => desk.ClockAt(time));
                }

                return await loop.AskAsync(desk.Clock);
            case ("GET", "/sim/connections"):
                return await loop.AskAsync(desk.Connections);
            case ("GET", "/sim/faults"):
                var from = Number(request, "from", 1);
                return await loop.AskAsync(() => desk.Faults(from));
            case ("POST", "/sim/faults"):
                var order = Order(request);
                return await loop.AskAsync(() => desk.Ask(order));
            case ("GET", "/sim/accounts"):
                return await loop.AskAsync(accounts.All);
            case ("POST", "/sim/accounts"):
                var account = Account(request);
                return await loop.AskAsync(() => accounts.Open(account));
            case ("POST", "/sim/transfer"):
                var (owner, asset, amount) = (request.Query["account"].ToString(), request.Query["asset"].ToString(), request.Query["amount"].ToString());
                return await loop.AskAsync(() => accounts.Transfer(owner, asset, amount));
            case ("POST", "/sim/symbol"):
                var (symbol, status) = (request.Query["symbol"].ToString(), request.Query["status"].ToString());
                return await loop.AskAsync(() => desk.SetStatus(symbol, status));
            case ("POST", "/sim/pause"):
                return await loop.AskAsync(desk.Pause);
            case ("POST", "/sim/resume"):
                return await loop.AskAsync(desk.Resume);
            case ("POST", "/sim/speed"):
                var speed = VenueSpeed.Parse(request.Query["value"].ToString());
                return await loop.AskAsync(() => desk.SetSpeed(speed));
            case ("POST", "/sim/step"):
                return await StepAsync(request);
            case ("POST", "/sim/shutdown"):
                var state = await loop.AskAsync(desk.Status);
                shutdown();
                return state;
            default:
                return null;
        }
    }

    private async Task<byte[]> StepAsync(HttpRequest request)
    {
        var until = request.Query["until"].ToString();
        var time = until.Length > 0 ? Time(until, "until") : long.MinValue;
        var events = Number(request, "events", until.Length > 0 ? 0 : 1);
        return await await loop.AskAsync(() => desk.Step(events, time));
    }
}
