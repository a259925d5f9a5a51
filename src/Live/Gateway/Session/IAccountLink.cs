using EventSourcedMM.Live.Gateway.Keys;

namespace EventSourcedMM.Live.Gateway.Session;

/// <summary>How the gateway reaches the venue: requests, each answered once, and what <see cref="ILinkOwner"/> is told.</summary>
internal interface IAccountLink : IAsyncDisposable
{
    /// <summary>True while the account is subscribed to.</summary>
    bool IsUp { get; }

    /// <summary>What went over the account's connections.</summary>
    GatewayTraffic Traffic { get; }

    /// <summary>Our clock minus the venue's, in nanoseconds: signatures carry the venue's time.</summary>
    long Offset { get; set; }

    /// <summary>How long a request may be under way, in nanoseconds of the venue's time.</summary>
    long ReceiveWindow { get; }

    /// <summary>Connects and subscribes once.</summary>
    /// <exception cref="GatewayException">The venue refuses the keys.</exception>
    /// <exception cref="Connections.VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="Connections.VenueRefusedException">The venue does not serve now.</exception>
    Task ConnectAsync(CancellationToken ct);

    /// <summary>Keeps the connection until stopped.</summary>
    Task RunAsync(CancellationToken ct);

    /// <summary>
    /// Sends a request as soon as the venue may be asked; its answer is handed over once, by the thread that reads where
    /// it came over the WebSocket API. A request for a new order never waits: where it cannot leave now, it was not sent.
    /// </summary>
    /// <param name="method">What to ask.</param>
    /// <param name="parameters">How.</param>
    /// <param name="isPaid">True when its weight was taken already.</param>
    /// <param name="answered">Receives the answer.</param>
    void Post(VenueMethod method, RequestParameters parameters, bool isPaid, Action<VenueAnswer> answered);

    /// <summary>Sends a request and waits for its answer, over whatever is up.</summary>
    Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, CancellationToken ct, CallOptions how = default);

    /// <summary>How it stands, in words.</summary>
    string Describe();

    /// <summary>Waits a moment for outstanding answers and closes.</summary>
    Task CloseAsync();

    /// <summary>Breaks the connection as the end of a process does.</summary>
    Task CutAsync();
}

/// <summary>How a request is sent that is waited for.</summary>
/// <param name="Urgent">True: it may use the minute's weight to its end, as orders and cancels do.</param>
/// <param name="ByRest">True: over REST although the connection seems to stand.</param>
/// <param name="TimeOut">How long its answer may take; null for the usual time.</param>
internal readonly record struct CallOptions(bool Urgent = false, bool ByRest = false, TimeSpan? TimeOut = null);

/// <summary>Told what becomes of the account's connection.</summary>
internal interface ILinkOwner
{
    /// <summary>An event of the user data stream.</summary>
    void OnEvent(System.Text.Json.JsonElement json);

    /// <summary>The account is subscribed to; what happened before is to be asked for.</summary>
    void OnUp();

    /// <summary>Nothing is reported any more.</summary>
    void OnDown(string why);

    /// <summary>The venue refused for a limit: nothing is sent for a while.</summary>
    void OnLimit(VenueMethod method, VenueAnswer answer);

    /// <summary>A request is held back until there is room for its weight.</summary>
    void OnHeld(VenueMethod method, TimeSpan wait);

    /// <summary>The venue refused a stamp: our clock is to be measured.</summary>
    void OnStampRefused();

    /// <summary>A part failed in a way that nothing provides for.</summary>
    void OnFailed(Exception failure);
}
