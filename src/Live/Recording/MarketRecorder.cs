using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Live.Recording;

/// <summary>
/// Writes a recording: venue messages with their receive stamps become the events of one stream a UTC day. It folds the
/// book on the way, appends every transition right after the event that made it, and begins each later day with a
/// checkpoint, so that the day replays alone. A live capture and an import of files write by the same rules.
/// </summary>
public sealed class MarketRecorder
{
    private readonly RecordingInfo info;
    private readonly Func<StreamName, IDayWriter> create;
    private readonly Action<RecordedDay> ended;
    private Instrument instrument;
    private RecordedDay? day;
    private RecordedDay? closed;
    private long latest;
    private long last;

    /// <summary>A recording that has not begun.</summary>
    /// <param name="info">What it is called and made from.</param>
    /// <param name="instrument">The instrument in force at its start.</param>
    /// <param name="create">Makes the writer of a new stream.</param>
    /// <param name="ended">Told about every day that is complete; whoever is told seals it.</param>
    public MarketRecorder(RecordingInfo info, Instrument instrument, Func<StreamName, IDayWriter> create, Action<RecordedDay> ended)
    {
        this.info = info;
        this.instrument = instrument;
        this.create = create;
        this.ended = ended;
        Tracker = info.ContinuedBook ?? new BookTracker();
    }

    /// <summary>The book as recorded so far.</summary>
    public BookTracker Tracker { get; }

    /// <summary>What was recorded so far.</summary>
    public RecordingCounts Counts { get; } = new();

    /// <summary>The comparison of book and best quotes so far.</summary>
    public BestQuoteCheck Quotes { get; } = new();

    /// <summary>Receive stamp of the first message in nanoseconds since the epoch; 0 before it.</summary>
    public long FirstTime { get; private set; }

    /// <summary>Receive stamp of the last message in nanoseconds since the epoch; 0 before the first.</summary>
    public long LastTime => last;

    /// <summary>The day being written; null before the first message and after the end.</summary>
    public RecordedDay? Day => day;

    /// <summary>The instrument in force.</summary>
    public Instrument Instrument => instrument;

    /// <summary>Told every event once it is appended; null for nobody.</summary>
    public IMarketTap? Tap { get; init; }

    /// <summary>Called with every transition of the book.</summary>
    public Action<BookStateChanged, long>? OnTransition { get; set; }

    /// <summary>Records a parsed message. Messages of other symbols are not recorded.</summary>
    /// <param name="receiveTime">Receive stamp in nanoseconds since the epoch, as it was made: it may run backwards.</param>
    /// <param name="message">The message.</param>
    public void Record(long receiveTime, MarketMessage message)
    {
        if (message.Kind == MessageKind.OtherSymbol)
        {
            return;
        }

        receiveTime = Stamp(receiveTime);
        var stream = At(receiveTime);
        var venueTime = message.VenueTime;
        switch (message.Kind)
        {
            case MessageKind.DepthDiff:
                Counts.DepthDiffs++;
                var cause = stream.Add(venueTime, receiveTime, Cause.None, message.DepthDiff);
                var before = Tracker.DiffsApplied;
                Tracker.Apply(message.DepthDiff);
                Settle(stream, receiveTime, cause, before);
                break;
            case MessageKind.Trade:
                Counts.Trades++;
                stream.Add(venueTime, receiveTime, Cause.None, message.Trade);
                stream.Trades.Take(message.Trade.TradeId);
                break;
            case MessageKind.AggregateTrade:
                Counts.AggregateTrades++;
                stream.Add(venueTime, receiveTime, Cause.None, message.AggregateTrade);
                break;
            case MessageKind.BestQuote:
                Counts.BookTickers++;
                stream.Add(venueTime, receiveTime, Cause.None, message.BestQuote);
                Quotes.On(message.BestQuote);
                break;
            case MessageKind.BookSnapshot:
                Counts.Snapshots++;
                cause = stream.Add(venueTime, receiveTime, Cause.None, message.BookSnapshot);
                before = Tracker.DiffsApplied;
                Tracker.Apply(message.BookSnapshot);
                Settle(stream, receiveTime, cause, before);
                break;
            case MessageKind.PartialBook:
                Counts.PartialBooks++;
                cause = stream.Add(venueTime, receiveTime, Cause.None, message.PartialBook);
                Tracker.Apply(message.PartialBook);
                Settle(stream, receiveTime, cause, Tracker.DiffsApplied);
                break;
            case MessageKind.Unknown:
                Counts.Unknown++;
                stream.Add(venueTime, receiveTime, Cause.None, message.VenueMessage);
                break;
            default:
                Counts.Malformed++;
                stream.Add(venueTime, receiveTime, Cause.None, message.VenueMessage);
                break;
        }
    }

    /// <summary>Records what happened on the way to the venue: a request that was refused, failed, or was held back.</summary>
    public void Tell<T>(long receiveTime, in T payload)
        where T : struct, IPayload<T>
    {
        receiveTime = Stamp(receiveTime);
        At(receiveTime).Add(0, receiveTime, Cause.None, payload);
    }

    /// <summary>Records something that could not even be taken apart, word for word.</summary>
    public void RecordMalformed(long receiveTime, in VenueMessage message)
    {
        Counts.Malformed++;
        receiveTime = Stamp(receiveTime);
        At(receiveTime).Add(0, receiveTime, Cause.None, message);
    }

    /// <summary>The venue's filters changed. Scales never change within a recording.</summary>
    /// <exception cref="ArgumentException">Symbol or scales differ.</exception>
    public void Define(long receiveTime, Instrument changed)
    {
        if (changed.Symbol != instrument.Symbol || changed.PriceScale != instrument.PriceScale || changed.QuantityScale != instrument.QuantityScale)
        {
            throw new ArgumentException($"The scales of {instrument.Symbol} changed within a recording; start another one.", nameof(changed));
        }

        instrument = changed;
        receiveTime = Stamp(receiveTime);
        At(receiveTime).Add(0, receiveTime, Cause.None, instrument.ToEvent());
    }

    /// <summary>What was known about the book is void: the connection was lost or another one took over.</summary>
    public void Restart(long receiveTime)
    {
        receiveTime = Stamp(receiveTime);
        var stream = At(receiveTime);
        Tracker.Restart();
        Settle(stream, receiveTime, 0, Tracker.DiffsApplied);
    }

    /// <summary>A connection to the venue came up, went down, or was taken over by another one.</summary>
    public void Connection(long receiveTime, bool up, string detail)
    {
        receiveTime = Stamp(receiveTime);
        At(receiveTime).Add(0, receiveTime, Cause.None, new ConnectionChanged { Connection = ConnectionChanged.Market, Up = up, Detail = detail });
        if (!up)
        {
            Quotes.Forget();
        }
    }

    /// <summary>Ends the recording.</summary>
    public void End(string reason)
    {
        if (day is { } stream)
        {
            last = Stamp(last);
            stream.Add(0, last, Cause.None, new RecordingEnded { Reason = reason });
            Close(stream);
        }
    }

    // The day's stream that a stamp belongs to. A stamp that runs backwards over midnight stays with the day that has begun.
    private RecordedDay At(long receiveTime)
    {
        var stamp = Nanoseconds.DayOf(receiveTime);
        if (day is { } over && stamp > over.Day)
        {
            over.Pass((over.Day + 1) * Nanoseconds.PerDay, Tracker.State);
            Close(over);
        }

        // A day that is over is closed once, also where the next one cannot be begun: that goes on from it when it can.
        day ??= closed is { } previous ? Next(previous, Math.Max(stamp, previous.Day + 1), receiveTime) : First(stamp, receiveTime);
        if (receiveTime < latest)
        {
            Counts.Backwards++;
            Counts.FurthestBackwards = Math.Max(Counts.FurthestBackwards, latest - receiveTime);
        }
        else
        {
            latest = receiveTime;
        }

        last = receiveTime;
        day.Pass(receiveTime, Tracker.State);
        return day;
    }

    // What the clock made happen is done: whatever is recorded now came after it.
    private long Stamp(long receiveTime) => Tap is { } tap ? Math.Max(receiveTime, tap.Floor) : receiveTime;

    private RecordedDay First(long number, long receiveTime)
    {
        FirstTime = receiveTime;
        latest = receiveTime;
        return Begin(number, receiveTime, receiveTime, info.ContinuedFrom, info.ContinuedFromSequence);
    }

    // A later day answers for its hours since midnight, too.
    private RecordedDay Next(RecordedDay previous, long number, long receiveTime) =>
        Begin(number, number * Nanoseconds.PerDay, receiveTime, previous.Stream.Value, previous.Sequence);

    private RecordedDay Begin(long number, long since, long receiveTime, string continuedFrom, long continuedFromSequence)
    {
        var name = StreamName.Market(instrument.Symbol, UtcDay.Name(number), info.Name);
        var stream = new RecordedDay(name, number, create(name), since, Tap) { Begun = Tally() };
        var started = new RecordingStarted
        {
            Recording = info.Name,
            Source = info.Source,
            ReceiveClock = info.ReceiveClock,
            Recorder = info.Recorder,
            ContinuedFrom = continuedFrom,
            ContinuedFromSequence = continuedFromSequence,
        };

        // All of the beginning before anybody is told of it: a process that dies over the first of these events leaves no day without its instrument.
        var defined = instrument.ToEvent();
        var (startedHeader, definedHeader) = (stream.Put(0, receiveTime, Cause.None, started), stream.Put(0, receiveTime, Cause.None, defined));
        var goesOn = continuedFrom.Length > 0;
        var checkpoint = goesOn ? Tracker.Checkpoint() : default;
        var checkpointHeader = goesOn ? stream.Put(0, receiveTime, Cause.None, checkpoint) : default;
        stream.Tell(startedHeader, started);
        stream.Tell(definedHeader, defined);
        if (goesOn)
        {
            stream.Tell(checkpointHeader, checkpoint);

            // The same that a replay does: what a checkpoint does not carry is gone on this side, too.
            Tracker.Apply(checkpoint);
        }

        return stream;
    }

    private void Close(RecordedDay stream)
    {
        stream.BookState = Tracker.State;
        stream.LastUpdateId = Tracker.LastUpdateId;
        stream.Over = Tally();
        day = null;
        closed = stream;
        ended(stream);
    }

    private DayTally Tally() => new(Tracker.Gaps, Counts.DepthDiffs, Counts.Trades, Counts.BookTickers, Quotes.Checked, Quotes.Matched);

    // The transition goes right after the event that made it; then the book is compared with the best quotes.
    private void Settle(RecordedDay stream, long receiveTime, long cause, long appliedBefore)
    {
        if (Tracker.Changed)
        {
            stream.Add(0, receiveTime, cause == 0 ? Cause.None : new Cause(0, cause), Tracker.LastChange);
            OnTransition?.Invoke(Tracker.LastChange, receiveTime);
        }

        if (Tracker.DiffsApplied > appliedBefore && Tracker.Follows)
        {
            Quotes.OnBook(Tracker.LastUpdateId, Tracker.Book);
        }
    }
}

/// <summary>What a recording is called and made from.</summary>
public sealed record RecordingInfo
{
    /// <summary>Name, unique for the symbol.</summary>
    public required string Name { get; init; }

    /// <summary>Endpoint of a capture, or names and SHA-256 of imported files, one a line.</summary>
    public required string Source { get; init; }

    /// <summary>Resolution of the receive stamps: s, ms, us or ns.</summary>
    public required string ReceiveClock { get; init; }

    /// <summary>Program and version that writes.</summary>
    public required string Recorder { get; init; }

    /// <summary>Stream that this recording goes on from; empty for none.</summary>
    public string ContinuedFrom { get; init; } = "";

    /// <summary>Last sequence there.</summary>
    public long ContinuedFromSequence { get; init; }

    /// <summary>The book at the end of that stream; null for none.</summary>
    public BookTracker? ContinuedBook { get; init; }
}
