namespace EventSourcedMM.Domain.Book;

/// <summary>One price level of a book or of a diff.</summary>
/// <param name="Price">Price units, positive.</param>
/// <param name="Quantity">Displayed quantity in quantity units; in a diff it is absolute and 0 removes the level.</param>
public readonly record struct Level(long Price, long Quantity);

/// <summary>
/// A run of levels in somebody's array. It is a view: levels that a reader hands out stay valid until the reader moves on.
/// </summary>
public readonly struct LevelList
{
    private readonly Level[]? levels;
    private readonly int start;

    /// <summary>A view over part of an array.</summary>
    public LevelList(Level[] levels, int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, levels.Length);
        this.levels = levels;
        this.start = start;
        Count = count;
    }

    /// <summary>A view over a whole array.</summary>
    public LevelList(params Level[] levels)
        : this(levels, 0, levels.Length)
    {
    }

    /// <summary>Number of levels.</summary>
    public int Count { get; }

    /// <summary>The levels in the order they were sent.</summary>
    public ReadOnlySpan<Level> Span => new(levels, start, Count);

    /// <summary>A view over some of them.</summary>
    public LevelList Slice(int first, int count) => count == 0 ? default : new(levels!, start + first, count);

    /// <summary>A copy that stays valid.</summary>
    public LevelList Copy() => new(Span.ToArray());
}

/// <summary>Buy or sell.</summary>
public enum Side
{
    /// <summary>The buying side.</summary>
    Bid = 0,

    /// <summary>The selling side.</summary>
    Ask = 1,
}

/// <summary>
/// What is known about the book. Quoting is allowed in <see cref="Synced"/> alone.
/// Source: Binance's procedure for a local order book (web-socket-streams.md, "How to manage a local order book correctly").
/// </summary>
public enum BookState
{
    /// <summary>No snapshot yet: diffs are kept until one comes.</summary>
    Buffering = 0,

    /// <summary>Snapshot and every diff since are applied without a hole.</summary>
    Synced = 1,

    /// <summary>An update id is missing: the book is discarded until a new snapshot comes.</summary>
    Gap = 2,

    /// <summary>Best bid at or above best ask after a diff; ends with the diff that uncrosses it.</summary>
    Crossed = 3,

    /// <summary>One side is empty: there is no mid.</summary>
    OneSided = 4,

    /// <summary>Built from partial book snapshots alone (a depth20 recording): the levels shown are right, others are unknown.</summary>
    Partial = 5,
}

/// <summary>Why the book's state changed.</summary>
public enum BookReason
{
    /// <summary>A snapshot (and what was buffered) made the book whole.</summary>
    SnapshotApplied = 0,

    /// <summary>A diff's first update id is beyond the next expected one.</summary>
    MissingUpdates = 1,

    /// <summary>Best bid met best ask.</summary>
    BestPricesCrossed = 2,

    /// <summary>Best prices parted again.</summary>
    BestPricesUncrossed = 3,

    /// <summary>A side ran out of levels.</summary>
    SideEmptied = 4,

    /// <summary>A new recording or connection started.</summary>
    Restarted = 5,

    /// <summary>Both sides have levels again.</summary>
    SideRefilled = 6,

    /// <summary>The first partial book snapshot arrived.</summary>
    PartialBook = 7,

    /// <summary>A checkpoint set the book at the start of a stored day.</summary>
    Checkpoint = 8,

    /// <summary>The snapshot is older than the first diff kept: it cannot be joined to the stream.</summary>
    SnapshotTooOld = 9,

    /// <summary>No diff reaches the snapshot's update id: it is not of this stream.</summary>
    SnapshotTooNew = 10,
}
