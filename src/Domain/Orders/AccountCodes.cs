namespace EventSourcedMM.Domain.Orders;

/// <summary>Why the gateway compares itself with the venue.</summary>
public enum ReconciliationTrigger
{
    /// <summary>The session starts.</summary>
    Start = 0,

    /// <summary>The account's connection is back; what was reported meanwhile is lost.</summary>
    Reconnected = 1,

    /// <summary>It is time again.</summary>
    Periodic = 2,

    /// <summary>Something contradicted what was known.</summary>
    Doubt = 3,
}

/// <summary>How venue and engine differed.</summary>
public enum ReconciliationFinding
{
    /// <summary>A fill was not reported; it follows as orderFilled.</summary>
    MissedFill = 0,

    /// <summary>An order had ended without a report; its end follows.</summary>
    MissedEnd = 1,

    /// <summary>A request had arrived whose answer was lost; the answer follows.</summary>
    MissedAnswer = 2,

    /// <summary>A request never arrived; its refusal follows.</summary>
    NeverArrived = 3,

    /// <summary>The venue does not know an order that it had taken; its end follows.</summary>
    Vanished = 4,

    /// <summary>An order of another run of this program rests in the symbol.</summary>
    OrderOfOtherRun = 5,

    /// <summary>An order that this program did not place rests in the symbol.</summary>
    ForeignOrder = 6,

    /// <summary>A balance is not what fills and transfers make of it.</summary>
    Balance = 7,

    /// <summary>The account traded in the symbol by an order that is none of this run's.</summary>
    ForeignTrade = 8,
}

/// <summary>What the gateway asks the venue for.</summary>
public enum GatewayRequestKind
{
    /// <summary>A new order.</summary>
    Place = 0,

    /// <summary>The end of an order.</summary>
    Cancel = 1,

    /// <summary>The end of one and a new one together.</summary>
    CancelReplace = 2,

    /// <summary>A smaller quantity that keeps its place in the queue.</summary>
    Amend = 3,

    /// <summary>The end of all orders of a symbol.</summary>
    CancelAll = 4,

    /// <summary>A question that changes nothing.</summary>
    Query = 5,
}

/// <summary>What the gateway keeps to so that the venue need not refuse.</summary>
public enum GatewayLimit
{
    /// <summary>Weight of requests in a minute.</summary>
    RequestWeight = 0,

    /// <summary>Unfilled orders in the shorter window.</summary>
    OrderCountShort = 1,

    /// <summary>Unfilled orders of a day.</summary>
    OrderCountDay = 2,

    /// <summary>Orders that may rest in the symbol.</summary>
    OpenOrders = 3,

    /// <summary>The venue refuses everything until a time (429, 418).</summary>
    Ban = 4,

    /// <summary>Error of our clock.</summary>
    ClockError = 5,

    /// <summary>The connection is down or not reconciled.</summary>
    Connection = 6,

    /// <summary>A filter of the symbol: price, lot, notional or distance from the average price.</summary>
    Filter = 7,

    /// <summary>No new orders: everything is being cancelled, or the session ends.</summary>
    Closed = 8,
}
