using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>The life of one WebSocket: handshake (RFC 6455, 4.2), carrying bytes both ways, the end.</summary>
internal sealed class SocketSession(VenueLoop loop, ConnectionDesk desk, SocketApi api, LockstepDesk lockstep, TimeProvider timers)
{
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    // After the venue's close frame the client has this long to answer it.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    /// <summary>Path of the WebSocket API.</summary>
    public const string ApiPath = "/ws-api/v3";

    /// <summary>Path of the control socket of lockstep.</summary>
    public const string LockstepPath = "/sim/lockstep";

    /// <summary>Serves a request for /ws, /stream, the WebSocket API or lockstep until the connection ends.</summary>
    public async Task RunAsync(HttpContext http)
    {
        if (!await loop.AskAsync(desk.TakeAttempt))
        {
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        var combined = http.Request.Path.Value!.StartsWith("/stream", StringComparison.Ordinal);
        var streams = Streams(http.Request, combined);
        if (!IsUpgrade(http, out var feature, out var key)
            || !TimeUnits.TryParse(http.Request.Query["timeUnit"], out var unit)
            || streams.Length > ConnectionDesk.MostStreams)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers.Upgrade = "websocket";
        http.Response.Headers["Sec-WebSocket-Accept"] = Accept(key);
        await using var socket = await feature.UpgradeAsync();

        // Never disposed: the loop may cut the connection at any time.
        var aborting = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var client = $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}";
        var path = http.Request.Path.Value!;
        var showsLimits = http.Request.Query["returnRateLimits"] != "false";
        var connection = await loop.AskAsync(() => Open(path, combined, unit, streams, client, showsLimits, () => aborting.CancelAsync()));
        try
        {
            await CarryAsync(connection, socket, aborting);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection broke: by the client, by a fault, or because the venue stops. Removal is all there is to do.
        }
        finally
        {
            if (aborting.IsCancellationRequested)
            {
                http.Abort();
            }

            loop.Post(() => desk.Remove(connection));
        }
    }

    private Connection Open(string path, bool combined, TimeUnit unit, string[] streams, string client, bool showsLimits, Action abort)
    {
        var connection = desk.Open(combined, unit, streams, client, abort, isControl: path == LockstepPath);
        if (path == LockstepPath)
        {
            lockstep.Attach(connection);
        }
        else if (path == ApiPath)
        {
            api.Attach(connection, showsLimits);
        }

        return connection;
    }

    // /ws/a/b and /stream?streams=a/b; both also without any stream.
    private static string[] Streams(HttpRequest request, bool combined)
    {
        if (request.Path.Value is ApiPath or LockstepPath)
        {
            return [];
        }

        var list = combined ? request.Query["streams"].ToString() : request.Path.Value!["/ws".Length..];
        return list.Split('/', StringSplitOptions.RemoveEmptyEntries).Distinct().ToArray();
    }

    private static bool IsUpgrade(HttpContext http, out IHttpUpgradeFeature feature, out string key)
    {
        feature = http.Features.Get<IHttpUpgradeFeature>()!;
        key = http.Request.Headers["Sec-WebSocket-Key"].ToString();
        return feature is { IsUpgradableRequest: true }
            && HttpMethods.IsGet(http.Request.Method)
            && string.Equals(http.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase)
            && http.Request.Headers["Sec-WebSocket-Version"] == "13"
            && Base64.IsValid(key, out var length) && length == 16;
    }

    // The protocol prescribes SHA-1 here; it protects nothing.
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));

    private async Task CarryAsync(Connection connection, Stream socket, CancellationTokenSource aborting)
    {
        var carrying = connection.Outbox.CarryAsync(socket, aborting.Token);
        var reading = ReadAsync(connection, socket, aborting.Token);
        if (await Task.WhenAny(carrying, reading) == reading)
        {
            // The client has gone, or said that it goes and is answered.
            loop.Post(connection.Finish);
        }
        else if (carrying.IsCompletedSuccessfully)
        {
            await Task.WhenAny(reading, Task.Delay(Farewell, timers, CancellationToken.None));
        }

        if (!reading.IsCompleted)
        {
            await aborting.CancelAsync();
        }

        await Task.WhenAll(carrying, reading);
    }

    private async Task ReadAsync(Connection connection, Stream socket, CancellationToken ct)
    {
        var reader = new FrameReader(socket);
        try
        {
            while (await reader.ReadAsync(ct) is { } frame)
            {
                if (connection.IsHalfOpen)
                {
                    continue;
                }

                if (frame.Kind == FrameKind.Pong && connection.Pings.OnPong(frame.Payload))
                {
                    loop.Wake();
                    continue;
                }

                loop.Post(() => desk.OnFrame(connection, frame));
                if (frame.Kind == FrameKind.Close)
                {
                    return;
                }
            }
        }
        catch (FrameException e)
        {
            loop.Post(() => connection.Close(e.Code, e.Message));
        }
    }
}
