using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Capturing;

/// <summary>Reads a stored day back: its book, and what whoever recorded it would have counted.</summary>
internal sealed class DayFold : IEventHandler
{
    private readonly BestQuoteCheck quotes = new();
    private long now;
    private long sinceMidnight;
    private long trusted;
    private long untrusted;
    private long diffs;
    private long trades;
    private long tickers;

    /// <summary>The book and the instrument.</summary>
    public BookFold Book { get; } = new();

    /// <summary>Reads a day to its end; a torn tail is no part of it.</summary>
    public void Read(JournalStore store, StreamName name)
    {
        using var source = new UpcastSource(store.OpenSource(name, 1, TornTailPolicy.Accept));
        var arena = new LevelArena();
        var self = this;
        while (source.Read(out var header, out var payload))
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref self);
        }
    }

    /// <summary>The notes of the day's manifest.</summary>
    public List<KeyValuePair<string, string>> Notes(StreamName name) => RecordedDay.Notes(
        name, trusted, untrusted, new DayTally(Book.Tracker.Gaps, diffs, trades, tickers, quotes.Checked, quotes.Matched), Book.Tracker.State, Book.Tracker.LastUpdateId);

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        Pass(header.ReceiveTime);
        var before = Book.Tracker.DiffsApplied;
        Book.On(header, payload);
        if (typeof(T) == typeof(DepthDiff))
        {
            diffs++;
        }
        else if (typeof(T) == typeof(Trade))
        {
            trades++;
        }
        else if (typeof(T) == typeof(BestQuote))
        {
            tickers++;
            quotes.On(Unsafe.As<T, BestQuote>(ref Unsafe.AsRef(in payload)));
        }
        else if (typeof(T) == typeof(RecordingStarted))
        {
            Begin(header.ReceiveTime, (RecordingStarted)(object)payload);
            return;
        }
        else if (typeof(T) == typeof(BookCheckpoint))
        {
            Count(sinceMidnight);
            sinceMidnight = 0;
            return;
        }

        if (Book.Tracker.DiffsApplied > before && Book.Tracker.Follows)
        {
            quotes.OnBook(Book.Tracker.LastUpdateId, Book.Tracker.Book);
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

    // Counted to the last event: of a killed day nobody knows more.
    private void Pass(long receiveTime)
    {
        if (now == 0)
        {
            now = receiveTime;
        }

        if (receiveTime > now)
        {
            Count(receiveTime - now);
            now = receiveTime;
        }
    }

    private void Count(long passed)
    {
        trusted += Book.Tracker.State == BookState.Synced ? passed : 0;
        untrusted += Book.Tracker.State == BookState.Synced ? 0 : passed;
    }
}
