using System.Text.Json;
using System.Threading.Channels;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Session;

/// <summary>Receives what comes over a connection of the WebSocket API, on the thread that reads.</summary>
internal interface IApiSocketSink
{
    /// <summary>An event of the user data stream, or of the connection.</summary>
    void OnEvent(ApiSocket socket, JsonElement json);

    /// <summary>The limits that an answer tells.</summary>
    void OnLimits(JsonElement rateLimits);

    /// <summary>Reading, writing or watching failed in a way that nothing provides for; the connection ends.</summary>
    void OnFailed(Exception failure);
}

/// <summary>
/// One connection of the WebSocket API. Requests leave in the order they are posted, answers are handed on by the thread
/// that reads, between the events that come before and after them. When it ends, every request without an answer is in
/// doubt, but for those that never left.
/// </summary>
internal sealed class ApiSocket : IWebSocketHandler, IAsyncDisposable
{
    private const string Path = "/ws-api/v3?timeUnit=MICROSECOND";
    private static readonly TimeSpan Sweep = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly WebSocketConnection connection;
    private readonly ApiKeys keys;
    private readonly Clock clock;
    private readonly IApiSocketSink sink;
    private readonly Channel<Pending> outgoing = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, Pending> pending = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task<string> ended;
    private long lastByte;
    private long frames;
    private long nextId;
    private string? reason;
    private bool isOver;

    private ApiSocket(WebSocketConnection connection, ApiKeys keys, Clock clock, IApiSocketSink sink)
    {
        this.connection = connection;
        this.keys = keys;
        this.clock = clock;
        this.sink = sink;
        OpenedAt = clock.GetTimestamp();
        lastByte = OpenedAt;
        ended = Task.Run(RunAsync);
    }

    /// <summary>When it was opened, by the clock's timestamps.</summary>
    public long OpenedAt { get; }

    /// <summary>Done when it is over; says why. By then every request has its answer.</summary>
    public Task<string> Ended => ended;

    /// <summary>False once the venue has ended the subscription to the account.</summary>
    public bool IsSubscribed { get; set; } = true;

    /// <summary>Messages that came and were handed on whole.</summary>
    public long Frames => Volatile.Read(ref frames);

    /// <summary>Requests without an answer.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return pending.Count;
            }
        }
    }

    /// <summary>Connects.</summary>
    /// <exception cref="VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="VenueRefusedException">The server does not want one.</exception>
    public static async Task<ApiSocket> OpenAsync(Uri endpoint, ApiKeys keys, Clock clock, TimeSpan timeOut, IApiSocketSink sink, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(clock.Patience(timeOut), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return new ApiSocket(await WebSocketConnection.ConnectAsync(new Uri(endpoint, Path), either.Token).ConfigureAwait(false), keys, clock, sink);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new VenueOutOfReachException(FormattableString.Invariant($"{endpoint.Authority} did not answer within {timeOut.TotalSeconds:0.#} s."));
        }
    }

    /// <summary>Sends a signed request that has its timestamp; the answer is handed over exactly once.</summary>
    public void Post(VenueMethod method, RequestParameters parameters, TimeSpan timeOut, Action<VenueAnswer> answered)
    {
        Pending request;
        lock (gate)
        {
            var id = (++nextId).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var text = parameters.Copy().Add("apiKey", keys.Key.Reveal()).SignedRequest(id, method.Name, keys.Signer);
            request = new Pending(id, method.Name, text, answered, clock.GetTimestamp(), clock.Patience(timeOut));
            if (!isOver)
            {
                pending.Add(id, request);
                outgoing.Writer.TryWrite(request);
                return;
            }
        }

        request.Answered(VenueAnswer.NotSent("the connection was over"));
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    public Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, TimeSpan timeOut)
    {
        var done = new TaskCompletionSource<VenueAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(method, parameters, timeOut, done.SetResult);
        return done.Task;
    }

    /// <summary>Says goodbye and waits a moment for the end.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await connection.CloseAsync(stop.Token).ConfigureAwait(false);
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(1), Clock.Timers)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It was over already.
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await ended.ConfigureAwait(false);
    }

    void IWebSocketHandler.OnBurst() => Volatile.Write(ref lastByte, clock.GetTimestamp());

    void IWebSocketHandler.OnPing() => Volatile.Write(ref lastByte, clock.GetTimestamp());

    void IWebSocketHandler.OnBurstEnd()
    {
        // Answers and events are handed on one by one.
    }

    void IWebSocketHandler.OnMessage(ReadOnlySpan<byte> utf8)
    {
        HandOn(utf8);
        Interlocked.Increment(ref frames);
    }

    private void HandOn(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        JsonElement json;
        try
        {
            json = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            throw new InvalidDataException("the server sent a message that is no JSON");
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("the server sent a message that is no JSON object");
        }

        if (json.TryGetProperty("event", out var happened))
        {
            sink.OnEvent(this, happened);
            return;
        }

        if (json.TryGetProperty("rateLimits", out var limits))
        {
            sink.OnLimits(limits);
        }

        Pending? request = null;
        if (json.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
        {
            lock (gate)
            {
                _ = pending.Remove(id.GetString()!, out request);
            }
        }

        // An answer that nobody waits for any more: its request was in doubt, and has been asked about.
        request?.Answered(Read(json));
    }

    private VenueAnswer Read(JsonElement json)
    {
        var status = AccountJson.OptionalNumber(json, "status") is { } number and > 0 and < 1_000 ? (int)number : 0;
        if (json.TryGetProperty("result", out var result) && status is >= 200 and < 300)
        {
            return VenueAnswer.From(status, result, TimeSpan.Zero);
        }

        var answer = VenueAnswer.From(status is >= 200 and < 300 ? 500 : status, json.TryGetProperty("error", out var error) ? error : default, TimeSpan.Zero);
        var wait = TimeSpan.Zero;
        if (answer.IsLimit)
        {
            wait = AccountJson.OptionalNumber(answer.Body, "retryAfter") is { } stamp && AccountJson.OptionalNumber(answer.Body, "serverTime") is { } now && stamp > now
                ? TimeSpan.FromMilliseconds(stamp >= 100_000_000_000_000 ? (stamp - now) / 1_000.0 : stamp - now)
                : TimeSpan.FromSeconds(30);
        }

        return answer with { RetryAfter = wait, Message = keys.Redact(answer.Message) };
    }

    private async Task<string> RunAsync()
    {
        var sending = SendAllAsync();
        var sweeping = SweepAsync();
        string why;
        try
        {
            why = await connection.ReadAsync(this, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            why = reason ?? "it was closed";
        }
        catch (Exception e)
        {
            // Nobody reads any more: the connection has to be over for everybody.
            sink.OnFailed(e);
            why = e.Message;
        }

        why = keys.Redact(why);
        await EndAsync().ConfigureAwait(false);
        await Task.WhenAll(sending, sweeping).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        foreach (var request in Take(_ => true))
        {
            request.Answered(request.Left ? VenueAnswer.Unknown($"the connection ended before the answer: {why}") : VenueAnswer.NotSent($"the connection ended before it was sent: {why}"));
        }

        return why;
    }

    private async Task EndAsync()
    {
        lock (gate)
        {
            isOver = true;
        }

        outgoing.Writer.TryComplete();
        await stop.CancelAsync().ConfigureAwait(false);
    }

    private async Task SendAllAsync()
    {
        try
        {
            await foreach (var request in outgoing.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                lock (gate)
                {
                    // What was given up while it waited here does not leave any more.
                    if (!pending.ContainsKey(request.Id))
                    {
                        continue;
                    }

                    request.Left = true;
                }

                await connection.SendAsync(request.Text, stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The connection broke while writing, or is closed: the reader says why, and answers what waits.
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            sink.OnFailed(e);
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Sweep, Clock.Timers, stop.Token).ConfigureAwait(false);
                var heard = Volatile.Read(ref lastByte);
                var isDead = clock.GetElapsedTime(heard) > clock.Patience(Silence);
                foreach (var request in Take(p => clock.GetElapsedTime(p.Since) > p.Patience))
                {
                    // Not one byte since it was sent: nobody is there, whatever the socket says.
                    isDead |= request.Left && heard < request.Since;
                    request.Answered(request.Left ? VenueAnswer.Unknown($"{request.Method} was not answered in time") : VenueAnswer.NotSent($"{request.Method} could not be sent in time"));
                }

                if (isDead)
                {
                    reason = "the venue has been silent for too long";
                    await stop.CancelAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is being closed: nothing is left to do.
        }
        catch (Exception e)
        {
            sink.OnFailed(e);
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private List<Pending> Take(Func<Pending, bool> which)
    {
        lock (gate)
        {
            var taken = pending.Values.Where(which).OrderBy(p => p.Since).ToList();
            taken.ForEach(p => pending.Remove(p.Id));
            return taken;
        }
    }

    private sealed record Pending(string Id, string Method, string Text, Action<VenueAnswer> Answered, long Since, TimeSpan Patience)
    {
        public bool Left { get; set; }

        public override string ToString() => $"{Method} {Id}";
    }
}
