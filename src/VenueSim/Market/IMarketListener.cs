using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>Told what a tape plays, with times and ids as the venue's clients shall see them. Levels are valid during the call.</summary>
internal interface IMarketListener
{
    /// <summary>Changed levels are about to be applied to a book: resting orders are matched first. Ids are the recorded ones.</summary>
    void BeforeDiff(in DepthDiff diff, BookTracker book);

    /// <summary>A partial book is about to replace a book.</summary>
    void BeforePartial(in PartialBook partial, BookTracker book);

    /// <summary>Changed levels; the tape's book has them applied, if it follows.</summary>
    void OnDiff(long venueTime, in DepthDiff diff);

    /// <summary>A trade.</summary>
    /// <param name="venueTime">When the venue sent it.</param>
    /// <param name="trade">The trade.</param>
    /// <param name="continues">True when the next trade is another fill of the same taker order at the same price.</param>
    void OnTrade(long venueTime, in Trade trade, bool continues);

    /// <summary>A recorded aggregate trade.</summary>
    void OnAggregateTrade(long venueTime, in AggregateTrade trade);

    /// <summary>A recorded best quote.</summary>
    void OnBestQuote(in BestQuote quote);

    /// <summary>The tape's book may have changed by something that is no diff: a snapshot after a hole, a partial book.</summary>
    void OnBook();
}
