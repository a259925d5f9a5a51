using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Capturing;

/// <summary>One symbol of a capture: parses its messages, records them, and knows when its book needs a snapshot. The lane's gate is held by every caller.</summary>
internal sealed class SymbolCapture : IBookToSync
{
    // No diff is late by as many update ids.
    private const long FurthestBack = 10_000_000;

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
    private CaptureHole? newest;
    private long lastDiff;
    private long lastDiffTime;
    private readonly TradeWatch tradeWatch;
    private bool isUp;

    public SymbolCapture(CaptureLane lane, Instrument instrument, RecordingInfo info, CaptureOptions options, Clock clock, JournalStore store, DayFinisher finisher, CaptureTally tally, IMarketTap? tap = null, (long Id, long Time) lastTrade = default, (long Id, long Time) lastDiff = default)
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
        tradeWatch = new TradeWatch(instrument.Symbol, tally, lastTrade);
        (this.lastDiff, lastDiffTime) = lastDiff;
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

    /// <summary>Trade ids that have not been received, since the recording that this one goes on from; one that comes late is none.</summary>
    public long MissingTrades => tradeWatch.Missing;

    /// <summary>Number of the newest connection that has delivered a diff.</summary>
    public int DiffsFrom { get; private set; }

    /// <summary>Number of the connection whose diff was recorded last.</summary>
    public int DiffsTakenFrom { get; private set; }

    /// <summary>What is known to be missing so far: holes in the diffs, and trade ids.</summary>
    public long Missing => Gaps + MissingTrades;

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

        if (kind == MessageKind.DepthDiff)
        {
            DiffsTakenFrom = connection;
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
        if (kind == MessageKind.DepthDiff)
        {
            List(message.DepthDiff.FirstUpdateId, message.DepthDiff.FinalUpdateId, receiveTime);
        }

        if (kind == MessageKind.Trade)
        {
            tradeWatch.On(message.Trade.TradeId, receiveTime, message.VenueTime);
        }

        tradeWatch.Pass(message.VenueTime, receiveTime);
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
        Lose(time, detail);
        Recorder.Restart(time);
    }

    /// <summary>An attempt to connect failed, with a connection up beside it or with none.</summary>
    public void OnAttemptFailed(long time, string detail)
    {
        Recorder.Connection(time, isUp, detail);
        if (!isUp && Recorder.Tracker.State != BookState.Buffering)
        {
            // The recording goes on from one with a book, and nobody has followed that since.
            Lose(time, detail);
            Recorder.Restart(time);
        }
    }

    /// <summary>The venue refused a request or failed at it, or there was no answer: it is recorded, with the answer's own words.</summary>
    /// <param name="what">What was asked for.</param>
    /// <param name="failure">What came of it.</param>
    public void OnRequestFailed(string what, Exception failure)
    {
        var now = clock.Now;
        if (failure is VenueRefusedException { IsBan: true } ban)
        {
            Recorder.Tell(now, new RequestThrottled
            {
                Request = GatewayRequestKind.Query,
                Limit = GatewayLimit.Ban,
                Refused = true,
                Used = ban.Status,
                Until = now + (ban.RetryAfter.Ticks * 100),
                Detail = $"{what}: {ban.Message}",
            });
            return;
        }

        Recorder.Tell(now, new VenueMessage { Body = (failure as VenueRefusedException)?.Body ?? "", Problem = $"{what}: {failure.Message}" });
    }

    /// <summary>A request waits because of the weight budget.</summary>
    /// <param name="what">What is asked for.</param>
    /// <param name="held">How long, and why.</param>
    /// <returns>The same in words.</returns>
    public string OnRequestHeld(string what, HeldRequest held)
    {
        var text = held.IsBan
            ? FormattableString.Invariant($"{what} waits {held.Wait.TotalSeconds:0.0} s: the venue refuses everything until then")
            : FormattableString.Invariant($"{what} waits {held.Wait.TotalSeconds:0.0} s for the next minute: {held.Used:N0} of {held.Limit:N0} weight are used");
        var now = clock.Now;
        Recorder.Tell(now, new RequestThrottled
        {
            Request = GatewayRequestKind.Query,
            Limit = held.IsBan ? GatewayLimit.Ban : GatewayLimit.RequestWeight,
            Used = held.Used,
            Allowed = held.Limit,
            Until = now + (held.Wait.Ticks * 100),
            Detail = text,
        });
        return text;
    }

    /// <inheritdoc/>
    void IBookToSync.OnSnapshot(byte[] body)
    {
        lock (lane.Gate)
        {
            if (parser.Parse(body) == MessageKind.BookSnapshot)
            {
                tally.Snapshots.Add();
            }
            else
            {
                // An answer, and no book: something between may have made it. It is kept word for word, and asked for again.
                tally.FailedSnapshots.Add();
                tally.Note(clock.Now, $"{Symbol}: no snapshot: what the venue answered is none");
            }

            Recorder.Record(clock.Now, parser.Message);
        }
    }

    /// <inheritdoc/>
    void IBookToSync.OnSnapshotFailed(Exception failure)
    {
        lock (lane.Gate)
        {
            tally.FailedSnapshots.Add();
            OnRequestFailed("snapshot", failure);
            tally.Note(clock.Now, $"{Symbol}: no snapshot: {failure.Message}");
        }
    }

    /// <inheritdoc/>
    void IBookToSync.OnSnapshotHeld(HeldRequest held)
    {
        lock (lane.Gate)
        {
            tally.Note(clock.Now, $"{Symbol}: {OnRequestHeld("the snapshot", held)}");
        }
    }

    /// <summary>Ends the recording.</summary>
    public void End(string reason)
    {
        tradeWatch.End(Recorder.LastTime);
        Recorder.End(reason);
        Tap?.End(reason);
    }

    /// <summary>The capture is over and this symbol's day was not ended: something failed. What was recorded goes to the disk where it can, and the lock is given up.</summary>
    public void Abandon()
    {
        try
        {
            if (Writer is not null)
            {
                Recorder.Day?.WriteOut();
            }
        }
        catch (JournalFailedException)
        {
            // The disk is why the capture ended: whoever ran it has been told.
        }

        try
        {
            Writer?.Dispose();
        }
        catch (JournalFailedException)
        {
            // The same; the lock is given up all the same.
        }

        Writer = null;
    }

    private bool Take(int connection, MessageKind kind, MarketMessage message)
    {
        switch (kind)
        {
            case MessageKind.DepthDiff:
                return diffs.Take(connection, message.DepthDiff.FinalUpdateId);
            case MessageKind.Trade:
                return trades.Take(connection, message.Trade.TradeId);
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
            tally.StaleSnapshots.Add();
            tally.Note(receiveTime, FormattableString.Invariant($"{Symbol}: the snapshot is older than the diffs (update {change.FinalUpdateId}); another one is asked for"));
        }
        else if (change.To == BookState.Gap && open is { } wider)
        {
            wider.LastMissing = Math.Max(wider.LastMissing, change.FirstUpdateId - 1);
            tally.Note(receiveTime, FormattableString.Invariant($"{Symbol}: more update ids are missing, up to {wider.LastMissing}; another snapshot is asked for"));
        }
        else if (change.To == BookState.Gap)
        {
            newest = open = tally.Add(new CaptureHole
            {
                Symbol = Symbol,
                From = receiveTime,
                FirstMissing = change.ExpectedUpdateId,
                LastMissing = change.FirstUpdateId - 1,
                Why = change.Reason == BookReason.SnapshotTooNew ? "no diff reached the snapshot" : "update ids are missing",
            });
            tally.Note(receiveTime, FormattableString.Invariant($"{Symbol}: {open.Why}: {open.FirstMissing} to {open.LastMissing}; a snapshot is asked for"));
        }
        else if (change.Reason == BookReason.SnapshotApplied && open is { } hole)
        {
            // The snapshot covers whatever was missing up to it; what lies before it is known only as it is there.
            hole.LastMissing = Math.Max(hole.LastMissing, change.FinalUpdateId);
            hole.Until = receiveTime;
            open = null;
            tally.Note(receiveTime, FormattableString.Invariant($"{Symbol}: the book is whole again at update {change.FinalUpdateId}, after {(receiveTime - hole.From) / 1e9:0.0} s"));
        }
    }

    // Every id between two recorded diffs is in a hole, also one that a snapshot has made good for the book: the recording lacks it.
    private void List(long first, long final, long receiveTime)
    {
        if (lastDiff - final > FurthestBack)
        {
            // The venue counts from anew, as a test venue does that was reset.
            lastDiff = 0;
        }

        var missing = lastDiff + 1;
        var (before, from) = (lastDiff, lastDiffTime);
        lastDiff = Math.Max(lastDiff, final);
        lastDiffTime = receiveTime;
        if (before == 0 || first <= missing)
        {
            return;
        }

        if (newest is { } hole && (hole == open || hole.LastMissing >= missing - 1) && hole.FirstMissing <= first)
        {
            // Where its beginning is not known (0) it stays so.
            hole.FirstMissing = Math.Min(hole.FirstMissing, missing);
            hole.LastMissing = Math.Max(hole.LastMissing, first - 1);
            return;
        }

        newest = tally.Add(new CaptureHole { Symbol = Symbol, From = from, Until = receiveTime, FirstMissing = missing, LastMissing = first - 1, Why = "a snapshot stands for these" });
        tally.Note(receiveTime, FormattableString.Invariant($"{Symbol}: update ids {missing} to {first - 1} were never received; the snapshot stands for them"));
    }

    // The book is not to be trusted from here on.
    private void Lose(long time, string why)
    {
        if (open is null && hasDepth)
        {
            var from = Recorder.Tracker.LastUpdateId;
            newest = open = tally.Add(new CaptureHole { Symbol = Symbol, From = time, FirstMissing = from == 0 ? 0 : from + 1, Why = why });
        }
    }

    private IDayWriter CreateDay(StreamName name)
    {
        try
        {
            Writer = store.OpenWriter(name, Durability.OnClose);
        }
        catch (Exception e) when (JournalFailedException.IsCause(e))
        {
            // No wrong input: the disk that took yesterday does not take today.
            throw new JournalFailedException(name, 0, e);
        }

        dayBegun?.Invoke(name);
        return new JournalDayWriter(Writer);
    }

    private void EndDay(RecordedDay day)
    {
        var writer = Writer!;
        Writer = null;
        finisher.Add(day, writer);
    }
}
