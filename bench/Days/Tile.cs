using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Bench.Days;

/// <summary>What a piece of the tile is: which array it stands in.</summary>
internal enum PieceKind
{
    Diff,
    Trade,
    BestQuote,
}

/// <summary>One message of the tile.</summary>
/// <param name="Kind">Which array.</param>
/// <param name="Index">Where in it.</param>
/// <param name="Received">Receive stamp after the tile's first, in nanoseconds.</param>
/// <param name="Sent">Venue stamp minus receive stamp; 0 when the venue gave none.</param>
internal readonly record struct Piece(PieceKind Kind, int Index, long Received, long Sent);

/// <summary>A diff of the tile, with what it undoes.</summary>
internal readonly record struct TileDiff(long First, long Final, Level[] Bids, Level[] Asks, Level[] BidsBefore, Level[] AsksBefore);

/// <summary>
/// A recording from the first diff that moved its book to the last, in memory, as something that can be laid end to
/// end: forwards, and backwards with every diff undone and every trade on the other side, so that book, prices, ids and
/// times go on without a break.
/// </summary>
internal sealed class Tile
{
    public required InstrumentDefined Instrument { get; init; }

    /// <summary>The book before the first diff.</summary>
    public required Level[] Bids { get; init; }

    public required Level[] Asks { get; init; }

    public required long StartId { get; init; }

    public required long EndId { get; init; }

    public required List<TileDiff> Diffs { get; init; }

    public required List<Trade> Trades { get; init; }

    public required List<BestQuote> Quotes { get; init; }

    public required List<Piece> Pieces { get; init; }

    /// <summary>From the tile's first stamp to the first stamp of the next one.</summary>
    public required long Length { get; init; }

    /// <summary>Reads a recording's streams, in order.</summary>
    public static Tile Read(IEnumerable<IEventSource> streams)
    {
        var reader = new Reader();
        foreach (var stream in streams)
        {
            using (stream)
            {
                var arena = new LevelArena();
                while (stream.Read(out var header, out var payload))
                {
                    arena.Clear();
                    EventCatalog.Decode(header, payload, arena, ref reader);
                }
            }
        }

        return reader.Finish();
    }

    private sealed class Reader : IEventHandler
    {
        private const long DiffInterval = 100_000_000;

        private readonly BookTracker tracker = new();
        private readonly List<TileDiff> diffs = [];
        private readonly List<Trade> trades = [];
        private readonly List<BestQuote> quotes = [];
        private readonly List<Piece> pieces = [];
        private InstrumentDefined instrument;
        private Level[]? bids;
        private Level[] asks = [];
        private long startId;
        private long start;
        private int lastDiff;

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            switch (payload)
            {
                case InstrumentDefined defined:
                    instrument = defined;
                    break;
                case BookSnapshot snapshot:
                    tracker.Apply(snapshot);
                    break;
                case DepthDiff diff when tracker.WouldApply(diff):
                    OnDiff(header, diff);
                    break;
                case DepthDiff diff:
                    tracker.Apply(diff);
                    break;
                case Trade trade when bids is not null:
                    Add(header, PieceKind.Trade, trades.Count);
                    trades.Add(trade);
                    break;
                case BestQuote quote when bids is not null:
                    Add(header, PieceKind.BestQuote, quotes.Count);
                    quotes.Add(quote);
                    break;
            }
        }

        public Tile Finish()
        {
            // What came after the last diff has no diff behind it to be laid against.
            pieces.RemoveRange(lastDiff + 1, pieces.Count - lastDiff - 1);
            return new Tile
            {
                Instrument = instrument,
                Bids = bids ?? throw new InvalidDataException("The recording has no diff that moves a book."),
                Asks = asks,
                StartId = startId,
                EndId = tracker.LastUpdateId,
                Diffs = diffs,
                Trades = trades,
                Quotes = quotes,
                Pieces = pieces,
                Length = pieces[^1].Received + DiffInterval,
            };
        }

        private void OnDiff(in EventHeader header, in DepthDiff diff)
        {
            var book = tracker.Book;
            if (bids is null)
            {
                bids = book.Bids.ToLevels();
                asks = book.Asks.ToLevels();
                startId = tracker.LastUpdateId;
                start = header.ReceiveTime;
            }

            lastDiff = pieces.Count;
            Add(header, PieceKind.Diff, diffs.Count);
            diffs.Add(new TileDiff(
                tracker.LastUpdateId + 1,
                diff.FinalUpdateId,
                diff.Bids.Span.ToArray(),
                diff.Asks.Span.ToArray(),
                Before(book.Bids, diff.Bids.Span),
                Before(book.Asks, diff.Asks.Span)));
            tracker.Apply(diff);
            if (tracker.State != BookState.Synced)
            {
                throw new InvalidDataException($"The recording's book is {tracker.State} at update id {diff.FinalUpdateId}: it cannot be tiled.");
            }
        }

        private void Add(in EventHeader header, PieceKind kind, int index)
        {
            // Stamps within the tile never run backwards, or its mirror image would be out of order.
            var received = Math.Max(header.ReceiveTime - start, pieces.Count == 0 ? 0 : pieces[^1].Received);
            pieces.Add(new Piece(kind, index, received, header.VenueTime == 0 ? 0 : header.VenueTime - header.ReceiveTime));
        }

        private static Level[] Before(BookSide side, ReadOnlySpan<Level> changed)
        {
            var before = new Level[changed.Length];
            for (var i = 0; i < changed.Length; i++)
            {
                before[i] = new Level(changed[i].Price, side.QuantityAt(changed[i].Price));
            }

            return before;
        }
    }
}
