namespace EventSourcedMM.Live.Gateway;

/// <summary>How a gateway behaves.</summary>
public sealed record GatewayOptions
{
    /// <summary>How long a signed request may be under way before the venue refuses it (recvWindow), at most a minute.</summary>
    public TimeSpan ReceiveWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer may take before the request counts as in doubt.</summary>
    public TimeSpan TimeOut { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest error of our clock against the venue's; beyond it no order is sent.</summary>
    public TimeSpan LargestClockError { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often the clock is measured.</summary>
    public TimeSpan ClockInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often everything is reconciled.</summary>
    public TimeSpan ReconciliationInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how long the account's connection is renewed; the venue ends it after 24 hours.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromHours(23.5);

    /// <summary>Self-trade prevention mode of orders, such as EXPIRE_MAKER; null for the symbol's default.</summary>
    public string? SelfTradePrevention { get; init; }

    /// <summary>True: orders that another run of this program left in the symbol are cancelled when they are found. Others' are left alone.</summary>
    public bool CancelOrdersOfOtherRuns { get; init; } = true;

    /// <summary>An order of another run that was placed later than this after the start is a living engine's: what a dead one had under way has arrived by then.</summary>
    public TimeSpan OtherRunGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True: an order that would meet one of our own is refused here. False where own orders may cross, as in a proof of parity: the model lets them.</summary>
    public bool PreventSelfTrades { get; init; } = true;

    /// <summary>True: where orders of a side are refused again and again the engine is told later and later, up to half a minute, and asks no earlier. False in a proof of parity.</summary>
    public bool PaceRefusals { get; init; } = true;

    /// <summary>True: a cancel and a new order of one side in one turn are sent as one cancelReplace. False where the order of answers has to be that of the requests, as in a proof of parity.</summary>
    public bool CombineReplacements { get; init; } = true;

    /// <summary>True: where the new order of such a pair is smaller at the same price, the old one is amended and keeps its place in the queue. A backtest knows no amendments: it places such an order anew, at the end of the queue.</summary>
    public bool KeepQueue { get; init; } = true;

    /// <summary>Seed of the waits between attempts to connect.</summary>
    public ulong Seed { get; init; }

    /// <summary>The weight budget of this address, when others use it too.</summary>
    public Connections.RequestBudget Weight { get; init; } = new();
}
