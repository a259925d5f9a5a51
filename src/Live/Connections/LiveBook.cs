using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Live.Connections;

/// <summary>
/// A book kept from a connection and nothing else: no recording. It can be compared, level by level, with a book that
/// begins from a fresh snapshot and is fed the same diffs until both stand at the same update id.
/// </summary>
public sealed class LiveBook(Instrument instrument) : IBookToSync, IStreamSink
{
    private readonly Lock gate = new();
    private readonly StreamParser parser = new(instrument);
    private readonly BookTracker tracker = new();
    private BookTracker? fresh;
    private BookComparison? compared;
    private Reach own;
    private Reach other;

    /// <inheritdoc/>
    public string Symbol => instrument.Symbol;

    /// <summary>Told when the book may need a snapshot.</summary>
    public Action? OnLost { get; set; }

    /// <summary>State of the book.</summary>
    public BookState State
    {
        get
        {
            lock (gate)
            {
                return tracker.State;
            }
        }
    }

    /// <summary>Holes seen.</summary>
    public long Gaps
    {
        get
        {
            lock (gate)
            {
                return tracker.Gaps;
            }
        }
    }

    /// <inheritdoc/>
    public bool NeedsSnapshot
    {
        get
        {
            lock (gate)
            {
                return !tracker.Follows;
            }
        }
    }

    /// <inheritdoc/>
    public bool HasDiffs
    {
        get
        {
            lock (gate)
            {
                return tracker.BufferedCount > 0;
            }
        }
    }

    /// <summary>The comparison under way, once both books stand at the same update id; null before.</summary>
    public BookComparison? Compared
    {
        get
        {
            lock (gate)
            {
                return compared;
            }
        }
    }

    /// <inheritdoc/>
    public void OnSnapshot(byte[] body)
    {
        lock (gate)
        {
            if (parser.Parse(body) == MessageKind.BookSnapshot)
            {
                own = Reach.Of(parser.Message.BookSnapshot.Bids.Span, parser.Message.BookSnapshot.Asks.Span);
                tracker.Apply(parser.Message.BookSnapshot);
            }
        }
    }

    /// <inheritdoc/>
    public void OnSnapshotFailed(Exception failure)
    {
        // Asked for again by whoever keeps the book in step.
    }

    /// <inheritdoc/>
    public void OnSnapshotHeld(HeldRequest held)
    {
        // It comes later; nobody records it here.
    }

    /// <summary>Diffs are kept from now on for a snapshot that is asked for next.</summary>
    public void BeginComparison()
    {
        lock (gate)
        {
            fresh = new BookTracker();
            compared = null;
        }
    }

    /// <summary>The snapshot came. False when it is not to be used: ask for another.</summary>
    public bool CompareWith(byte[] body)
    {
        lock (gate)
        {
            if (fresh is null || parser.Parse(body) != MessageKind.BookSnapshot)
            {
                return false;
            }

            other = Reach.Of(parser.Message.BookSnapshot.Bids.Span, parser.Message.BookSnapshot.Asks.Span);
            fresh.Apply(parser.Message.BookSnapshot);
            var joins = fresh.Follows;
            Compare();
            return joins;
        }
    }

    /// <inheritdoc/>
    public void OnBurst(StreamConnection connection) => gate.Enter();

    /// <inheritdoc/>
    public void OnBurstEnd(StreamConnection connection) => gate.Exit();

    /// <inheritdoc/>
    public void OnMessage(StreamConnection connection, long receiveTime, ReadOnlySpan<byte> utf8)
    {
        if (parser.Parse(utf8) != MessageKind.DepthDiff)
        {
            return;
        }

        tracker.Apply(parser.Message.DepthDiff);
        fresh?.Apply(parser.Message.DepthDiff);
        if (!tracker.Follows)
        {
            OnLost?.Invoke();
        }

        Compare();
    }

    private void Compare()
    {
        if (fresh is not { Follows: true } second || !tracker.Follows || second.LastUpdateId != tracker.LastUpdateId)
        {
            return;
        }

        // A snapshot shows so many levels: what lies beyond the nearer of both ends is unknown to one of the books.
        var bid = Math.Max(own.Bid, other.Bid);
        var ask = Math.Min(own.Ask, other.Ask);
        var (levels, different) = Count(tracker.Book.Bids, second.Book.Bids, p => p >= bid);
        var (more, differentToo) = Count(tracker.Book.Asks, second.Book.Asks, p => p <= ask);
        compared = new BookComparison(tracker.LastUpdateId, levels + more, different + differentToo);
        fresh = null;
    }

    private static (int Levels, int Different) Count(BookSide ours, BookSide theirs, Func<long, bool> isKnown)
    {
        var known = theirs.ToLevels().Where(l => isKnown(l.Price)).ToArray();
        var different = known.Count(l => ours.QuantityAt(l.Price) != l.Quantity)
            + ours.ToLevels().Count(l => isKnown(l.Price) && theirs.QuantityAt(l.Price) == 0);
        return (known.Length, different);
    }

    // How far a snapshot reaches: without an end where it shows all there is.
    private readonly record struct Reach(long Bid, long Ask)
    {
        public static Reach Of(ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks) => new(
            bids.Length < VenueRest.DeepestSnapshot ? 0 : bids[^1].Price,
            asks.Length < VenueRest.DeepestSnapshot ? long.MaxValue : asks[^1].Price);
    }
}

/// <summary>Two books at the same update id.</summary>
/// <param name="UpdateId">The update id.</param>
/// <param name="Levels">Levels compared.</param>
/// <param name="Different">Levels that one of them does not have, or with another quantity.</param>
public sealed record BookComparison(long UpdateId, int Levels, int Different);
