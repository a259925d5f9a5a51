using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// Keeps a simulated venue in lockstep (docs/venue.md): it releases the next market event or report only after this has said that
/// the last one is recorded, stepped, and every request that followed has been sent. So a run over sockets does what a backtest does,
/// and both can be compared event for event.
/// </summary>
internal sealed class LockstepClient(VenueEndpoint endpoint, Clock clock, CaptureSession capture, IReadOnlyList<LiveSymbol> symbols, OrderRoute? route)
{
    // A request that never leaves (answered without the venue) must not hold the row for ever; one that a busy machine sends late
    // must not be overtaken by the next event.
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SnapshotPatience = TimeSpan.FromSeconds(60);

    private long framesBefore;
    private long framesToldOf;
    private long requestsBefore;
    private long submittedBefore;

    /// <summary>Items stepped.</summary>
    public long Items { get; private set; }

    /// <summary>Runs until the recordings have ended, or it is stopped.</summary>
    /// <exception cref="VenueOutOfReachException">The venue does not run in lockstep, or is gone.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new Uri(endpoint.Streams, "/sim/lockstep"), ct).ConfigureAwait(false);
            var buffer = new byte[4096];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), ct).ConfigureAwait(false);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    throw new VenueOutOfReachException($"The venue ended the lockstep: {socket.CloseStatusDescription}.");
                }

                using var word = JsonDocument.Parse(buffer.AsMemory(0, received.Count));
                if (!await StepAsync(word.RootElement, socket, ct).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (WebSocketException e)
        {
            throw new VenueOutOfReachException($"{endpoint.Streams.Authority} cannot be run in lockstep: {e.Message}", e);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the run.
        }
    }

    // False at the end of the recordings.
    private async Task<bool> StepAsync(JsonElement word, ClientWebSocket socket, CancellationToken ct)
    {
        var kind = word.GetProperty("kind").GetString();
        switch (kind)
        {
            case "error":
                throw new VenueOutOfReachException("The venue does not understand our lockstep: " + word.GetProperty("message").GetString());
            case "end":
                return false;
            case "ready":
                // What the venue released now would go to nobody: nothing waits for a client of its streams.
                await UntilAsync(() => capture.IsUp, ConnectPatience, ct).ConfigureAwait(false);
                (framesBefore, framesToldOf) = (Frames(), 0);
                (requestsBefore, submittedBefore) = (route?.Gateway.Traffic.Requests ?? 0, Submitted());
                break;
            default:
                framesToldOf += word.GetProperty("frames").GetInt64();
                await UntilAsync(() => Frames() - framesBefore >= framesToldOf && route?.IsDrained != false, TimeSpan.MaxValue, ct).ConfigureAwait(false);
                break;
        }

        if (kind == "time")
        {
            var time = long.Parse(word.GetProperty("time").GetString()!, CultureInfo.InvariantCulture);

            // Seconds without a message are told as times only: a request that a timer sends then is stamped with its own time, not
            // with the last message's, which the venue would refuse after five seconds.
            clock.Saw(time);
            capture.WithTaps((tap, _) => tap.OnClock(time));
        }

        // What has to be asked is asked before the row goes on.
        await UntilAsync(() => !capture.WantsSnapshot, SnapshotPatience, ct).ConfigureAwait(false);
        await UntilAsync(() => route is null || Unsent() <= 0, SendPatience, ct).ConfigureAwait(false);
        submittedBefore += route is null ? 0 : Math.Max(0, Unsent());
        Items = word.GetProperty("item").GetInt64();
        await SayAsync(socket, ct).ConfigureAwait(false);
        return true;
    }

    private async Task SayAsync(ClientWebSocket socket, CancellationToken ct)
    {
        var due = long.MaxValue;
        capture.WithTaps((tap, _) => due = Math.Min(due, ((LiveSymbol)tap).NextTimer));
        var until = due == long.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $",\"until\":\"{due}\"");
        var requests = (route?.Gateway.Traffic.Requests ?? 0) - requestsBefore;
        var text = string.Create(CultureInfo.InvariantCulture, $"{{\"stepped\":{Items},\"requests\":{requests}{until}}}");
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, ct).ConfigureAwait(false);
    }

    private long Frames() => capture.MessagesTaken + (route?.Gateway.Traffic.Frames ?? 0);

    private long Unsent() => Submitted() - submittedBefore - (route!.Gateway.Traffic.Requests - requestsBefore);

    private long Submitted() => symbols.Sum(s => s.Submitted);

    private static async Task UntilAsync(Func<bool> holds, TimeSpan patience, CancellationToken ct)
    {
        const int soon = 50;
        var began = Clock.Timers.GetTimestamp();
        for (var i = 0; !holds(); i++)
        {
            ct.ThrowIfCancellationRequested();
            if (i < soon)
            {
                await Task.Yield();
                continue;
            }

            if (patience < TimeSpan.MaxValue && Clock.Timers.GetElapsedTime(began) > patience)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), Clock.Timers, ct).ConfigureAwait(false);
        }
    }
}
