using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>What the two tables of levels have in common: a side, a price and a quantity a row.</summary>
internal abstract class LevelReader : TableReader
{
    private readonly ValueCursor<bool> isBid;
    private readonly LevelNumbers price;
    private readonly LevelNumbers quantity;
    private Level[] levels = new Level[256];

    protected LevelReader(ParquetReader file, string path, ArchiveDecimals decimals)
        : base(file, path, false)
    {
        isBid = Own(new ValueCursor<bool>(file, Find(Columns.IsBid)));
        price = Own(new LevelNumbers(file, Find(Columns.Price), decimals.Price));
        quantity = Own(new LevelNumbers(file, Find(Columns.Quantity), decimals.Quantity));
    }

    protected (LevelList Bids, LevelList Asks) Levels(int rows, long number)
    {
        if (levels.Length < rows)
        {
            levels = new Level[rows * 2];
        }

        var bids = Fill(levels.AsSpan(0, rows), number);
        return (new LevelList(levels, 0, bids), new LevelList(levels, bids, rows - bids));
    }

    protected (LevelList Bids, LevelList Asks) Levels(int rows, long number, EventBlock block)
    {
        var all = block.TakeLevels(rows, out var room);
        var bids = Fill(room, number);
        return (all.Slice(0, bids), all.Slice(bids, rows - bids));
    }

    // Returns how many of them are bids.
    private int Fill(Span<Level> room, long number)
    {
        var sides = isBid.Take(room.Length);
        var bids = sides.IndexOf(false) is var first and >= 0 ? first : room.Length;
        if (sides[bids..].Contains(true))
        {
            throw new InvalidDataException($"{Path}, event {number}: a bid stands behind an ask; bids come first.");
        }

        if (price.IsNarrow && quantity.IsNarrow)
        {
            var prices = price.TakeNarrow(room.Length);
            var quantities = quantity.TakeNarrow(room.Length);
            var (priceUnit, quantityUnit) = (price.Unit, quantity.Unit);
            for (var i = 0; i < room.Length; i++)
            {
                // Nine digits times a power of ten of at most nine more fit 64 bits.
                room[i] = new Level(unchecked(prices[i] * priceUnit), unchecked(quantities[i] * quantityUnit));
            }
        }
        else
        {
            var prices = price.Take(room.Length);
            var quantities = quantity.Take(room.Length);
            for (var i = 0; i < room.Length; i++)
            {
                room[i] = new Level(prices[i], quantities[i]);
            }
        }

        return bids;
    }
}

/// <summary>depth.parquet.</summary>
internal sealed class DepthReader : LevelReader
{
    private readonly RunCursor first;
    private readonly RunCursor final;

    public DepthReader(ParquetReader file, string path, ArchiveDecimals decimals)
        : base(file, path, decimals)
    {
        first = Runs(Columns.FirstUpdateId);
        final = Runs(Columns.FinalUpdateId);
    }

    protected override (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload)
    {
        var diff = new DepthDiff { FirstUpdateId = first.First(rows), FinalUpdateId = final.First(rows) };
        (diff.Bids, diff.Asks) = Levels(rows, number);
        EventRecord.WritePayload(payload, diff);
        return (EventType.DepthDiff, DepthTable.Version);
    }

    // The table's version is the payload's as long as nobody makes another: then old ones are read as bytes and upcast.
    protected override bool GivesValues => DepthTable.Version == DepthDiff.Version;

    protected override void ReadValue(in Envelope envelope, EventBlock block)
    {
        var diff = new DepthDiff { FirstUpdateId = first.First(envelope.Rows), FinalUpdateId = final.First(envelope.Rows) };
        (diff.Bids, diff.Asks) = Levels(envelope.Rows, Next, block);
        block.Add(new EventHeader(Next, EventType.DepthDiff, DepthDiff.Version, envelope.Venue, envelope.Received, envelope.Cause), diff);
    }
}

/// <summary>depth20.parquet.</summary>
internal sealed class PartialBookReader : LevelReader
{
    private readonly LongCursor last;

    public PartialBookReader(ParquetReader file, string path, ArchiveDecimals decimals)
        : base(file, path, decimals) => last = Integers(Columns.LastUpdateId);

    protected override (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload)
    {
        var book = new PartialBook { LastUpdateId = last.First(rows) };
        (book.Bids, book.Asks) = Levels(rows, number);
        EventRecord.WritePayload(payload, book);
        return (EventType.PartialBook, PartialBookTable.Version);
    }
}

/// <summary>Decimals of price and quantity units of the events.</summary>
internal readonly record struct ArchiveDecimals(int Price, int Quantity);
