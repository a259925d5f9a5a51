using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Bench.Days;

/// <summary>Lays a tile end to end until the days are full, and stores them as a recording would be stored.</summary>
/// <param name="store">Where to.</param>
/// <param name="tile">What is laid.</param>
/// <param name="quotesEvery">Every so many of its best quotes are laid too; 0 for none.</param>
internal sealed class DayGenerator(JournalStore store, Tile tile, int quotesEvery)
{
    /// <summary>Name of the generated recording.</summary>
    public const string Recording = "tiled";

    /// <summary>A day in nanoseconds.</summary>
    public const long Day = 86_400_000_000_000;
    private const int BatchEvents = 4_096;

    private readonly EventBatch batch = new(1024 * 1024);
    private readonly BookTracker tracker = new();
    private DetachedStream? stream;
    private long sequence;
    private string previous = "";
    private long previousSequence;
    private long updateId;
    private long tradeId;
    private DayCounts counts;

    /// <summary>Writes the days.</summary>
    /// <param name="first">When they begin, nanoseconds since the epoch: a midnight, unless less than a day is wanted across one.</param>
    /// <param name="length">How long, in nanoseconds.</param>
    public void Run(long first, long length)
    {
        updateId = tile.StartId;
        tradeId = tile.Trades[0].TradeId;
        var start = first;
        var day = -1L;
        for (var turn = 0; start < first + length; turn++)
        {
            var backwards = turn % 2 == 1;
            for (var i = 0; i < tile.Pieces.Count; i++)
            {
                var piece = tile.Pieces[backwards ? tile.Pieces.Count - 1 - i : i];
                var last = tile.Pieces[^1].Received;
                var time = start + (backwards ? last - piece.Received : piece.Received);
                if (time >= first + length)
                {
                    break;
                }

                if (time / Day > day)
                {
                    Close(goesOn: true);
                    day = time / Day;
                    Begin(day * Day, time);
                }

                Write(piece, time, backwards);
            }

            start += tile.Length;
            updateId += tile.EndId - tile.StartId;
            tradeId += tile.Trades.Count;
        }

        Add(0, previousTime, new RecordingEnded { Reason = "end of the tiles" });
        Close(goesOn: false);
    }

    private long previousTime;
    private TrustFold trust = new();

    private void Begin(long midnight, long time)
    {
        var name = UtcDay.NameOf(midnight);
        stream = store.CreateDetached(StreamName.Market(tile.Instrument.Symbol, name, Recording));
        sequence = 0;
        counts = default;
        trust = new TrustFold();
        Add(0, time, new RecordingStarted
        {
            Recording = Recording,
            Source = "tiles of a recording, forwards and backwards in turn",
            ReceiveClock = "ns",
            Recorder = "bench/Days",
            ContinuedFrom = previous,
            ContinuedFromSequence = previousSequence,
        });
        Add(0, time, tile.Instrument);
        if (previous.Length > 0)
        {
            var checkpoint = tracker.Checkpoint();
            Add(0, time, checkpoint);
            tracker.Apply(checkpoint);
            return;
        }

        var snapshot = new BookSnapshot { LastUpdateId = tile.StartId, Bids = new LevelList(tile.Bids), Asks = new LevelList(tile.Asks) };
        Add(0, time, snapshot);
        tracker.Apply(snapshot);
        Add(0, time, tracker.LastChange);
    }

    private void Write(in Piece piece, long time, bool backwards)
    {
        previousTime = time;
        var sent = piece.Sent == 0 ? 0 : time + piece.Sent;
        switch (piece.Kind)
        {
            case PieceKind.Diff:
                var diff = tile.Diffs[piece.Index];
                var (low, high) = backwards
                    ? (tile.EndId - diff.Final, tile.EndId - diff.First + 1)
                    : (diff.First - 1 - tile.StartId, diff.Final - tile.StartId);
                var written = new DepthDiff
                {
                    FirstUpdateId = updateId + low + 1,
                    FinalUpdateId = updateId + high,
                    Bids = new LevelList(backwards ? diff.BidsBefore : diff.Bids),
                    Asks = new LevelList(backwards ? diff.AsksBefore : diff.Asks),
                };
                Add(sent, time, written);
                tracker.Apply(written);
                if (tracker.Changed)
                {
                    throw new InvalidDataException($"The tiled book went to {tracker.State} at update id {written.FinalUpdateId}.");
                }

                counts.Diffs++;
                counts.Levels += written.Bids.Count + written.Asks.Count;
                break;
            case PieceKind.Trade:
                var trade = tile.Trades[piece.Index];
                trade.TradeId = tradeId + (backwards ? tile.Trades.Count - 1 - piece.Index : piece.Index);
                trade.TradeTime = sent == 0 ? time : sent;
                trade.BuyerIsMaker ^= backwards;
                Add(sent, time, trade);
                counts.Trades++;
                break;
            default:
                if (quotesEvery == 0 || piece.Index % quotesEvery != 0)
                {
                    return;
                }

                var quote = tile.Quotes[piece.Index];
                quote.UpdateId = updateId + (backwards ? tile.EndId - quote.UpdateId : quote.UpdateId - tile.StartId);
                Add(sent, time, quote);
                counts.Quotes++;
                break;
        }
    }

    private void Add<T>(long venueTime, long time, in T payload)
        where T : struct, IPayload<T>
    {
        sequence++;
        var header = new EventHeader(sequence, T.Type, T.Version, venueTime, time, Cause.None);
        batch.Add(header, payload);
        trust.On(header, payload);
        if (batch.Count == BatchEvents)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (batch.Count > 0)
        {
            stream!.Writer.Append(batch);
            batch.Clear();
        }
    }

    // Time is counted by the recorder's rule, so that mm verify of the day holds its notes to its events.
    private void Close(bool goesOn)
    {
        if (stream is null)
        {
            return;
        }

        Flush();
        var (trusted, untrusted) = goesOn ? trust.UntilMidnight : (trust.Trusted, trust.Untrusted);
        stream.Writer.Seal("bench/Days",
        [
            new(MarketNotes.Recording, Recording),
            new(MarketNotes.TrustedSeconds, FixedPoint.Format(trusted, 9)),
            new(MarketNotes.UntrustedSeconds, FixedPoint.Format(untrusted, 9)),
            new(MarketNotes.Gaps, MarketNotes.Text(trust.Book.Tracker.Gaps)),
            new(MarketNotes.DepthDiffs, MarketNotes.Text(counts.Diffs)),
            new(MarketNotes.Trades, MarketNotes.Text(counts.Trades)),
            new(MarketNotes.BookTickers, MarketNotes.Text(counts.Quotes)),
            new(MarketNotes.BookState, tracker.State.ToString()),
            new(MarketNotes.LastUpdateId, MarketNotes.Text(tracker.LastUpdateId)),
        ]);
        stream.Publish();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stream.Stream}: {sequence:N0} events, {counts.Diffs:N0} diffs of {(double)counts.Levels / counts.Diffs:0.0} levels, {counts.Trades:N0} trades, {counts.Quotes:N0} best quotes"));
        previous = stream.Stream.Value;
        previousSequence = sequence;
        stream.Dispose();
        stream = null;
    }

    private struct DayCounts
    {
        public long Diffs;
        public long Levels;
        public long Trades;
        public long Quotes;
    }
}
