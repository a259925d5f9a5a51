using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Web.Timelines;

/// <summary>A book kept in memory, to start from; as canonical bytes, which take a quarter of the room.</summary>
/// <param name="Sequence">Last event folded into it.</param>
/// <param name="Recording">The recording it is of.</param>
/// <param name="Instrument">The instrument in force.</param>
/// <param name="Checkpoint">The book.</param>
internal sealed record BookKeyframe(long Sequence, ReadOnlyMemory<byte> Recording, ReadOnlyMemory<byte> Instrument, ReadOnlyMemory<byte> Checkpoint)
{
    /// <summary>Keeps a book that rests.</summary>
    public static BookKeyframe Of(BookFold fold) => new(fold.Sequence, Bytes(fold.Recording), Bytes(fold.Instrument), Bytes(fold.Tracker.Checkpoint()));

    /// <summary>The book again, as the fold of all events up to it.</summary>
    public BookFold Restore()
    {
        var fold = new BookFold();
        var arena = new LevelArena();
        fold.On(Header(EventType.RecordingStarted, RecordingStarted.Version), PayloadBytes.Read<RecordingStarted>(Recording.Span, arena));
        fold.On(Header(EventType.InstrumentDefined, InstrumentDefined.Version), PayloadBytes.Read<InstrumentDefined>(Instrument.Span, arena));
        fold.On(Header(EventType.BookCheckpoint, BookCheckpoint.Version), PayloadBytes.Read<BookCheckpoint>(Checkpoint.Span, arena));
        return fold;
    }

    /// <summary>A payload's canonical bytes.</summary>
    public static ReadOnlyMemory<byte> Bytes<T>(in T payload)
        where T : struct, IPayload<T>
    {
        var buffer = new ByteBuffer();
        EventRecord.WritePayload(buffer, payload);
        return buffer.Span.ToArray();
    }

    private EventHeader Header(EventType type, int version) => new(Sequence, type, version, 0, 0, Cause.None);
}

/// <summary>What may be asked of a book.</summary>
internal static class BookTrust
{
    /// <summary>True when the book may be quoted on.</summary>
    public static bool IsUsable(this BookTracker tracker) => tracker.State is BookState.Synced or BookState.Partial && tracker.Book.HasBothSides;
}
