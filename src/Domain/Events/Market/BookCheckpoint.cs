using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The whole book at the start of a stored day, so that the day replays alone. It must equal the book that a replay from before carries.</summary>
public struct BookCheckpoint : IPayload<BookCheckpoint>
{
    /// <summary>State of the book.</summary>
    public BookState State;

    /// <summary>Last update id applied.</summary>
    public long LastUpdateId;

    /// <summary>Diffs applied since the recording began.</summary>
    public long DiffsApplied;

    /// <summary>All bid levels, best first.</summary>
    public LevelList Bids;

    /// <summary>All ask levels, best first.</summary>
    public LevelList Asks;

    /// <inheritdoc/>
    public static EventType Type => EventType.BookCheckpoint;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref BookCheckpoint payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Code("state", ref payload.State);
        visit.Id("lastUpdateId", ref payload.LastUpdateId);
        visit.Count("diffsApplied", ref payload.DiffsApplied);
        visit.Levels("bids", ref payload.Bids);
        visit.Levels("asks", ref payload.Asks);
    }
}
