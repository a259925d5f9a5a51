namespace EventSourcedMM.Live.Connections;

/// <summary>Told what becomes of the connections that a <see cref="ConnectionKeeper"/> keeps, besides their messages.</summary>
public interface IKeptStreams : IStreamSink
{
    /// <summary>A connection is up where none was.</summary>
    void OnUp(StreamConnection connection, string why);

    /// <summary>The only connection has ended: something will be missing.</summary>
    void OnDown(StreamConnection connection, string why);

    /// <summary>A second connection is up beside the first; both deliver from here on.</summary>
    void OnOverlap(StreamConnection old, StreamConnection next, string why);

    /// <summary>The second is the only one now; the old one was read to its end.</summary>
    void OnTakenOver(StreamConnection old, StreamConnection next);

    /// <summary>An attempt to connect failed.</summary>
    void OnFailure(Exception failure, TimeSpan wait);

    /// <summary>True when everything that the old connection has delivered is followed by what the next one has.</summary>
    bool HasCaughtUp(StreamConnection next);
}

/// <summary>
/// Keeps streams coming: connects, connects again (at once after a connection that lasted, with growing waits after attempts that
/// failed and connections that ended within ten seconds), and before a connection ends as planned opens the
/// next one beside it, lets both deliver until the next has caught up, and only then closes the old one.
/// </summary>
public sealed class ConnectionKeeper(VenueEndpoint endpoint, IReadOnlyList<string> streams, Clock clock, IKeptStreams sink, ulong seed)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    // What ends sooner is turned away, if after the greeting: opened again at once it would be hundreds of connections a minute,
    // for which the venue bans the address, the orders' connection included.
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CatchUpLook = TimeSpan.FromMilliseconds(100);

    private readonly BackOff backOff = new(FirstWait, LongestWait, seed);
    private int opened;

    /// <summary>After how long a connection is renewed; the venue ends it after 24 hours.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromHours(23.5);

    /// <summary>Runs until stopped, then closes what is open.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        StreamConnection? current = null;
        var why = "the start";
        try
        {
            while (true)
            {
                if (current is null)
                {
                    current = await OpenAsync(ct).ConfigureAwait(false);
                    sink.OnUp(current, why);
                    current.Start();
                }

                var first = await Task.WhenAny(current.Ended, current.RenewalDue).WaitAsync(ct).ConfigureAwait(false);
                if (first == current.RenewalDue && !current.Ended.IsCompleted)
                {
                    current = await RenewAsync(current, await current.RenewalDue.ConfigureAwait(false), ct).ConfigureAwait(false);
                    continue;
                }

                why = await current.Ended.ConfigureAwait(false);
                await current.DisposeAsync().ConfigureAwait(false);
                var wait = AfterLife(current);
                sink.OnDown(current, wait == TimeSpan.Zero ? why : FormattableString.Invariant($"{why}, soon after its opening: the next one is opened in {wait.TotalSeconds:0.0} s"));
                current = null;
                await Task.Delay(wait, clock, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            if (current is not null)
            {
                await current.CloseAsync().ConfigureAwait(false);
            }
        }
        catch when (current is not null)
        {
            // The receiver failed, and whoever waits for the keeper is told by what; nothing is received into nowhere.
            await current.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<StreamConnection> OpenAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await StreamConnection.OpenAsync(++opened, endpoint, streams, clock, sink, Life, ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException)
            {
                var wait = backOff.Next();
                if (e is VenueRefusedException refused && refused.RetryAfter > wait)
                {
                    wait = refused.RetryAfter;
                }

                sink.OnFailure(e, wait);
                await Task.Delay(wait, clock, ct).ConfigureAwait(false);
            }
        }
    }

    // How long is waited after a connection has ended.
    private TimeSpan AfterLife(StreamConnection ended)
    {
        if (clock.Now - ended.OpenedAt < ShortLife.Ticks * 100)
        {
            return backOff.Next();
        }

        backOff.Reset();
        return TimeSpan.Zero;
    }

    // Returns the next connection, or the old one when the next could not take over.
    private async Task<StreamConnection> RenewAsync(StreamConnection old, string why, CancellationToken ct)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var opening = OpenAsync(giveUp.Token);
        if (await Task.WhenAny(opening, old.Ended).ConfigureAwait(false) != opening)
        {
            // The old one died while we knock: that is an ordinary loss, which the caller sees.
            await giveUp.CancelAsync().ConfigureAwait(false);
        }

        StreamConnection next;
        try
        {
            next = await opening.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            return old;
        }

        try
        {
            sink.OnOverlap(old, next, why);
            next.Start();
            await CatchUpAsync(old, next, ct).ConfigureAwait(false);
            if (next.Ended.IsCompleted && !old.Ended.IsCompleted)
            {
                await next.DisposeAsync().ConfigureAwait(false);
                sink.OnTakenOver(next, old);
                await Task.WhenAny(old.Ended, Task.Delay(backOff.Next(), clock, ct)).ConfigureAwait(false);
                return old;
            }

            // Attempts that failed before it are over: those of many renewals would add up.
            backOff.Reset();
            await old.CloseAsync().ConfigureAwait(false);
            sink.OnTakenOver(old, next);
            return next;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The receiver failed: this one does not go on into a capture that has ended, and the old one is the caller's.
            await next.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task CatchUpAsync(StreamConnection old, StreamConnection next, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var longest = clock.Patience(CatchUpTime);
        try
        {
            while (!sink.HasCaughtUp(next) && !old.Ended.IsCompleted && !next.Ended.IsCompleted && clock.GetElapsedTime(began) < longest)
            {
                await Task.Delay(CatchUpLook, clock, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the capture: the next one is closed in its turn.
        }
    }
}
