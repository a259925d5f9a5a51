using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using static EventSourcedMM.Domain.Events.PayloadCast;

namespace EventSourcedMM.Live.Capturing;

/// <summary>
/// Reads a stored day back: its book, and what whoever recorded it would have counted. Time is counted to the last event: of a
/// killed day nobody knows more.
/// </summary>
internal sealed class DayFold : IEventHandler
{
    private readonly BestQuoteCheck quotes = new();
    private readonly TrustFold time = new();
    private long diffs;
    private long trades;
    private long tickers;

    /// <summary>The book and the instrument.</summary>
    public BookFold Book => time.Book;

    /// <summary>The greatest trade id; 0 when there was no trade.</summary>
    public long LastTradeId => time.Trades.Newest;

    /// <summary>Receive stamp of the last trade in nanoseconds since the epoch; 0 when there was none.</summary>
    public long LastTradeTime { get; private set; }

    /// <summary>Greatest final update id of a diff, and its receive stamp in nanoseconds since the epoch; zeros when there was none.</summary>
    public (long Id, long Time) LastDiff { get; private set; }

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
        name, time.Trusted, time.Untrusted, new DayTally(Book.Tracker.Gaps, diffs, trades, tickers, quotes.Checked, quotes.Matched), time.Trades.Count, Book.Tracker.State, Book.Tracker.LastUpdateId);

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        var before = Book.Tracker.DiffsApplied;
        time.On(header, payload);
        if (typeof(T) == typeof(DepthDiff))
        {
            diffs++;
            LastDiff = (Math.Max(LastDiff.Id, As<T, DepthDiff>(payload).FinalUpdateId), header.ReceiveTime);
        }
        else if (typeof(T) == typeof(Trade))
        {
            trades++;
            LastTradeTime = header.ReceiveTime;
        }
        else if (typeof(T) == typeof(BestQuote))
        {
            tickers++;
            quotes.On(As<T, BestQuote>(payload));
        }
        else if (typeof(T) == typeof(ConnectionChanged) && !As<T, ConnectionChanged>(payload).Up)
        {
            quotes.Forget();
        }
        else if (typeof(T) == typeof(BookCheckpoint))
        {
            return;
        }

        if (Book.Tracker.DiffsApplied > before && Book.Tracker.Follows)
        {
            quotes.OnBook(Book.Tracker.LastUpdateId, Book.Tracker.Book);
        }
    }
}
