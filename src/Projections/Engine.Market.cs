using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Projections;

/// <summary>Market data: the book, its transitions, the instrument.</summary>
public static partial class Engine
{
    /// <summary>
    /// The first half of a step: folds an event into the market that one strategy or several look at. Events that say
    /// nothing of the market change nothing here.
    /// </summary>
    /// <param name="market">The market; changed in place.</param>
    /// <param name="header">The event's envelope.</param>
    /// <param name="payload">What it says.</param>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself: nothing of the run may be used.</exception>
    public static void Fold<T>(MarketState market, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(DepthDiff))
        {
            RequireNoTransitionDue(market, header);
            ref readonly var diff = ref As<T, DepthDiff>(payload);
            market.Tracker.Apply(diff);
            market.LevelUpdates += diff.Bids.Count + diff.Asks.Count;
            market.TransitionDue = market.Tracker.Changed;
        }
        else if (typeof(T) == typeof(Trade) || typeof(T) == typeof(AggregateTrade) || typeof(T) == typeof(BestQuote))
        {
            RequireNoTransitionDue(market, header);
        }
        else if (typeof(T) == typeof(BookSnapshot))
        {
            RequireNoTransitionDue(market, header);
            market.Tracker.Apply(As<T, BookSnapshot>(payload));
            market.TransitionDue = market.Tracker.Changed;
        }
        else if (typeof(T) == typeof(PartialBook))
        {
            RequireNoTransitionDue(market, header);
            market.Tracker.Apply(As<T, PartialBook>(payload));
            market.TransitionDue = market.Tracker.Changed;
        }
        else if (typeof(T) == typeof(BookCheckpoint))
        {
            RequireNoTransitionDue(market, header);
            market.Tracker.Apply(As<T, BookCheckpoint>(payload));
        }
        else if (typeof(T) == typeof(BookStateChanged))
        {
            FoldTransition(market, header, As<T, BookStateChanged>(payload));
        }
        else if (typeof(T) == typeof(InstrumentDefined))
        {
            market.Instrument = As<T, InstrumentDefined>(payload).ToInstrument();
        }
        else if (typeof(T) == typeof(RecordingStarted))
        {
            FoldRecording(market, As<T, RecordingStarted>(payload));
        }
    }

    // The recorder ran the same fold: its word and ours must agree, or one of us is wrong and nothing may be trusted.
    private static void FoldTransition(MarketState market, in EventHeader header, in BookStateChanged recorded)
    {
        if (recorded.Reason == BookReason.Restarted && !market.TransitionDue)
        {
            market.Tracker.Restart();
            market.TransitionDue = market.Tracker.Changed;
        }

        var own = market.Tracker.LastChange;
        var agree = market.TransitionDue && own.From == recorded.From && own.To == recorded.To && own.Reason == recorded.Reason
            && own.ExpectedUpdateId == recorded.ExpectedUpdateId && own.FirstUpdateId == recorded.FirstUpdateId && own.FinalUpdateId == recorded.FinalUpdateId;
        if (!agree)
        {
            throw new InvariantBrokenException(
                $"Event {header.Sequence} records the book going from {recorded.From} to {recorded.To} ({recorded.Reason}); this replay's book is {market.Tracker.State}{(market.TransitionDue ? $" ({own.Reason})" : " without a transition")}.");
        }

        market.TransitionDue = false;
    }

    private static void RequireNoTransitionDue(MarketState market, in EventHeader header)
    {
        if (market.TransitionDue)
        {
            throw new InvariantBrokenException(
                $"The book went to {market.Tracker.State} before event {header.Sequence}, but the recording does not say so.");
        }
    }

    // A recording's next day goes on with the same book; another recording starts from nothing.
    private static void FoldRecording(MarketState market, in RecordingStarted started)
    {
        if (market.Recording != started.Recording)
        {
            market.Tracker = new BookTracker();
            market.TransitionDue = false;
            market.Recording = started.Recording;
        }
    }

    private static void RequireSameInstrument(EngineState state)
    {
        if (state.Setup is { } setup && setup.Instrument != state.Instrument)
        {
            throw new InvariantBrokenException(
                $"The filters of {setup.Instrument.Symbol} changed during the run. End the run at the change and start another.");
        }
    }

    // Evaluation is due when a best price or the book's state moved: nothing else of a diff enters a decision.
    private static void EvaluateIfMoved(EngineState state, Cause source, Outbox outbox)
    {
        var tracker = state.Tracker;
        var bid = state.BestBid;
        var ask = state.BestAsk;
        if (bid == state.SeenBid && ask == state.SeenAsk && tracker.State == state.SeenState)
        {
            return;
        }

        state.SeenBid = bid;
        state.SeenAsk = ask;
        state.SeenState = tracker.State;
        Evaluate(state, source, QuoteTrigger.Market, outbox);
    }
}
