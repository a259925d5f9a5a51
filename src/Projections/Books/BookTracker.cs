using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// The book as a state machine over snapshots and diffs, by Binance's procedure (web-socket-streams.md, "How to manage
/// a local order book correctly", wording of 2025-11-12). After a gap it waits for a snapshot; diffs that arrive
/// meanwhile are kept and applied on top of it. A snapshot that arrives while the book follows is kept too: a recorder
/// that was restarted writes its snapshot before the first diff, and that diff is what shows the hole.
/// </summary>
public sealed partial class BookTracker
{
    /// <summary>Diffs kept while waiting for a snapshot: about seven minutes at 100 ms. Older ones are dropped.</summary>
    public const int MaxBuffered = 4_096;

    /// <summary>Diffs that may all be older than the snapshot just applied: a minute at 100 ms. Then it is not of this stream.</summary>
    public const int MaxBehindSnapshot = 600;

    private const int Joined = -1;

    private readonly List<BufferedDiff> buffer = [];

    // A snapshot ahead of the book, in case the diffs up to it never come.
    private KeptSnapshot? ahead;

    // Diffs ignored since the snapshot was applied; Joined once a diff went on from it.
    private int behind = Joined;

    /// <summary>The book. Meaningful only in <see cref="BookState.Synced"/>, Crossed, OneSided and Partial.</summary>
    public OrderBook Book { get; } = new();

    /// <summary>What is known about the book.</summary>
    public BookState State { get; private set; } = BookState.Buffering;

    /// <summary>Last update id applied; 0 before any.</summary>
    public long LastUpdateId { get; private set; }

    /// <summary>Diffs applied since the recording began.</summary>
    public long DiffsApplied { get; private set; }

    /// <summary>Diffs that arrived with nothing new (u at or before the book's id).</summary>
    public long DiffsIgnored { get; private set; }

    /// <summary>Holes seen: diffs whose first update id was beyond the next expected one.</summary>
    public long Gaps { get; private set; }

    /// <summary>Diffs waiting for a snapshot.</summary>
    public int BufferedCount => buffer.Count;

    /// <summary>The transition that the last call made, if <see cref="Changed"/>.</summary>
    public BookStateChanged LastChange { get; private set; }

    /// <summary>True when the last call moved the state machine.</summary>
    public bool Changed { get; private set; }

    /// <summary>True when the book follows the venue, even if it cannot be quoted on.</summary>
    public bool Follows => State is BookState.Synced or BookState.Crossed or BookState.OneSided;

    /// <summary>True when a checkpoint carries everything that a later transition may depend on: nothing is kept for later.</summary>
    public bool IsACheckpoint => Follows && buffer.Count == 0 && ahead is null && behind == Joined;

    /// <summary>True when a diff would change the book as the next in order.</summary>
    public bool WouldApply(in DepthDiff diff) =>
        Follows && diff.FinalUpdateId > LastUpdateId && diff.FirstUpdateId <= LastUpdateId + 1;

    /// <summary>A diff arrived.</summary>
    public void Apply(in DepthDiff diff)
    {
        Changed = false;
        RequireOrdered(diff.FirstUpdateId, diff.FinalUpdateId);
        if (!Follows)
        {
            Keep(diff);
            return;
        }

        if (diff.FinalUpdateId <= LastUpdateId)
        {
            DiffsIgnored++;
            if (behind != Joined && ++behind > MaxBehindSnapshot)
            {
                Lose(diff, BookReason.SnapshotTooNew);
            }

            return;
        }

        if (diff.FirstUpdateId > LastUpdateId + 1)
        {
            Gaps++;
            if (ahead is { } kept && diff.FirstUpdateId <= kept.LastUpdateId + 1)
            {
                Resume(kept, diff);
            }
            else
            {
                Lose(diff, BookReason.MissingUpdates);
            }

            return;
        }

        Book.Apply(diff.Bids.Span, diff.Asks.Span);
        DiffsApplied++;
        behind = Joined;
        var expectedId = LastUpdateId + 1;
        LastUpdateId = diff.FinalUpdateId;
        if (ahead is { } passed && passed.LastUpdateId <= LastUpdateId)
        {
            ahead = null;
        }

        Settle(expectedId, diff.FirstUpdateId, diff.FinalUpdateId);
    }

    /// <summary>
    /// A snapshot arrived. While the book follows the venue a snapshot changes nothing: the diffs are the finer source.
    /// It is kept while it is ahead of them, and becomes the book if a hole opens that it closes.
    /// Otherwise it becomes the book at once, if the kept diffs join it without a hole.
    /// </summary>
    public void Apply(in BookSnapshot snapshot)
    {
        Changed = false;
        if (Follows)
        {
            if (snapshot.LastUpdateId > LastUpdateId && !(ahead?.LastUpdateId >= snapshot.LastUpdateId))
            {
                ahead = new KeptSnapshot(snapshot.LastUpdateId, snapshot.Bids.Span.ToArray(), snapshot.Asks.Span.ToArray());
            }

            return;
        }

        // Diffs up to the snapshot are in it already.
        DiffsIgnored += buffer.RemoveAll(UpTo(snapshot.LastUpdateId));
        if (buffer.Count > 0 && buffer[0].First > snapshot.LastUpdateId + 1)
        {
            // Older than the stream: wait for another one. The state stays; the refusal is a transition onto itself.
            Move(State, BookReason.SnapshotTooOld, buffer[0].First, snapshot.LastUpdateId, snapshot.LastUpdateId);
            return;
        }

        Book.Reset(snapshot.Bids.Span, snapshot.Asks.Span);
        LastUpdateId = snapshot.LastUpdateId;
        behind = 0;
        var kept = 0;
        for (; kept < buffer.Count && buffer[kept].First <= LastUpdateId + 1; kept++)
        {
            var diff = buffer[kept];
            if (diff.Final > LastUpdateId)
            {
                Book.Apply(diff.Bids, diff.Asks);
                DiffsApplied++;
                behind = Joined;
                LastUpdateId = diff.Final;
            }
            else
            {
                DiffsIgnored++;
            }
        }

        if (kept < buffer.Count)
        {
            // A hole among the kept diffs: what follows it waits for the next snapshot.
            var expected = LastUpdateId + 1;
            var beyond = buffer[kept];
            buffer.RemoveRange(0, kept);
            Gaps++;
            Move(BookState.Gap, BookReason.MissingUpdates, expected, beyond.First, beyond.Final);
            return;
        }

        buffer.Clear();
        Enter(BookReason.SnapshotApplied, 0, 0, LastUpdateId);
    }

    /// <summary>
    /// A partial book arrived. It is the book only where there is nothing better: in recordings without diffs.
    /// </summary>
    public void Apply(in PartialBook partial)
    {
        Changed = false;
        if (State != BookState.Partial && (State != BookState.Buffering || buffer.Count > 0 || DiffsApplied > 0))
        {
            return;
        }

        if (State == BookState.Partial && partial.LastUpdateId <= LastUpdateId)
        {
            return;
        }

        Book.Reset(partial.Bids.Span, partial.Asks.Span);
        LastUpdateId = partial.LastUpdateId;
        if (State != BookState.Partial)
        {
            Move(BookState.Partial, BookReason.PartialBook, 0, 0, partial.LastUpdateId);
        }
    }

    /// <summary>The start of a stored day: sets an empty book, or must equal the book carried over.</summary>
    /// <exception cref="InvariantBrokenException">The carried book differs: the day does not follow from the one before.</exception>
    public void Apply(in BookCheckpoint checkpoint)
    {
        Changed = false;
        Forget();
        if (State == BookState.Buffering && LastUpdateId == 0)
        {
            Book.Reset(checkpoint.Bids.Span, checkpoint.Asks.Span);
            LastUpdateId = checkpoint.LastUpdateId;
            DiffsApplied = checkpoint.DiffsApplied;
            if (checkpoint.State != BookState.Buffering)
            {
                State = checkpoint.State;
            }

            return;
        }

        var same = checkpoint.State == State && checkpoint.LastUpdateId == LastUpdateId && checkpoint.DiffsApplied == DiffsApplied
            && SameLevels(Book.Bids, checkpoint.Bids.Span) && SameLevels(Book.Asks, checkpoint.Asks.Span);
        if (!same)
        {
            throw new InvariantBrokenException(
                $"The book checkpoint at update id {checkpoint.LastUpdateId} ({checkpoint.State}) is not the book carried over from before ({State}, update id {LastUpdateId}).");
        }
    }

    /// <summary>
    /// A new connection: what was known is void until a new snapshot. It is a transition in every state, also onto
    /// itself: kept diffs are lost, and each restart of a connection is to be seen in the recording.
    /// </summary>
    public void Restart()
    {
        Forget();
        Book.Bids.Clear();
        Book.Asks.Clear();
        Move(BookState.Buffering, BookReason.Restarted, LastUpdateId + 1, 0, 0);
        LastUpdateId = 0;
    }

    /// <summary>The book as a checkpoint for the start of a day.</summary>
    public BookCheckpoint Checkpoint() => new()
    {
        State = State,
        LastUpdateId = LastUpdateId,
        DiffsApplied = DiffsApplied,
        Bids = new LevelList(Book.Bids.ToLevels()),
        Asks = new LevelList(Book.Asks.ToLevels()),
    };

    /// <summary>
    /// Writes everything that a later transition may depend on, in its one order, for the state hash: state, ids, both
    /// sides best first, the diffs that wait for a snapshot, the snapshot set aside, and the diffs seen behind it.
    /// </summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed((long)State);
        writer.Signed(LastUpdateId);
        writer.Signed(DiffsApplied);
        WriteSide(writer, Book.Bids);
        WriteSide(writer, Book.Asks);
        writer.Signed(buffer.Count);
        foreach (var diff in buffer)
        {
            writer.Signed(diff.First);
            writer.Signed(diff.Final);
            WriteLevels(writer, diff.Bids);
            WriteLevels(writer, diff.Asks);
        }

        writer.Signed(ahead is null ? 0 : 1);
        if (ahead is { } kept)
        {
            writer.Signed(kept.LastUpdateId);
            WriteLevels(writer, kept.Bids);
            WriteLevels(writer, kept.Asks);
        }

        writer.Signed(behind);
    }

    private static void WriteSide(CanonicalWriter writer, BookSide side)
    {
        writer.Signed(side.Count);
        for (var rank = 0; rank < side.Count; rank++)
        {
            var level = side[rank];
            writer.Signed(level.Price);
            writer.Signed(level.Quantity);
        }
    }

    private static void WriteLevels(CanonicalWriter writer, Level[] levels)
    {
        writer.Signed(levels.Length);
        foreach (ref readonly var level in levels.AsSpan())
        {
            writer.Signed(level.Price);
            writer.Signed(level.Quantity);
        }
    }

    private static Predicate<BufferedDiff> UpTo(long updateId) => diff => diff.Final <= updateId;

    private static bool SameLevels(BookSide side, ReadOnlySpan<Level> levels)
    {
        if (side.Count != levels.Length)
        {
            return false;
        }

        for (var rank = 0; rank < levels.Length; rank++)
        {
            if (side[rank] != levels[rank])
            {
                return false;
            }
        }

        return true;
    }

    private static void RequireOrdered(long first, long final)
    {
        if (first > final)
        {
            throw new InvariantBrokenException($"A depth diff says its first update id is {first} and its last {final}.");
        }
    }

    // What a checkpoint does not carry is forgotten by those who carry the book over it, too: both go on alike.
    private void Forget()
    {
        buffer.Clear();
        ahead = null;
        behind = Joined;
    }

    // The book does not follow any more: this diff is the first to be kept for the next snapshot.
    private void Lose(in DepthDiff diff, BookReason reason)
    {
        Forget();
        Keep(diff);
        Move(BookState.Gap, reason, LastUpdateId + 1, diff.FirstUpdateId, diff.FinalUpdateId);
    }

    // Updates are missing, but the kept snapshot has them: the book goes on from there.
    private void Resume(KeptSnapshot kept, in DepthDiff diff)
    {
        var expected = LastUpdateId + 1;
        ahead = null;
        Book.Reset(kept.Bids, kept.Asks);
        LastUpdateId = kept.LastUpdateId;
        behind = 0;
        if (diff.FinalUpdateId > LastUpdateId)
        {
            Book.Apply(diff.Bids.Span, diff.Asks.Span);
            DiffsApplied++;
            behind = Joined;
            LastUpdateId = diff.FinalUpdateId;
        }
        else
        {
            DiffsIgnored++;
        }

        Enter(BookReason.SnapshotApplied, expected, diff.FirstUpdateId, diff.FinalUpdateId);
    }

    private void Keep(in DepthDiff diff)
    {
        if (buffer.Count == MaxBuffered)
        {
            buffer.RemoveAt(0);
        }

        buffer.Add(new BufferedDiff(diff.FirstUpdateId, diff.FinalUpdateId, diff.Bids.Span.ToArray(), diff.Asks.Span.ToArray()));
    }

    // After a change of the book: which of the three "following" states is it in?
    private void Settle(long expected, long first, long final)
    {
        var state = !Book.HasBothSides ? BookState.OneSided
            : Book.Bids.BestPrice >= Book.Asks.BestPrice ? BookState.Crossed
            : BookState.Synced;
        if (state == State)
        {
            return;
        }

        var reason = state switch
        {
            BookState.Crossed => BookReason.BestPricesCrossed,
            BookState.OneSided => BookReason.SideEmptied,
            _ => State == BookState.OneSided ? BookReason.SideRefilled : BookReason.BestPricesUncrossed,
        };
        Move(state, reason, expected, first, final);
    }

    private void Enter(BookReason reason, long expected, long first, long final)
    {
        var state = !Book.HasBothSides ? BookState.OneSided
            : Book.Bids.BestPrice >= Book.Asks.BestPrice ? BookState.Crossed
            : BookState.Synced;
        Move(state, reason, expected, first, final);
    }

    private void Move(BookState to, BookReason reason, long expected, long first, long final)
    {
        LastChange = new BookStateChanged
        {
            From = State,
            To = to,
            Reason = reason,
            ExpectedUpdateId = expected,
            FirstUpdateId = first,
            FinalUpdateId = final,
        };
        State = to;
        Changed = true;
    }

    private sealed record KeptSnapshot(long LastUpdateId, Level[] Bids, Level[] Asks);

    private sealed record BufferedDiff(long First, long Final, Level[] Bids, Level[] Asks);
}
