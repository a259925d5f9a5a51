using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>A full or partial book from the venue's REST API (GET /api/v3/depth). Levels outside it are unknown until they change.</summary>
public struct BookSnapshot : IPayload<BookSnapshot>
{
    /// <summary>Update id the snapshot is right at.</summary>
    public long LastUpdateId;

    /// <summary>Bid levels, best first.</summary>
    public LevelList Bids;

    /// <summary>Ask levels, best first.</summary>
    public LevelList Asks;

    /// <inheritdoc/>
    public static EventType Type => EventType.BookSnapshot;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref BookSnapshot payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("lastUpdateId", ref payload.LastUpdateId);
        visit.Levels("bids", ref payload.Bids);
        visit.Levels("asks", ref payload.Asks);
    }
}
