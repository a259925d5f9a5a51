namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// The way from decisions to a venue's account and back, for all symbols of a session. It never touches engine state:
/// requests go in through a symbol's <see cref="IOrderDesk"/>, everything that is to become an event comes out of it.
/// <para>
/// Life: <see cref="AddDesk"/> for every symbol, read every desk's <see cref="IOrderDesk.Events"/>, <see cref="OpenAsync"/>,
/// trade, <see cref="CancelAllAsync"/>, <see cref="CloseAsync"/>. The engine holds the decision in its journal before it
/// hands a request in; what was handed in before a crash and what was not is found out at the next start by asking the
/// venue for the client order ids that follow from run, symbol and the order's ordinal.
/// </para>
/// </summary>
public interface IOrderGateway : IAsyncDisposable
{
    /// <summary>What is used of the venue's limits.</summary>
    GatewayBudgets Budgets { get; }

    /// <summary>Whether orders may be sent, and why not. A gateway that does not say counts as down.</summary>
    GatewayStatus Status => new(false, "the gateway does not say", 0, 0);

    /// <summary>Requests sent and messages received so far.</summary>
    GatewayTraffic Traffic { get; }

    /// <summary>The last measurement of our clock against the venue's; null before <see cref="OpenAsync"/>.</summary>
    ClockReading? ClockError { get; }

    /// <summary>The venue's number of the account (uid); 0 before <see cref="OpenAsync"/>, or where the venue does not say.</summary>
    long Account { get; }

    /// <summary>Adds a symbol before the gateway is opened.</summary>
    /// <param name="start">What the run knows of the symbol's orders and trades.</param>
    IOrderDesk AddDesk(DeskStart start);

    /// <summary>
    /// Measures the clock, connects, subscribes to the account and reconciles every desk. The findings, the answers and fills
    /// that they stand for, the balances and at last connectionChanged "account" up are in the desks' events when this
    /// returns; the loop may read them meanwhile.
    /// </summary>
    /// <exception cref="OtherAccountException">The keys are of another account than the run's orders.</exception>
    /// <exception cref="GatewayException">Keys, permissions or an account setting make trading impossible; says what to do.</exception>
    /// <exception cref="Connections.VenueOutOfReachException">The venue cannot be reached now.</exception>
    /// <exception cref="Connections.VenueRefusedException">The venue refused to serve.</exception>
    Task OpenAsync(CancellationToken ct);

    /// <summary>
    /// Cancels every open order of the account in a symbol, whoever placed it, and confirms that none is left. Works also while
    /// the connection is down (by REST), while budgets are used up and while new orders are refused; repeats until
    /// it is confirmed, the time is over or it is stopped. The ends of this run's orders come out of the desk as events.
    /// From the call on, the desk refuses new orders until <see cref="IOrderDesk.AllowOrders"/>.
    /// </summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>How many were cancelled, and whether it is confirmed that none is left. It never throws for the venue's sake.</returns>
    Task<CancelAllOutcome> CancelAllAsync(string symbol, CancellationToken ct);

    /// <summary>
    /// Ends: sends nothing more, waits for outstanding answers up to a few seconds, closes the connections, and completes every
    /// desk's <see cref="IOrderDesk.Events"/>. Orders stay where they are: call <see cref="CancelAllAsync"/> first.
    /// </summary>
    Task CloseAsync(CancellationToken ct);
}
