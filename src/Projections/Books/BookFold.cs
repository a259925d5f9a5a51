using EventSourcedMM.Domain.Events;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// Folds a recorded market stream into its book, and nothing else. Every transition of the book must be recorded right
/// after the event that made it: a recording that says otherwise is not trusted.
/// </summary>
public sealed class BookFold : IEventHandler
{
    private bool transitionDue;

    /// <summary>The book's state machine.</summary>
    public BookTracker Tracker { get; private set; } = new();

    /// <summary>The recording that is folded; its name is empty before the first event.</summary>
    public RecordingStarted Recording { get; private set; } = new();

    /// <summary>
    /// True when a checkpoint of the book carries everything that matters: the book follows, and no diff, no snapshot and no
    /// transition is waiting for something.
    /// </summary>
    public bool IsACheckpoint => !transitionDue && Tracker.IsACheckpoint;

    /// <summary>The instrument in force; its symbol is empty before the first one.</summary>
    public InstrumentDefined Instrument { get; private set; } = new();

    /// <summary>Sequence of the last event folded.</summary>
    public long Sequence { get; private set; }

    /// <summary>Receive stamp of the last event folded, in nanoseconds since the epoch.</summary>
    public long ReceiveTime { get; private set; }

    /// <summary>Folds one event.</summary>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself.</exception>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        Sequence = header.Sequence;
        ReceiveTime = header.ReceiveTime;
        if (typeof(T) == typeof(BookStateChanged))
        {
            OnTransition(header, As<T, BookStateChanged>(payload));
            return;
        }

        if (transitionDue)
        {
            throw new InvariantBrokenException($"The book went to {Tracker.State} before event {header.Sequence}, but the recording does not say so.");
        }

        if (typeof(T) == typeof(DepthDiff))
        {
            Tracker.Apply(As<T, DepthDiff>(payload));
        }
        else if (typeof(T) == typeof(BookSnapshot))
        {
            Tracker.Apply(As<T, BookSnapshot>(payload));
        }
        else if (typeof(T) == typeof(PartialBook))
        {
            Tracker.Apply(As<T, PartialBook>(payload));
        }
        else if (typeof(T) == typeof(BookCheckpoint))
        {
            Tracker.Apply(As<T, BookCheckpoint>(payload));
        }
        else
        {
            OnOther(payload);
            return;
        }

        transitionDue = Tracker.Changed;
    }

    private void OnOther<T>(in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(InstrumentDefined))
        {
            Instrument = As<T, InstrumentDefined>(payload);
        }
        else if (typeof(T) == typeof(RecordingStarted))
        {
            // A recording's next day goes on with the same book; another recording starts from nothing.
            var started = As<T, RecordingStarted>(payload);
            if (Recording.Recording != started.Recording)
            {
                Tracker = new BookTracker();
            }

            Recording = started;
        }
    }

    private void OnTransition(in EventHeader header, in BookStateChanged recorded)
    {
        if (recorded.Reason == Domain.Book.BookReason.Restarted && !transitionDue)
        {
            Tracker.Restart();
            transitionDue = Tracker.Changed;
        }

        var own = Tracker.LastChange;
        var agree = transitionDue && own.From == recorded.From && own.To == recorded.To && own.Reason == recorded.Reason
            && own.ExpectedUpdateId == recorded.ExpectedUpdateId && own.FirstUpdateId == recorded.FirstUpdateId && own.FinalUpdateId == recorded.FinalUpdateId;
        if (!agree)
        {
            throw new InvariantBrokenException(
                $"Event {header.Sequence} records the book going from {recorded.From} to {recorded.To} ({recorded.Reason}); this replay's book is {Tracker.State}{(transitionDue ? $" ({own.Reason})" : " without a transition")}.");
        }

        transitionDue = false;
    }
}
