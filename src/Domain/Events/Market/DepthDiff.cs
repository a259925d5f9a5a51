using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>Changed levels of the book (stream depth, e=depthUpdate). Quantities are absolute; 0 removes the level.</summary>
public struct DepthDiff : IPayload<DepthDiff>
{
    /// <summary>U: first update id in the message.</summary>
    public long FirstUpdateId;

    /// <summary>u: last update id in the message.</summary>
    public long FinalUpdateId;

    /// <summary>Changed bid levels as sent.</summary>
    public LevelList Bids;

    /// <summary>Changed ask levels as sent.</summary>
    public LevelList Asks;

    /// <inheritdoc/>
    public static EventType Type => EventType.DepthDiff;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref DepthDiff payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("firstUpdateId", ref payload.FirstUpdateId);
        visit.Id("finalUpdateId", ref payload.FinalUpdateId);
        visit.Levels("bids", ref payload.Bids);
        visit.Levels("asks", ref payload.Asks);
    }
}
