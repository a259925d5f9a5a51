using System.Text.Json;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Session;

/// <summary>
/// The connection to an account: the WebSocket API with a subscription to user data, kept and renewed, and signed REST
/// beside it for what must be sent while that is down. A new connection is subscribed before the old one is closed, so
/// that a planned renewal misses nothing; what both report is one.
/// </summary>
internal sealed class AccountLink : IApiSocketSink, IAccountLink
{
    // A stamp a second ahead is refused, one behind is good for recvWindow: a tenth of it is given away.
    private const int Backdating = 10;
    private const int StampRefused = -1021;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UsualRefusal = TimeSpan.FromSeconds(30);

    // What lives shorter was no connection: the next attempt waits, so that a server that hangs up does not lead to a ban.
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(30);

    private readonly Uri endpoint;
    private readonly ApiKeys keys;
    private readonly Clock clock;
    private readonly GatewayOptions options;
    private readonly OrderCountBudget orders;
    private readonly ILinkOwner owner;
    private readonly SignedRest rest;
    private readonly BackOff backOff;
    private readonly CancellationTokenSource stop = new();
    private TaskCompletionSource<string> renewal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ApiSocket? socket;
    private long offset;
    private long pastFrames;
    private long requests;

    public AccountLink(VenueEndpoint endpoint, ApiKeys keys, Clock clock, GatewayOptions options, OrderCountBudget orders, ILinkOwner owner)
    {
        this.endpoint = endpoint.Orders ?? throw new GatewayException($"The endpoint '{endpoint.Name}' takes no orders: write prod, testnet, demo, or a URL with its third part, the WebSocket API.");
        this.keys = keys;
        this.clock = clock;
        this.options = options;
        this.orders = orders;
        this.owner = owner;
        rest = new SignedRest(endpoint, keys, clock, options.Weight, orders);
        backOff = new BackOff(FirstWait, LongestWait, options.Seed);
    }

    /// <summary>True while the account is subscribed to.</summary>
    public bool IsUp => socket is { IsSubscribed: true };

    /// <summary>What went over the account's connections.</summary>
    public GatewayTraffic Traffic => new(Volatile.Read(ref requests), Volatile.Read(ref pastFrames) + (socket?.Frames ?? 0));

    /// <summary>Our clock minus the venue's, in nanoseconds: signatures carry the venue's time.</summary>
    public long Offset
    {
        get => Volatile.Read(ref offset);
        set => Volatile.Write(ref offset, value);
    }

    /// <summary>How long a request may be under way, in nanoseconds of the venue's time.</summary>
    public long ReceiveWindow => (long)Math.Min(60_000, options.ReceiveWindow.TotalMilliseconds * (clock.IsSimulated ? Math.Max(1, clock.Factor) : 1)) * Nanoseconds.PerMillisecond;

    /// <summary>Connects and subscribes once.</summary>
    /// <exception cref="GatewayException">The venue refuses the keys.</exception>
    /// <exception cref="VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="VenueRefusedException">The venue does not serve now.</exception>
    public async Task ConnectAsync(CancellationToken ct)
    {
        Take(await OpenAsync(ct).ConfigureAwait(false));
    }

    /// <summary>Keeps the connection until stopped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var current = socket ?? throw new InvalidOperationException("Connect first.");
        try
        {
            while (true)
            {
                var life = Task.Delay(options.Life, clock, ct);
                var first = await Task.WhenAny(current.Ended, life, renewal.Task).WaitAsync(ct).ConfigureAwait(false);
                if (first != current.Ended)
                {
                    ct.ThrowIfCancellationRequested();
                    renewal = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
                    current = await RenewAsync(current, ct).ConfigureAwait(false);
                    continue;
                }

                Interlocked.Add(ref pastFrames, current.Frames);
                socket = null;
                owner.OnDown(await current.Ended.ConfigureAwait(false));
                var wait = TimeSpan.Zero;
                if (clock.GetElapsedTime(current.OpenedAt) >= ShortLife)
                {
                    backOff.Reset();
                }
                else
                {
                    wait = backOff.Next();
                }

                current = await ReopenAsync(wait, ct).ConfigureAwait(false);
                Take(current);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end: CloseAsync does the rest.
        }
        catch
        {
            // Nobody looks after the connection any more: what is still to be cancelled goes by REST.
            socket = null;
            throw;
        }
    }

    /// <summary>Waits a moment for outstanding answers and closes.</summary>
    public async Task CloseAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        var last = socket;
        socket = null;
        if (last is not null)
        {
            var since = clock.GetTimestamp();
            while (last.Waiting > 0 && !last.Ended.IsCompleted && clock.GetElapsedTime(since) < clock.Patience(LastAnswers))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), Clock.Timers).ConfigureAwait(false);
            }

            await last.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends a request as soon as the venue may be asked; its answer is handed over once, by the thread that reads where
    /// it came over the WebSocket API.
    /// </summary>
    /// <param name="method">What to ask.</param>
    /// <param name="parameters">How.</param>
    /// <param name="isPaid">True when its weight was taken already.</param>
    /// <param name="answered">Receives the answer.</param>
    public void Post(VenueMethod method, RequestParameters parameters, bool isPaid, Action<VenueAnswer> answered)
    {
        var wait = isPaid ? TimeSpan.Zero : options.Weight.Take(method.Weight, clock.Now, urgent: true);
        var open = socket;
        if (wait > TimeSpan.Zero || open is null)
        {
            // An order that left later, with a stamp of then, would carry a price of now, and outlive every doubt about it.
            if (method.Places)
            {
                answered(VenueAnswer.NotSent("there is no connection"));
                return;
            }

            _ = LaterAsync(method, parameters, wait, isPaid || wait == TimeSpan.Zero, answered);
            return;
        }

        Count(method);
        open.Post(method, Stamped(parameters), options.TimeOut, answer => answered(Noted(method, answer)));
    }

    /// <summary>Sends a request and waits for its answer, over whatever is up.</summary>
    public async Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, CancellationToken ct, CallOptions how = default)
    {
        var isSaid = false;
        while (options.Weight.Take(method.Weight, clock.Now, how.Urgent || method.Changes) is var wait && wait > TimeSpan.Zero)
        {
            if (!isSaid)
            {
                isSaid = true;
                owner.OnHeld(method, wait);
            }

            await Task.Delay(wait, clock, ct).ConfigureAwait(false);
        }

        return await SendAsync(method, parameters, how, ct).ConfigureAwait(false);
    }

    /// <summary>How it stands, in words.</summary>
    public string Describe() => FormattableString.Invariant($"{socket?.Waiting ?? 0} requests wait on the socket, blocked for {Math.Max(0.0, (options.Weight.BlockedUntil / 1e9) - (clock.Now / 1e9)):0.0} s, weight {options.Weight.Used} of {options.Weight.Limit}");

    /// <summary>Breaks the connection as the end of a process does.</summary>
    public async Task CutAsync()
    {
        if (socket is { } last)
        {
            await last.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await CutAsync().ConfigureAwait(false);
        rest.Dispose();
    }

    void IApiSocketSink.OnEvent(ApiSocket source, JsonElement json)
    {
        switch (AccountJson.OptionalText(json, "e"))
        {
            case "serverShutdown":
                renewal.TrySetResult("the server announced its end");
                break;
            case "eventStreamTerminated":
                // Fills would go unreported: nothing is risked until another subscription stands.
                source.IsSubscribed = false;
                if (source == socket)
                {
                    Unsubscribed();
                }

                break;
            default:
                owner.OnEvent(json);
                break;
        }
    }

    void IApiSocketSink.OnFailed(Exception failure) => owner.OnFailed(failure);

    void IApiSocketSink.OnLimits(JsonElement rateLimits)
    {
        lock (orders)
        {
            orders.Observe(rateLimits, clock.Now);
        }

        foreach (var rule in rateLimits.ValueKind == JsonValueKind.Array ? rateLimits.EnumerateArray().ToArray() : [])
        {
            if (AccountJson.OptionalText(rule, "rateLimitType") == "REQUEST_WEIGHT" && AccountJson.OptionalNumber(rule, "count") is { } used)
            {
                options.Weight.Observe(used, clock.Now);
            }
        }
    }

    private void Count(VenueMethod method)
    {
        if (method.Changes)
        {
            Interlocked.Increment(ref requests);
        }
    }

    // The connection from now on.
    private void Take(ApiSocket next)
    {
        socket = next;
        owner.OnUp();
        if (!next.IsSubscribed)
        {
            Unsubscribed();
        }
    }

    private void Unsubscribed()
    {
        const string Why = "the venue ended the subscription to the account";
        owner.OnDown(Why);
        renewal.TrySetResult(Why);
    }

    // Whatever happens, the request is answered: an order whose request is not would be in doubt for ever.
    private async Task LaterAsync(VenueMethod method, RequestParameters parameters, TimeSpan wait, bool isPaid, Action<VenueAnswer> answered)
    {
        VenueAnswer answer;
        try
        {
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, stop.Token).ConfigureAwait(false);
            }

            answer = isPaid ? await SendAsync(method, parameters, default, stop.Token).ConfigureAwait(false) : await CallAsync(method, parameters, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            answer = VenueAnswer.Unknown("the gateway was closed");
        }
        catch (Exception e)
        {
            owner.OnFailed(e);
            answer = VenueAnswer.Unknown(keys.Redact(e.Message));
        }

        answered(answer);
    }

    private async Task<VenueAnswer> SendAsync(VenueMethod method, RequestParameters parameters, CallOptions how, CancellationToken ct)
    {
        var timeOut = how.TimeOut ?? options.TimeOut;
        Count(method);
        if (socket is { } open && !how.ByRest)
        {
            var answer = await open.CallAsync(method, Stamped(parameters), timeOut).WaitAsync(ct).ConfigureAwait(false);
            if (answer.Kind != AnswerKind.NotSent)
            {
                return Noted(method, answer);
            }
        }

        return Noted(method, await rest.SendAsync(method, Stamped(parameters), timeOut, ct).ConfigureAwait(false));
    }

    private RequestParameters Stamped(RequestParameters parameters) => parameters.Copy()
        .Add("recvWindow", ReceiveWindow / Nanoseconds.PerMillisecond)
        .Add("timestamp", (clock.Now - Offset - (ReceiveWindow / Backdating)) / Nanoseconds.PerMillisecond);

    private VenueAnswer Noted(VenueMethod method, VenueAnswer answer)
    {
        if (method.Changes && answer.Kind == AnswerKind.Done)
        {
            options.Weight.Return(method.Weight);
        }

        if (answer.Code == StampRefused)
        {
            owner.OnStampRefused();
        }

        if (answer.IsLimit)
        {
            // −1015 is the account's order count: it bars new orders, not requests.
            if (answer.Code != -1015)
            {
                options.Weight.Block(answer.RetryAfter, clock.Now);
            }

            owner.OnLimit(method, answer);
        }

        return answer;
    }

    private async Task<ApiSocket> OpenAsync(CancellationToken ct)
    {
        ApiSocket opened;
        try
        {
            opened = await ApiSocket.OpenAsync(endpoint, keys, clock, options.TimeOut, this, ct).ConfigureAwait(false);
        }
        catch (VenueRefusedException e) when (e.Status is 429 or 418)
        {
            // The ban is the address's: whoever goes on by REST prolongs it.
            var wait = e.RetryAfter > TimeSpan.Zero ? e.RetryAfter : UsualRefusal;
            _ = Noted(VenueMethod.Subscribe, new VenueAnswer(AnswerKind.Refused, e.Status, 0, keys.Redact(e.Message), default, wait));
            throw;
        }

        var answer = await opened.CallAsync(VenueMethod.Subscribe, Stamped(new RequestParameters()), options.TimeOut).ConfigureAwait(false);
        if (answer.Kind == AnswerKind.Done)
        {
            return opened;
        }

        await opened.DisposeAsync().ConfigureAwait(false);
        _ = Noted(VenueMethod.Subscribe, answer);
        ct.ThrowIfCancellationRequested();
        throw answer switch
        {
            { Kind: AnswerKind.Unknown or AnswerKind.NotSent } => new VenueOutOfReachException($"{endpoint.Authority} did not let us subscribe to the account: {answer.Words}."),
            { Code: StampRefused } => new VenueOutOfReachException($"{endpoint.Authority} did not let us subscribe to the account: {answer.Words}. The request took too long, or this machine's clock is not the venue's."),
            { Code: -2014 or -2015 or -1022 or -1002 or -1099 } => new GatewayException($"{endpoint.Authority} refuses the API key: {answer.Words}. Check that key and secret belong together, are for this endpoint (testnet and demo have their own), may trade, and are not limited to another address."),
            _ => new VenueRefusedException(answer.Status, answer.Code, $"{endpoint.Authority} did not let us subscribe to the account: {answer.Words}.") { RetryAfter = answer.RetryAfter },
        };
    }

    private async Task<ApiSocket> ReopenAsync(TimeSpan first, CancellationToken ct)
    {
        await Task.Delay(first, clock, ct).ConfigureAwait(false);
        while (true)
        {
            try
            {
                return await OpenAsync(ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException or GatewayException)
            {
                // A key that was good may be refused for a while (a venue that restarts); the engine is told that the account is down.
                var wait = backOff.Next();
                if (e is VenueRefusedException refused && refused.RetryAfter > wait)
                {
                    wait = refused.RetryAfter;
                }

                owner.OnDown(keys.Redact(e.Message));
                await Task.Delay(wait, clock, ct).ConfigureAwait(false);
            }
        }
    }

    // Returns the new connection, or the old one while a new one cannot be had.
    private async Task<ApiSocket> RenewAsync(ApiSocket old, CancellationToken ct)
    {
        try
        {
            var next = await OpenAsync(ct).ConfigureAwait(false);
            Take(next);
            _ = RetireAsync(old);
            return next;
        }
        catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException or GatewayException)
        {
            await Task.WhenAny(old.Ended, Task.Delay(backOff.Next(), clock, ct)).ConfigureAwait(false);
            if (!old.Ended.IsCompleted)
            {
                renewal.TrySetResult(e.Message);
            }

            return old;
        }
    }

    private async Task RetireAsync(ApiSocket old)
    {
        var since = clock.GetTimestamp();
        while (old.Waiting > 0 && !old.Ended.IsCompleted && clock.GetElapsedTime(since) < clock.Patience(options.TimeOut))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), Clock.Timers).ConfigureAwait(false);
        }

        await old.CloseAsync().ConfigureAwait(false);
    }
}
