using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The best levels of the book (streams depth5, depth10, depth20). The message has no venue stamp.</summary>
public struct PartialBook : IPayload<PartialBook>
{
    /// <summary>Update id the levels are right at.</summary>
    public long LastUpdateId;

    /// <summary>Best bid levels, best first.</summary>
    public LevelList Bids;

    /// <summary>Best ask levels, best first.</summary>
    public LevelList Asks;

    /// <inheritdoc/>
    public static EventType Type => EventType.PartialBook;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref PartialBook payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("lastUpdateId", ref payload.LastUpdateId);
        visit.Levels("bids", ref payload.Bids);
        visit.Levels("asks", ref payload.Asks);
    }
}
