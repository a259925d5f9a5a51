using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Gateway;

/// <summary>What a run knows of a symbol when the gateway opens: all of it from the run's own journal.</summary>
public sealed record DeskStart
{
    /// <summary>Name of the run: the same after a restart that goes on with it.</summary>
    public required string Run { get; init; }

    /// <summary>The symbol.</summary>
    public required Instrument Instrument { get; init; }

    /// <summary>Orders not known to be over, from the engine's state; empty for a new run. Each is asked for by its client id.</summary>
    public IReadOnlyList<WorkingOrder> Working { get; init; } = [];

    /// <summary>
    /// The venue's ids of the working orders, from their orderAccepted: by our ordinal. An order that was amended just before
    /// a crash has another client id by now, and is found by this one.
    /// </summary>
    public IReadOnlyDictionary<long, long> VenueOrderIds { get; init; } = new Dictionary<long, long>();

    /// <summary>
    /// Trade ids of all fills of the symbol that the run's journal holds. A trade of a working order that is not among them
    /// becomes a fill; one of an order that is over stops the run; any other is reported as foreign.
    /// </summary>
    public IReadOnlySet<long> KnownTrades { get; init; } = new HashSet<long>();

    /// <summary>
    /// Every trade of the account up to this one is settled: the last reconciliation but one that closed had listed it, and the last one has found out
    /// what was open then. Trades are asked for from here on, never from the newest known: one below that may be missing. 0 where that is not known.
    /// </summary>
    public long SettledTrade { get; init; }

    /// <summary>The venue's number of the account that the run's orders are of; 0 for unknown. Keys of another account are refused.</summary>
    public long Account { get; init; }

    /// <summary>
    /// Balances when they were compared last, and the run's fills since; null where nothing is known. At the start the account is held against
    /// them: what somebody took out, put in or traded while no engine ran is a finding, and no order leaves before it is told.
    /// </summary>
    public KnownBalances? Balances { get; init; }

    /// <summary>Self-trade prevention mode of the symbol's orders, such as EXPIRE_MAKER; null for the venue's default.</summary>
    public string? SelfTradePrevention { get; init; }

    /// <summary>When the run started, in nanoseconds since the epoch: trades of the account before it are nobody's business; 0 for now.</summary>
    public long Since { get; init; }
}
