namespace EventSourcedMM.Stores.Copying;

/// <summary>How a <see cref="JournalForwarder"/> behaves.</summary>
public sealed record ForwarderOptions
{
    /// <summary>Events of a batch at most.</summary>
    public int MaxEvents { get; init; } = CarriedBatch.MaxEvents;

    /// <summary>Bytes of a batch at most, but for a single event that is larger.</summary>
    public int MaxBytes { get; init; } = CarriedBatch.MaxBytes;

    /// <summary>
    /// How long the writer of a stream that grows is waited for to bring its events to the disk, which captures and live runs do every
    /// second; then the forwarder does it.
    /// </summary>
    public TimeSpan FlushPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>First wait after the server went away, or takes nothing; it doubles up to <see cref="MaxRetryInterval"/>.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait between two attempts.</summary>
    public TimeSpan MaxRetryInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The alarm is raised when the server has been away, or has taken nothing that there was for it, for so long.</summary>
    public TimeSpan AlarmAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The alarm is raised when so many events of the journal are not on the server.</summary>
    public long AlarmBehind { get; init; } = 1_000_000;

    /// <summary>Ends with an error when the server has been away, or has taken nothing that there was for it, for so long; null waits for ever.</summary>
    public TimeSpan? GiveUpAfter { get; init; }

    /// <summary>Told after each batch and each failed attempt.</summary>
    public Action<ForwarderProgress>? Progress { get; init; }

    /// <summary>
    /// Told when the server has less of a stream than it had acknowledged: it was emptied, or restored from a backup. This stream is
    /// carried anew; what else it has lost, it does not say.
    /// </summary>
    public Action<Domain.Events.StreamName>? Lost { get; init; }

    /// <summary>Told once when there is reason for concern, and once when the server has caught up: when no more is missing there than a batch holds.</summary>
    public Action<ForwarderAlarm>? Alarm { get; init; }
}

/// <summary>Where a forwarder is.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Journal">Last sequence known to be in the journal.</param>
/// <param name="Server">Last sequence that the server has acknowledged.</param>
/// <param name="Away">How long the server has been away or has taken nothing, since the first attempt that failed; zero while it takes what there is.</param>
public readonly record struct ForwarderProgress(Domain.Events.StreamName Stream, long Journal, long Server, TimeSpan Away)
{
    /// <summary>Events that the server does not have yet.</summary>
    public long Behind => Math.Max(0, Journal - Server);
}

/// <summary>Something somebody should look at. Nothing is lost while it lasts: the journal holds the events.</summary>
/// <param name="Progress">Where the forwarder is.</param>
/// <param name="Raised">True when it begins, false when it is over.</param>
/// <param name="Reason">What it is, without secrets.</param>
public readonly record struct ForwarderAlarm(ForwarderProgress Progress, bool Raised, string Reason);
