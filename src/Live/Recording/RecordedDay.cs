using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Live.Recording;

/// <summary>One stored day of a recording while it is written: events are batched, the time that cannot be trusted is summed.</summary>
public sealed class RecordedDay
{
    private const int BatchEvents = 1_024;
    private const int BatchBytes = 512 * 1024;

    private readonly EventBatch batch = new();
    private readonly IDayWriter writer;
    private readonly IMarketTap? tap;
    private long now;

    internal RecordedDay(StreamName stream, long day, IDayWriter writer, long receiveTime, IMarketTap? tap = null)
    {
        Stream = stream;
        Day = day;
        this.writer = writer;
        this.tap = tap;
        now = receiveTime;
    }

    /// <summary>The stream.</summary>
    public StreamName Stream { get; }

    /// <summary>Days from the epoch to the UTC day.</summary>
    public long Day { get; }

    /// <summary>Last sequence.</summary>
    public long Sequence { get; private set; }

    /// <summary>Nanoseconds during which the book was Synced.</summary>
    public long Trusted { get; private set; }

    /// <summary>Nanoseconds during which it was not.</summary>
    public long Untrusted { get; private set; }

    /// <summary>State of the book after the last event.</summary>
    public BookState BookState { get; internal set; }

    /// <summary>Last update id of the book after the last event.</summary>
    public long LastUpdateId { get; internal set; }

    /// <summary>Which trade ids are missing in the day, counted from its own first one.</summary>
    internal MissingIds Trades { get; } = new();

    /// <summary>What the recording had counted when the day began.</summary>
    internal DayTally Begun { get; init; }

    /// <summary>What the recording had counted when the day was over.</summary>
    internal DayTally Over { get; set; }

    /// <summary>The notes that every recorded day carries in its manifest.</summary>
    public List<KeyValuePair<string, string>> Notes() => Notes(Stream, Trusted, Untrusted, Over.Since(Begun), Trades.Count, BookState, LastUpdateId);

    /// <summary>The same from what was counted otherwise.</summary>
    internal static List<KeyValuePair<string, string>> Notes(StreamName stream, long trusted, long untrusted, in DayTally tally, long missingTrades, BookState state, long lastUpdateId) =>
    [
        new(MarketNotes.Recording, stream.Parts[3]),
        new(MarketNotes.TrustedSeconds, FixedPoint.Format(trusted, 9)),
        new(MarketNotes.UntrustedSeconds, FixedPoint.Format(untrusted, 9)),
        new(MarketNotes.Gaps, MarketNotes.Text(tally.Gaps)),
        new(MarketNotes.MissingTrades, MarketNotes.Text(missingTrades)),
        new(MarketNotes.DepthDiffs, MarketNotes.Text(tally.DepthDiffs)),
        new(MarketNotes.Trades, MarketNotes.Text(tally.Trades)),
        new(MarketNotes.BookTickers, MarketNotes.Text(tally.BookTickers)),
        new(MarketNotes.BestQuotesChecked, MarketNotes.Text(tally.QuotesChecked)),
        new(MarketNotes.BestQuotesMatched, MarketNotes.Text(tally.QuotesMatched)),
        new(MarketNotes.BookState, state.ToString()),
        new(MarketNotes.LastUpdateId, MarketNotes.Text(lastUpdateId)),
    ];

    /// <summary>Hands everything to the operating system.</summary>
    public void WriteOut()
    {
        AppendBatch();
        writer.WriteOut();
    }

    /// <summary>Brings everything to the disk.</summary>
    public void Flush()
    {
        WriteOut();
        writer.Flush();
    }

    /// <summary>Ends the stream for good and publishes its manifest.</summary>
    public StreamManifest Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes)
    {
        AppendBatch();
        return writer.Seal(engineVersion, notes);
    }

    /// <summary>Appends an event and returns its sequence.</summary>
    internal long Add<T>(long venueTime, long receiveTime, Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        var header = Put(venueTime, receiveTime, cause, payload);

        // Last: whoever is told may hand the day to the operating system.
        Tell(header, payload);
        return header.Sequence;
    }

    /// <summary>Appends an event of which nobody is told yet: what a day begins with is in its first batch, whole or not at all.</summary>
    internal EventHeader Put<T>(long venueTime, long receiveTime, Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        var header = new EventHeader(++Sequence, T.Type, T.Version, venueTime, receiveTime, cause);
        batch.Add(header, payload);
        if (batch.Count == BatchEvents || batch.Bytes.Length > BatchBytes)
        {
            AppendBatch();
        }

        return header;
    }

    /// <summary>Tells whoever listens of an event that was put.</summary>
    internal void Tell<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T> => tap?.On(this, header, payload);

    /// <summary>Time passed until a stamp with the book in a state. Stamps that run backwards pass none.</summary>
    internal void Pass(long receiveTime, BookState state)
    {
        if (receiveTime > now)
        {
            Trusted += state == BookState.Synced ? receiveTime - now : 0;
            Untrusted += state == BookState.Synced ? 0 : receiveTime - now;
            now = receiveTime;
        }
    }

    private void AppendBatch()
    {
        if (batch.Count > 0)
        {
            writer.Append(batch);
            batch.Clear();
        }
    }
}

/// <summary>What a recording has counted at some moment.</summary>
internal readonly record struct DayTally(long Gaps, long DepthDiffs, long Trades, long BookTickers, long QuotesChecked, long QuotesMatched)
{
    /// <summary>What was counted since an earlier moment.</summary>
    public DayTally Since(in DayTally earlier) => new(
        Gaps - earlier.Gaps, DepthDiffs - earlier.DepthDiffs, Trades - earlier.Trades, BookTickers - earlier.BookTickers, QuotesChecked - earlier.QuotesChecked, QuotesMatched - earlier.QuotesMatched);
}
