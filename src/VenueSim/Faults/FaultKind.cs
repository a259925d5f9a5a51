namespace EventSourcedMM.VenueSim.Faults;

/// <summary>What can go wrong between the venue and its clients.</summary>
public enum FaultKind
{
    /// <summary>A stream message is never sent.</summary>
    Drop,

    /// <summary>A stream message is sent twice.</summary>
    Duplicate,

    /// <summary>A stream message is sent after the next one.</summary>
    Reorder,

    /// <summary>A stream message is sent late; later ones pass it.</summary>
    Delay,

    /// <summary>A connection is silent for a while; then everything comes at once.</summary>
    Stall,

    /// <summary>A connection breaks without a word.</summary>
    Cut,

    /// <summary>A connection stays open and nothing comes or goes on it any more.</summary>
    HalfOpen,

    /// <summary>GET depth answers with a book from 30 to 60 seconds ago.</summary>
    StaleSnapshot,

    /// <summary>GET depth answers late, with the book of when it was asked.</summary>
    SlowSnapshot,

    /// <summary>A REST request is answered with a 5xx status.</summary>
    ServerError,

    /// <summary>The venue's own time is wrong: in GET time, exchangeInfo and the stamps of stream messages.</summary>
    WrongClock,

    /// <summary>serverShutdown is announced, then every connection is closed; new ones are welcome.</summary>
    Shutdown,

    /// <summary>An order request is executed, and its answer is never sent.</summary>
    LostAnswer,

    /// <summary>An order request is answered with a time-out (-1007); it was executed, or it was not.</summary>
    UnknownStatus,

    /// <summary>The connection breaks when an order request has come; it is executed, or it is not.</summary>
    CutRequest,

    /// <summary>The reports of an order request come before its answer.</summary>
    EarlyReport,

    /// <summary>A report comes twice.</summary>
    DoubleReport,

    /// <summary>A report comes late; later ones pass it.</summary>
    LateReport,

    /// <summary>An order is filled wholly just before its cancel, which is refused.</summary>
    FillBeforeCancel,

    /// <summary>The cancel of a cancel-replace is done and its new order refused.</summary>
    HalfReplace,

    /// <summary>A new order is refused for want of balance.</summary>
    NoBalance,

    /// <summary>The address is banned for a while: 418.</summary>
    Ban,

    /// <summary>A report is never told, and its connection stands.</summary>
    LostReport,

    /// <summary>A new order is refused in words that repeat the API key and its secret.</summary>
    EchoKeys,
}

/// <summary>Names of faults as users write them.</summary>
internal static class FaultNames
{
    private static readonly string[] Names =
    [
        "drop", "duplicate", "reorder", "delay", "stall", "cut", "half-open", "stale-snapshot", "slow-snapshot", "server-error", "wrong-clock", "shutdown",
        "lost-answer", "unknown-status", "cut-request", "early-report", "double-report", "late-report", "fill-before-cancel", "half-replace", "no-balance", "ban",
        "lost-report", "echo-keys",
    ];

    /// <summary>All kinds, in order.</summary>
    public static IEnumerable<FaultKind> All => Enumerable.Range(0, Names.Length).Select(i => (FaultKind)i);

    /// <summary>All names, for messages.</summary>
    public static string List => string.Join(", ", Names);

    /// <summary>Name of a kind.</summary>
    public static string Name(this FaultKind kind) => Names[(int)kind];

    /// <summary>Kind of a name; null when there is none.</summary>
    public static FaultKind? Find(string? name) => Array.IndexOf(Names, name) is >= 0 and var index ? (FaultKind)index : null;
}
