using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>Copies of a book from a while ago, for snapshots that are late (fault stale-snapshot). Two are kept, so that the older one is one to two intervals old.</summary>
internal sealed class BookCopies
{
    /// <summary>Nanoseconds between two copies.</summary>
    public const long Interval = 30_000_000_000;

    private BookCopy? older;
    private BookCopy? newer;

    /// <summary>The older copy; null before there is any.</summary>
    public BookCopy? Oldest => older ?? newer;

    /// <summary>Takes a copy when one is due.</summary>
    public void Offer(long now, RecordedTape tape)
    {
        if (newer is { } last && now - last.Time < Interval)
        {
            return;
        }

        older = newer;
        newer = new BookCopy(now, tape.UpdateId, tape.Tracker.Book.Bids.ToLevels(), tape.Tracker.Book.Asks.ToLevels());
    }
}

/// <summary>A book at a moment.</summary>
/// <param name="Time">Venue time in nanoseconds since the epoch.</param>
/// <param name="UpdateId">Update id as clients see it.</param>
/// <param name="Bids">Best first.</param>
/// <param name="Asks">Best first.</param>
internal sealed record BookCopy(long Time, long UpdateId, Level[] Bids, Level[] Asks);
