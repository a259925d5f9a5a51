using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Web.Timelines;

/// <summary>A book kept in memory, to start from.</summary>
/// <param name="Sequence">Last event folded into it.</param>
/// <param name="Recording">The recording it is of.</param>
/// <param name="Instrument">The instrument in force.</param>
/// <param name="Checkpoint">The book.</param>
internal sealed record BookKeyframe(long Sequence, RecordingStarted Recording, InstrumentDefined Instrument, BookCheckpoint Checkpoint)
{
    /// <summary>Keeps a book that rests.</summary>
    public static BookKeyframe Of(BookFold fold) => new(fold.Sequence, fold.Recording, fold.Instrument, fold.Tracker.Checkpoint());

    /// <summary>The book again, as the fold of all events up to it.</summary>
    public BookFold Restore()
    {
        var fold = new BookFold();
        fold.On(Header(EventType.RecordingStarted, RecordingStarted.Version), Recording);
        fold.On(Header(EventType.InstrumentDefined, InstrumentDefined.Version), Instrument);
        fold.On(Header(EventType.BookCheckpoint, BookCheckpoint.Version), Checkpoint);
        return fold;
    }

    private EventHeader Header(EventType type, int version) => new(Sequence, type, version, 0, 0, Cause.None);
}

/// <summary>What may be asked of a book.</summary>
internal static class BookTrust
{
    /// <summary>True when the book may be quoted on.</summary>
    public static bool IsUsable(this BookTracker tracker) => tracker.State is BookState.Synced or BookState.Partial && tracker.Book.HasBothSides;
}
