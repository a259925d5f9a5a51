using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Live.Trading;

/// <summary>What a live run does.</summary>
public sealed record LiveOptions
{
    /// <summary>What it trades with.</summary>
    public LiveMode Mode { get; init; }

    /// <summary>What is recorded, from where: the same as a capture.</summary>
    public required CaptureOptions Capture { get; init; }

    /// <summary>Strategy of each symbol.</summary>
    public required IReadOnlyDictionary<string, StrategyConfiguration> Strategies { get; init; }

    /// <summary>Paper: who trades first at our price.</summary>
    public QueueModel Queue { get; init; } = QueueModel.Fifo;

    /// <summary>Paper: maker commission in millionths.</summary>
    public long FeePartsPerMillion { get; init; } = 1_000;

    /// <summary>Limits over all symbols; off for none.</summary>
    public PortfolioConfiguration Portfolio { get; init; } = PortfolioConfiguration.Off;

    /// <summary>Makes the way to the venue's account; null on paper.</summary>
    public Func<Clock, Gateway.IOrderGateway>? Gateway { get; init; }

    /// <summary>File by which <c>mm guard</c> sees that the loops turn; null for none.</summary>
    public string? Heartbeat { get; init; }

    /// <summary>True: a decision is on the disk before its order leaves. False: it is with the operating system, where a killed process does not lose it.</summary>
    public bool DecisionsOnDisk { get; init; }

    /// <summary>
    /// True against a simulated venue in lockstep, for a proof of parity: the venue is told when everything was stepped, the run ends as
    /// a recording ends, without the kill switch (orders are cancelled all the same), and answers take no time.
    /// </summary>
    public bool Lockstep { get; init; }

    /// <summary>True: the kill switch closes the position, unless whoever pulls it says otherwise.</summary>
    public bool FlattenOnKill { get; init; }

    /// <summary>How long the position is tried to be closed, by the venue's clock.</summary>
    public TimeSpan FlattenPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>End of the session that T−t runs down to, in nanoseconds since the epoch: the run ends then. Null for none.</summary>
    public long? SessionEnd { get; init; }

    /// <summary>
    /// Cancels everything in some symbols without a gateway, where a run that goes on cannot start, unless the keys are of another account
    /// than the one given; null on paper.
    /// </summary>
    public Func<Clock, long, IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<Gateway.CancelAllOutcome>>>? Sweep { get; init; }

    /// <summary>Input events from one kept state of the engine to the next; a restart goes on from the last whole one.</summary>
    public long SnapshotInterval { get; init; } = Projections.Engine.HashInterval;

    /// <summary>How long the venue is asked to cancel everything, and then to tell how the orders ended.</summary>
    public TimeSpan CancelPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest time from the kill switch to the end of the process that this configuration allows, by the machine's clock, at a venue
    /// that is slow or silent: a sweep and the ends of its orders, closing the position and another sweep, or a last sweep where none was
    /// confirmed, and the farewell. Whatever supervises the process waits longer before it kills it.
    /// </summary>
    public TimeSpan LongestEnd => (CancelPatience * 2) + (FlattenOnKill ? FlattenPatience + (CancelPatience * 2) : TimeSpan.Zero) + LongestFarewell;

    // Closing the account's connection, the last turns and the seals.
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(15);

    /// <summary>True to leave an unfinished run as it is and start another.</summary>
    public bool StartAnew { get; init; }

    /// <summary>Makes a run's first event; whoever replays runs makes it the same way.</summary>
    public required Func<LiveStart, RunStarted> Header { get; init; }

    /// <summary>Version of the engine that seals a run.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>What else is to stand in the manifest of a symbol's run: what bounds it, and where it traded. Told the symbol and the configuration in force at the end.</summary>
    public Func<string, StrategyConfiguration, IEnumerable<KeyValuePair<string, string>>> Settings { get; init; } = (_, _) => [];

    /// <summary>Figures for lists of runs, for the manifest of a finished one.</summary>
    public required Func<FinishedSymbol, IEnumerable<KeyValuePair<string, string>>> Notes { get; init; }
}

/// <summary>What a run's first event is made from.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Options">What it does.</param>
/// <param name="Symbol">Symbol.</param>
/// <param name="Instrument">The instrument in force.</param>
/// <param name="Input">First stream that it reads.</param>
/// <param name="Time">First receive stamp of the run in nanoseconds since the epoch.</param>
public sealed record LiveStart(string Run, LiveOptions Options, string Symbol, Instrument Instrument, StreamName Input, long Time)
{
    /// <summary>PnL of the day that earlier runs of the symbol made, in money.</summary>
    public Int128 CarriedDayPnl { get; init; }

    /// <summary>Fall from the peak that the last of them stood at, positive, in money.</summary>
    public Int128 CarriedDrawdown { get; init; }
}

/// <summary>A live run cannot start or go on as asked; the message says why and what to do.</summary>
public class LiveRunException(string what, Exception? cause = null) : Exception(what, cause);

/// <summary>A living process runs the run: nothing of it is another one's to touch.</summary>
public sealed class RunningElsewhereException(string what, Exception? cause = null) : LiveRunException(what, cause);
