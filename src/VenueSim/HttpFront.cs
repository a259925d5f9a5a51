using System.Globalization;
using System.Net;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Control;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourcedMM.VenueSim;

/// <summary>The HTTP server: sends each request to where it belongs. It reads no configuration and no environment.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly VenueLoop loop;
    private readonly RestDesk rest;
    private readonly SignedRest signed;
    private readonly SocketSession sockets;
    private readonly ControlHttp control;

    public HttpFront(IPAddress address, int port, VenueLoop loop, RestDesk rest, SignedRest signed, SocketSession sockets, ControlHttp control)
    {
        this.loop = loop;
        this.rest = rest;
        this.signed = signed;
        this.sockets = sockets;
        this.control = control;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(address, port);
        });
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    /// <summary>Starts to listen and returns where, such as 127.0.0.1:9080.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public async Task<string> StartAsync(CancellationToken ct)
    {
        await application.StartAsync(ct);
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.Single()).Authority;
    }

    /// <summary>Stops listening; open connections have a moment to end.</summary>
    public async Task StopAsync()
    {
        using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await application.StopAsync(moment.Token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        try
        {
            if (path.StartsWith("/api/", StringComparison.Ordinal))
            {
                await AnswerRestAsync(http, path);
            }
            else if (path is "/ws" or "/stream" or "/stream/" or SocketSession.ApiPath || path.StartsWith("/ws/", StringComparison.Ordinal))
            {
                await sockets.RunAsync(http);
            }
            else if (path == SocketSession.LockstepPath && !http.Request.Headers.ContainsKey("Origin"))
            {
                await sockets.RunAsync(http);
            }
            else if (path.StartsWith("/sim/", StringComparison.Ordinal))
            {
                await control.AnswerAsync(http);
            }
            else
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the venue stops while the request waits.
            http.Abort();
        }
    }

    private async Task AnswerRestAsync(HttpContext http, string path)
    {
        if (ApiMethod.Find(http.Request.Method, path) is { } method)
        {
            await signed.AnswerAsync(http, method);
            return;
        }

        if (!HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string? unit = http.Request.Headers["X-MBX-TIME-UNIT"];
        var query = http.Request.Query;
        var reply = await loop.AskAsync(() => rest.Answer(path, query, unit));
        await reply.Held.WaitAsync(http.RequestAborted);
        var response = http.Response;
        response.StatusCode = reply.Status;
        response.ContentType = reply.IsHtml ? "text/html" : "application/json;charset=UTF-8";
        var used = reply.UsedWeight.ToString(CultureInfo.InvariantCulture);
        response.Headers["x-mbx-used-weight"] = used;
        response.Headers["x-mbx-used-weight-1m"] = used;
        if (reply.RetryAfter > 0)
        {
            response.Headers.RetryAfter = reply.RetryAfter.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentLength = reply.Body.Length;
        await response.Body.WriteAsync(reply.Body, http.RequestAborted);
    }
}
