using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Web.Timelines;

/// <summary>The book of a recording could not be trusted from here on, or could be again.</summary>
/// <param name="Sequence">The event that says so.</param>
/// <param name="Time">Its engine time.</param>
/// <param name="To">State from then on.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct MarketGap(long Sequence, long Time, BookState To, BookReason Reason)
{
    /// <summary>True when the book may be quoted on from here.</summary>
    public bool Ends => To is BookState.Synced or BookState.Partial;
}
