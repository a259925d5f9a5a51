namespace EventSourcedMM.Live.Connections;

/// <summary>Receives what a stream connection reads. Calls of one connection come one after the other; those of two may overlap.</summary>
public interface IStreamSink
{
    /// <summary>Messages follow; <see cref="OnBurstEnd"/> comes after them, on the same thread.</summary>
    void OnBurst(StreamConnection connection);

    /// <summary>A message.</summary>
    /// <param name="connection">Where it came from.</param>
    /// <param name="receiveTime">When its bytes were received, in nanoseconds since the epoch.</param>
    /// <param name="utf8">Valid during the call.</param>
    void OnMessage(StreamConnection connection, long receiveTime, ReadOnlySpan<byte> utf8);

    /// <summary>The messages have been handed on.</summary>
    void OnBurstEnd(StreamConnection connection);
}

/// <summary>
/// One connection to the venue's combined streams and what ends it: the venue, a broken line, silence (the venue pings
/// every 20 s: without a byte for a minute the line is dead, whatever the socket says), or its keeper. It also knows when
/// it should be renewed: before the venue's 24 hours are over, or at once when the venue announces its shutdown.
/// </summary>
public sealed class StreamConnection : IWebSocketHandler, IAsyncDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(5);

    private readonly WebSocketConnection socket;
    private readonly Clock clock;
    private readonly IStreamSink sink;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource<string> renewal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long renewAt;
    private long lastRead;
    private long burstTime;
    private long pings;
    private bool isStarted;

    private StreamConnection(int id, WebSocketConnection socket, Clock clock, IStreamSink sink, TimeSpan life)
    {
        Id = id;
        this.socket = socket;
        this.clock = clock;
        this.sink = sink;
        OpenedAt = clock.Now;
        renewAt = OpenedAt + (life.Ticks * 100);
        lastRead = clock.GetTimestamp();
    }

    /// <summary>Number given by the keeper.</summary>
    public int Id { get; }

    /// <summary>When it was opened, in nanoseconds since the epoch.</summary>
    public long OpenedAt { get; }

    /// <summary>Done when nothing more comes; says why.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Done when another connection should take over; says why. May never be.</summary>
    public Task<string> RenewalDue => renewal.Task;

    /// <summary>Pings of the venue, all answered.</summary>
    public long Pings => Volatile.Read(ref pings);

    /// <summary>Connects to streams of the combined form, with stamps in microseconds.</summary>
    /// <param name="id">Number of the connection.</param>
    /// <param name="endpoint">The venue.</param>
    /// <param name="streams">Names such as btcusdt@trade.</param>
    /// <param name="clock">The clock of stamps and time-outs.</param>
    /// <param name="sink">Who receives the messages.</param>
    /// <param name="life">After how long it wants to be renewed.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="VenueRefusedException">The venue does not want one.</exception>
    public static async Task<StreamConnection> OpenAsync(
        int id, VenueEndpoint endpoint, IEnumerable<string> streams, Clock clock, IStreamSink sink, TimeSpan life, CancellationToken ct)
    {
        var uri = new Uri(endpoint.Streams, $"/stream?streams={string.Join('/', streams)}&timeUnit=MICROSECOND");
        using var patience = new CancellationTokenSource(clock.Patience(ConnectTime), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return new StreamConnection(id, await WebSocketConnection.ConnectAsync(uri, either.Token).ConfigureAwait(false), clock, sink, life);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new VenueOutOfReachException($"{endpoint.Streams.Authority} did not answer within {ConnectTime.TotalSeconds:0} s.");
        }
    }

    /// <summary>Begins to read. Called once, when whoever receives is prepared.</summary>
    public void Start()
    {
        isStarted = true;
        _ = Task.Run(RunAsync);
    }

    /// <summary>Another connection should take over.</summary>
    public void Renew(string why) => renewal.TrySetResult(why);

    /// <summary>Ends it in an orderly way: what the venue has sent until it hears of it is still read.</summary>
    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(clock.Patience(FarewellTime), clock);
        try
        {
            await socket.CloseAsync(patience.Token).ConfigureAwait(false);
            await Ended.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It was dead already, or does not answer: there is nothing to wait for.
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        if (isStarted)
        {
            await Ended.ConfigureAwait(false);
        }
        else
        {
            await socket.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    void IWebSocketHandler.OnBurst()
    {
        Volatile.Write(ref lastRead, clock.GetTimestamp());
        burstTime = clock.Now;
        if (burstTime >= renewAt)
        {
            Renew("the venue ends a connection after 24 hours");
        }

        sink.OnBurst(this);
    }

    /// <inheritdoc/>
    void IWebSocketHandler.OnMessage(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length < 256 && utf8.IndexOf("\"e\":\"serverShutdown\""u8) >= 0)
        {
            Renew("the venue announced serverShutdown");
        }

        sink.OnMessage(this, burstTime, utf8);
    }

    /// <inheritdoc/>
    void IWebSocketHandler.OnPing() => Interlocked.Increment(ref pings);

    /// <inheritdoc/>
    void IWebSocketHandler.OnBurstEnd() => sink.OnBurstEnd(this);

    private async Task RunAsync()
    {
        var silent = false;
        var watching = WatchAsync(() => silent = true);
        var why = "closed by us";
        try
        {
            why = await socket.ReadAsync(this, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (silent)
        {
            why = FormattableString.Invariant($"nothing came for {LongestSilence.TotalSeconds:0} s, not even a ping: the connection is half open");
        }
        catch (OperationCanceledException)
        {
            // Closed by us: there is nothing more to say.
        }
        catch (Exception e)
        {
            // The receiver failed, not the line: whoever waits for the end is told.
            ended.TrySetException(e);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
            await socket.DisposeAsync().ConfigureAwait(false);
            ended.TrySetResult(why);
        }
    }

    private async Task WatchAsync(Action onSilence)
    {
        var longest = clock.Patience(LongestSilence);
        try
        {
            while (true)
            {
                var left = longest - clock.GetElapsedTime(Volatile.Read(ref lastRead));
                if (left <= TimeSpan.Zero)
                {
                    onSilence();
                    await stop.CancelAsync().ConfigureAwait(false);
                    return;
                }

                await Task.Delay(left, clock, stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended otherwise.
        }
    }
}
