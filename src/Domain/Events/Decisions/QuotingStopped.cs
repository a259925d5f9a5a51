using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Domain.Events;

/// <summary>The engine has a reason not to quote; every resting order is being cancelled. Written when the reason changes.</summary>
public struct QuotingStopped : IPayload<QuotingStopped>
{
    /// <summary>Why.</summary>
    public StopReason Reason;

    /// <summary>State of the book.</summary>
    public BookState Book;

    /// <summary>What was seen, in the unit of the reason (docs/model.md).</summary>
    public long Observed;

    /// <summary>What is allowed, in the same unit.</summary>
    public long Limit;

    /// <inheritdoc/>
    public static EventType Type => EventType.QuotingStopped;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref QuotingStopped payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Code("reason", ref payload.Reason);
        visit.Code("book", ref payload.Book);
        visit.Count("observed", ref payload.Observed);
        visit.Count("limit", ref payload.Limit);
    }
}
