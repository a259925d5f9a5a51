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
    /// Trade ids of the fills that the journal holds for the working orders; all of the run's do no harm. A trade of one
    /// of these orders that is not among them becomes a fill.
    /// </summary>
    public IReadOnlySet<long> KnownTrades { get; init; } = new HashSet<long>();

    /// <summary>When the run started, in nanoseconds since the epoch: trades of the account before it are nobody's business; 0 for now.</summary>
    public long Since { get; init; }
}
