using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections;

/// <summary>Market data: the book, its transitions, the instrument.</summary>
public static partial class Engine
{
    private static void OnDepthDiff(EngineState state, Cause source, in EventHeader header, in DepthDiff diff, Outbox outbox)
    {
        RequireNoTransitionDue(state, header);
        state.LastMarketTime = state.Now;
        state.Tracker.Apply(diff);
        state.LevelUpdates += diff.Bids.Count + diff.Asks.Count;
        state.TransitionDue = state.Tracker.Changed;
        EvaluateIfMoved(state, source, outbox);
    }

    private static void OnSnapshot(EngineState state, Cause source, in EventHeader header, in BookSnapshot snapshot, Outbox outbox)
    {
        RequireNoTransitionDue(state, header);
        state.LastMarketTime = state.Now;
        state.Tracker.Apply(snapshot);
        state.TransitionDue = state.Tracker.Changed;
        EvaluateIfMoved(state, source, outbox);
    }

    private static void OnPartialBook(EngineState state, Cause source, in EventHeader header, in PartialBook partial, Outbox outbox)
    {
        RequireNoTransitionDue(state, header);
        state.LastMarketTime = state.Now;
        state.Tracker.Apply(partial);
        state.TransitionDue = state.Tracker.Changed;
        EvaluateIfMoved(state, source, outbox);
    }

    private static void OnCheckpoint(EngineState state, Cause source, in EventHeader header, in BookCheckpoint checkpoint, Outbox outbox)
    {
        RequireNoTransitionDue(state, header);
        state.Tracker.Apply(checkpoint);
        EvaluateIfMoved(state, source, outbox);
    }

    // The recorder ran the same fold: its word and ours must agree, or one of us is wrong and nothing may be trusted.
    private static void OnBookStateChanged(EngineState state, Cause source, in EventHeader header, in BookStateChanged recorded, Outbox outbox)
    {
        if (recorded.Reason == BookReason.Restarted && !state.TransitionDue)
        {
            state.Tracker.Restart();
            state.TransitionDue = state.Tracker.Changed;
        }

        var own = state.Tracker.LastChange;
        var agree = state.TransitionDue && own.From == recorded.From && own.To == recorded.To && own.Reason == recorded.Reason
            && own.ExpectedUpdateId == recorded.ExpectedUpdateId && own.FirstUpdateId == recorded.FirstUpdateId && own.FinalUpdateId == recorded.FinalUpdateId;
        if (!agree)
        {
            throw new InvariantBrokenException(
                $"Event {header.Sequence} records the book going from {recorded.From} to {recorded.To} ({recorded.Reason}); this replay's book is {state.Tracker.State}{(state.TransitionDue ? $" ({own.Reason})" : " without a transition")}.");
        }

        state.TransitionDue = false;
        EvaluateIfMoved(state, source, outbox);
    }

    private static void RequireNoTransitionDue(EngineState state, in EventHeader header)
    {
        if (state.TransitionDue)
        {
            throw new InvariantBrokenException(
                $"The book went to {state.Tracker.State} before event {header.Sequence}, but the recording does not say so.");
        }
    }

    private static void OnInstrument(EngineState state, in InstrumentDefined defined)
    {
        state.Instrument = defined.ToInstrument();

        if (state.Setup is { } setup && setup.Instrument != state.Instrument)
        {
            throw new InvariantBrokenException(
                $"The filters of {defined.Symbol} changed during the run. End the run at the change and start another.");
        }
    }

    // A recording's next day goes on with the same book; another recording starts from nothing.
    private static void OnRecordingStarted(EngineState state, in RecordingStarted started)
    {
        if (state.Recording != started.Recording)
        {
            state.Tracker = new BookTracker();
            state.TransitionDue = false;
            state.Recording = started.Recording;
        }
    }

    // Evaluation is due when a best price or the book's state moved: nothing else of a diff enters a decision.
    private static void EvaluateIfMoved(EngineState state, Cause source, Outbox outbox)
    {
        var tracker = state.Tracker;
        var bid = tracker.Book.Bids.BestPrice;
        var ask = tracker.Book.Asks.BestPrice;
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
