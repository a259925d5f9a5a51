using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Capturing;

/// <summary>One symbol of a capture: parses its messages, records them, and knows when its book needs a snapshot. The lane's gate is held by every caller.</summary>
internal sealed class SymbolCapture : IBookToSync
{
    private readonly CaptureLane lane;
    private readonly CaptureTally tally;
    private readonly Clock clock;
    private readonly JournalStore store;
    private readonly DayFinisher finisher;
    private readonly StreamParser parser;
    private readonly bool hasDepth;
    private readonly Action<StreamName>? dayBegun;
    private readonly long gapsBefore;
    private StreamMerge diffs;
    private StreamMerge partials;
    private StreamMerge trades;
    private StreamMerge aggregates;
    private StreamMerge quotes;
    private CaptureHole? open;
    private long lastTradeId;
    private bool isUp;

    public SymbolCapture(CaptureLane lane, Instrument instrument, RecordingInfo info, CaptureOptions options, Clock clock, JournalStore store, DayFinisher finisher, CaptureTally tally, IMarketTap? tap = null)
    {
        this.lane = lane;
        this.clock = clock;
        this.store = store;
        this.finisher = finisher;
        this.tally = tally;
        dayBegun = options.DayBegun;
        hasDepth = options.Streams.Contains(CaptureStream.Depth);
        StreamPrefix = Encoding.ASCII.GetBytes(instrument.Symbol.ToLowerInvariant() + "@");
        parser = new StreamParser(instrument);
        Recorder = new MarketRecorder(info, instrument, CreateDay, EndDay) { OnTransition = OnTransition, Tap = tap };
        Tap = tap;
        gapsBefore = Recorder.Tracker.Gaps;
    }

    public string Symbol => parser.Instrument.Symbol;

    /// <summary>What its stream names begin with.</summary>
    public byte[] StreamPrefix { get; }

    public MarketRecorder Recorder { get; }

    /// <summary>Told every event that is recorded; null for nobody.</summary>
    public IMarketTap? Tap { get; }

    /// <summary>Writer of the current day; null before the first event and after the end.</summary>
    public JournalWriter? Writer { get; private set; }

    /// <summary>Asks for snapshots; set once.</summary>
    public BookResync? Resync { get; set; }

    /// <summary>Messages that a second connection had delivered before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Holes in the diffs, without those of the recording that this one goes on from.</summary>
    public long Gaps => Recorder.Tracker.Gaps - gapsBefore;

    /// <summary>Trade ids that were never received.</summary>
    public long MissingTrades { get; private set; }

    /// <summary>Number of the newest connection that has delivered a diff.</summary>
    public int DiffsFrom { get; private set; }

    /// <summary>True when diffs are recorded: then there is a book to keep.</summary>
    public bool HasBook => hasDepth;

    /// <inheritdoc/>
    bool IBookToSync.NeedsSnapshot
    {
        get
        {
            lock (lane.Gate)
            {
                return NeedsSnapshot;
            }
        }
    }

    /// <inheritdoc/>
    bool IBookToSync.HasDiffs
    {
        get
        {
            lock (lane.Gate)
            {
                return Recorder.Tracker.BufferedCount > 0;
            }
        }
    }

    private bool NeedsSnapshot => isUp && hasDepth && !Recorder.Tracker.Follows;

    /// <summary>A message of this symbol, or of none, came on a connection.</summary>
    public void OnMessage(int connection, long receiveTime, ReadOnlySpan<byte> utf8, bool isHeld = false)
    {
        var kind = parser.Parse(utf8);
        var message = parser.Message;
        if (!Take(connection, kind, message))
        {
            Duplicates++;
            return;
        }

        if (clock.Follows)
        {
            receiveTime = clock.Saw(message.VenueTime);
        }

        // What waited for its turn came before what was recorded last: the order is the venue's, the stamps do not go back.
        receiveTime = isHeld ? Math.Max(receiveTime, Recorder.LastTime) : receiveTime;
        if (message.VenueTime != 0)
        {
            lane.Delays.Add(receiveTime - message.VenueTime - tally.ClockOffset);
        }

        Recorder.Record(receiveTime, message);
        if (NeedsSnapshot)
        {
            Resync!.Wake();
        }
    }

    /// <summary>A message came on a connection that waits for its turn.</summary>
    public void Heard(int connection, ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("\"depthUpdate\""u8) >= 0)
        {
            DiffsFrom = connection;
        }
    }

    /// <summary>A connection came up, went down, or was taken over.</summary>
    public void OnConnection(long time, bool up, string detail)
    {
        Recorder.Connection(time, up, detail);
        if (up)
        {
            isUp = true;
            Resync!.Wake();
            return;
        }

        isUp = false;
        diffs.Reset();
        partials.Reset();
        trades.Reset();
        aggregates.Reset();
        quotes.Reset();
        if (open is null && hasDepth)
        {
            var from = Recorder.Tracker.LastUpdateId;
            open = tally.Add(new CaptureHole { Symbol = Symbol, From = time, FirstMissing = from == 0 ? 0 : from + 1, Why = detail });
        }

        Recorder.Restart(time);
    }

    /// <inheritdoc/>
    void IBookToSync.OnSnapshot(byte[] body)
    {
        lock (lane.Gate)
        {
            tally.Snapshots++;
            parser.Parse(body);
            Recorder.Record(clock.Now, parser.Message);
        }
    }

    /// <inheritdoc/>
    void IBookToSync.OnSnapshotFailed(Exception failure)
    {
        lock (lane.Gate)
        {
            tally.FailedSnapshots++;
            tally.Note(clock.Now, $"{Symbol}: {failure.Message}");
        }
    }

    /// <summary>Ends the recording.</summary>
    public void End(string reason)
    {
        Recorder.End(reason);
        Tap?.End(reason);
    }

    private bool Take(int connection, MessageKind kind, MarketMessage message)
    {
        switch (kind)
        {
            case MessageKind.DepthDiff:
                return diffs.Take(connection, message.DepthDiff.FinalUpdateId);
            case MessageKind.Trade:
                var id = message.Trade.TradeId;
                if (!trades.Take(connection, id))
                {
                    return false;
                }

                MissingTrades += lastTradeId != 0 && id > lastTradeId + 1 ? id - lastTradeId - 1 : 0;
                lastTradeId = Math.Max(lastTradeId, id);
                return true;
            case MessageKind.BestQuote:
                return quotes.Take(connection, message.BestQuote.UpdateId);
            case MessageKind.PartialBook:
                return partials.Take(connection, message.PartialBook.LastUpdateId);
            case MessageKind.AggregateTrade:
                return aggregates.Take(connection, message.AggregateTrade.AggregateId);
            default:
                return true;
        }
    }

    private void OnTransition(BookStateChanged change, long receiveTime)
    {
        if (change.Reason == BookReason.SnapshotTooOld)
        {
            tally.StaleSnapshots++;
        }
        else if (change.To == BookState.Gap && open is { } wider)
        {
            wider.LastMissing = Math.Max(wider.LastMissing, change.FirstUpdateId - 1);
        }
        else if (change.To == BookState.Gap)
        {
            open = tally.Add(new CaptureHole
            {
                Symbol = Symbol,
                From = receiveTime,
                FirstMissing = change.ExpectedUpdateId,
                LastMissing = change.FirstUpdateId - 1,
                Why = change.Reason == BookReason.SnapshotTooNew ? "no diff reached the snapshot" : "update ids are missing",
            });
        }
        else if (change.Reason == BookReason.SnapshotApplied && open is { } hole)
        {
            // The snapshot covers whatever was missing up to it; what lies before it is known only as it is there.
            hole.LastMissing = Math.Max(hole.LastMissing, change.FinalUpdateId);
            hole.Until = receiveTime;
            open = null;
        }
    }

    private IDayWriter CreateDay(StreamName name)
    {
        Writer = store.OpenWriter(name, Durability.OnClose);
        dayBegun?.Invoke(name);
        return new JournalDayWriter(Writer);
    }

    private void EndDay(RecordedDay day)
    {
        finisher.Add(day, Writer!);
        Writer = null;
    }
}
