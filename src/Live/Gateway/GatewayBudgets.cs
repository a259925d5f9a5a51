namespace EventSourcedMM.Live.Gateway;

/// <summary>What is used of the venue's limits now, as far as it is known.</summary>
/// <param name="WeightUsed">Request weight in the current minute.</param>
/// <param name="WeightLimit">Request weight that the venue allows in a minute.</param>
/// <param name="OrdersUsed">Unfilled orders counted in the current short window.</param>
/// <param name="OrdersLimit">What the venue allows in it.</param>
/// <param name="OrdersWindow">Length of the short window.</param>
/// <param name="OrdersOfDayUsed">Unfilled orders counted today (UTC).</param>
/// <param name="OrdersOfDayLimit">What the venue allows in a day.</param>
/// <param name="BlockedUntil">Nothing is sent before then (429, 418), in nanoseconds since the epoch; 0 when nothing is blocked.</param>
public readonly record struct GatewayBudgets(
    long WeightUsed,
    long WeightLimit,
    long OrdersUsed,
    long OrdersLimit,
    TimeSpan OrdersWindow,
    long OrdersOfDayUsed,
    long OrdersOfDayLimit,
    long BlockedUntil);

/// <summary>Whether orders may be sent, and how it stands with what that depends on.</summary>
/// <param name="IsUp">True while every symbol may send orders: connection, reconciliation and clock are in order, and nothing says that somebody else moved the account.</param>
/// <param name="Why">Why not, in words; empty while it is up.</param>
/// <param name="ReconciledAt">When a reconciliation last closed, in nanoseconds since the epoch; 0 for never.</param>
/// <param name="Findings">Findings of all reconciliations so far.</param>
public readonly record struct GatewayStatus(bool IsUp, string Why, long ReconciledAt, long Findings);

/// <summary>What went over the account's connections since the gateway was made: what a venue in lockstep is told (docs/venue.md).</summary>
/// <param name="Requests">Requests that change orders, sent.</param>
/// <param name="Frames">Messages received over the WebSocket API whose events are written already. A connection that ended keeps its count.</param>
public readonly record struct GatewayTraffic(long Requests, long Frames);

/// <summary>Our clock against the venue's, in nanoseconds.</summary>
/// <param name="Offset">Our clock minus the venue's: positive when ours is ahead.</param>
/// <param name="RoundTrip">How long asking took: the offset is uncertain by half of it.</param>
/// <param name="MeasuredAt">When, by our clock, since the epoch.</param>
/// <param name="Excessive">True when no orders are sent for it.</param>
public readonly record struct ClockReading(long Offset, long RoundTrip, long MeasuredAt, bool Excessive);
