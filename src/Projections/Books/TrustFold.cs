using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// Folds a recorded market stream into its book and sums the time during which that book was Synced, and was not, by the
/// recorder's own rule: from the first event, or from midnight in a recording's later day, to the last event. A day that the
/// next one goes on from reaches to midnight. Trade ids that are missing are counted by the same rule, too.
/// </summary>
public sealed class TrustFold : IEventHandler
{
    private long now;
    private bool begun;
    private long sinceMidnight;

    /// <summary>The book and the instrument.</summary>
    public BookFold Book { get; } = new();

    /// <summary>Which trade ids are missing between the first and the greatest of the stream.</summary>
    public MissingIds Trades { get; } = new();

    /// <summary>Nanoseconds during which the book was Synced.</summary>
    public long Trusted { get; private set; }

    /// <summary>Nanoseconds during which it was not.</summary>
    public long Untrusted { get; private set; }

    /// <summary>True when the recording's end was among the events.</summary>
    public bool Ended { get; private set; }

    /// <summary>Nanoseconds from the latest event to the midnight after it; 0 when the recording ended before.</summary>
    public long ToMidnight => !begun || Ended ? 0 : ((Nanoseconds.DayOf(now) + 1) * Nanoseconds.PerDay) - now;

    /// <summary>True when the book can be trusted after the last event.</summary>
    public bool IsTrusted => Book.Tracker.State == BookState.Synced;

    /// <summary>Nanoseconds of both, counted to the midnight that the next day goes on from.</summary>
    public (long Trusted, long Untrusted) UntilMidnight => IsTrusted ? (Trusted + ToMidnight, Untrusted) : (Trusted, Untrusted + ToMidnight);

    /// <summary>Folds one event.</summary>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself.</exception>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        // An end is stamped, but it is no time that anybody recorded in.
        if (typeof(T) == typeof(RecordingEnded))
        {
            Ended = true;
        }
        else
        {
            Pass(header.ReceiveTime);
        }

        Book.On(header, payload);
        if (typeof(T) == typeof(Trade))
        {
            Trades.Take(As<T, Trade>(payload).TradeId);
        }
        else if (typeof(T) == typeof(RecordingStarted))
        {
            Begin(header.ReceiveTime, As<T, RecordingStarted>(payload));
        }
        else if (typeof(T) == typeof(BookCheckpoint))
        {
            Count(sinceMidnight);
            sinceMidnight = 0;
        }
    }

    // A recording's later day answers for its time since midnight, with the book of its checkpoint.
    private void Begin(long receiveTime, in RecordingStarted started)
    {
        if (started.ContinuedFrom.EndsWith("/" + started.Recording, StringComparison.Ordinal))
        {
            sinceMidnight = receiveTime - (Nanoseconds.DayOf(receiveTime) * Nanoseconds.PerDay);
        }
    }

    // Stamps that run backwards pass no time.
    private void Pass(long receiveTime)
    {
        if (!begun)
        {
            begun = true;
            now = receiveTime;
        }
        else if (receiveTime > now)
        {
            Count(receiveTime - now);
            now = receiveTime;
        }
    }

    private void Count(long passed)
    {
        Trusted += IsTrusted ? passed : 0;
        Untrusted += IsTrusted ? 0 : passed;
    }
}
