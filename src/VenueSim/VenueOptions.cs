using System.Net;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim;

/// <summary>What a venue serves, and how.</summary>
public sealed record VenueOptions
{
    /// <summary>The symbols; at least one, each once.</summary>
    public required IReadOnlyList<SymbolRecording> Symbols { get; init; }

    /// <summary>This machine's clock and timers, by which the venue's clock is scaled.</summary>
    public required TimeProvider Timers { get; init; }

    /// <summary>Address to listen on; a loopback address.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port; 0 picks a free one.</summary>
    public int Port { get; init; }

    /// <summary>How fast the clock runs.</summary>
    public VenueSpeed Speed { get; init; } = VenueSpeed.One;

    /// <summary>True: the window begins again when it ends, with ids and times going on.</summary>
    public bool Repeat { get; init; }

    /// <summary>True: all symbols start together, at the start of the earliest, whenever they were recorded.</summary>
    public bool Align { get; init; }

    /// <summary>True: the clock stands until it is resumed.</summary>
    public bool Paused { get; init; }

    /// <summary>Life of a connection in nanoseconds of the venue's clock.</summary>
    public long ConnectionLife { get; init; } = 24 * 3_600_000_000_000;

    /// <summary>Faults that happen by themselves.</summary>
    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>Seed of those.</summary>
    public ulong Seed { get; init; }

    /// <summary>The accounts; at least one.</summary>
    public IReadOnlyList<AccountOptions> Accounts { get; init; } = [AccountOptions.Usual];

    /// <summary>Who trades first when a print hits exactly an order's price.</summary>
    public QueueModel Queue { get; init; } = QueueModel.Fifo;

    /// <summary>How long requests, answers and reports take.</summary>
    public OrderLatency Latency { get; init; } = OrderLatency.None;

    /// <summary>True: one item at a time, as the client steps; the speed is of no account.</summary>
    public bool Lockstep { get; init; }

    /// <summary>True: the depth that is told shows what rests of the accounts' orders, as a real venue's does.</summary>
    public bool ShowOrders { get; init; }

    /// <summary>Unfilled orders allowed to an account in ten seconds.</summary>
    public long OrderLimit { get; init; } = 100;

    /// <summary>Request weight allowed in a minute.</summary>
    public long WeightLimit { get; init; } = 6_000;

    /// <summary>At full speed: how long the machine waits for a client that does not read before it is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Checks that the values can be served.</summary>
    /// <exception cref="ArgumentException">Says which cannot, and why.</exception>
    public VenueOptions Validated()
    {
        Require(Symbols.Count > 0, "a venue serves at least one symbol");
        Require(Symbols.Select(s => s.Symbol).Distinct().Count() == Symbols.Count, "a symbol is there twice");
        Require(Symbols.All(s => s.Days.Count > 0 && s.From < s.To), "every symbol needs recorded days and a window");
        Require(IPAddress.IsLoopback(Address), $"{Address} is not a loopback address: the simulated venue has no protection and never leaves this machine; listen on 127.0.0.1");
        Require(Port is >= 0 and <= 65_535, $"{Port} is not a port");
        Require(ConnectionLife > 0, "the life of a connection must be positive");
        Require(WeightLimit > 0, "the weight limit must be positive");
        Require(Accounts.Count > 0, "a venue has at least one account");
        Require(OrderLimit > 0, "the limit of orders must be positive");
        Require(Patience > TimeSpan.Zero, "the patience must be positive");
        return this;
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"The simulated venue cannot start: {rule}.");
        }
    }
}
