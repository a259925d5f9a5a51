using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The book's state machine moved. Written by whoever records, from the same fold that a replay runs; a replay that disagrees stops.</summary>
public struct BookStateChanged : IPayload<BookStateChanged>
{
    /// <summary>State before.</summary>
    public BookState From;

    /// <summary>State after.</summary>
    public BookState To;

    /// <summary>Why.</summary>
    public BookReason Reason;

    /// <summary>First update id that was due next; 0 when none was.</summary>
    public long ExpectedUpdateId;

    /// <summary>First update id of the message; 0 when it has none.</summary>
    public long FirstUpdateId;

    /// <summary>Last update id of the message.</summary>
    public long FinalUpdateId;

    /// <inheritdoc/>
    public static EventType Type => EventType.BookStateChanged;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref BookStateChanged payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Code("from", ref payload.From);
        visit.Code("to", ref payload.To);
        visit.Code("reason", ref payload.Reason);
        visit.Id("expectedUpdateId", ref payload.ExpectedUpdateId);
        visit.Id("firstUpdateId", ref payload.FirstUpdateId);
        visit.Id("finalUpdateId", ref payload.FinalUpdateId);
    }
}
