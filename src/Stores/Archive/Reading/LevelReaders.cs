using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>What the two tables of levels have in common: a side, a price and a quantity a row.</summary>
internal abstract class LevelReader : TableReader
{
    private readonly ValueCursor<bool> isBid;
    private readonly LongCursor price;
    private readonly LongCursor quantity;
    private Level[] levels = new Level[256];

    protected LevelReader(ParquetReader file, string path, ArchiveDecimals decimals)
        : base(file, path, false)
    {
        isBid = Own(new ValueCursor<bool>(file, Find(Columns.IsBid)));
        price = Own(LongCursor.Decimals(file, Find(Columns.Price), decimals.Price));
        quantity = Own(LongCursor.Decimals(file, Find(Columns.Quantity), decimals.Quantity));
    }

    protected (LevelList Bids, LevelList Asks) Levels(int rows, long number)
    {
        if (levels.Length < rows)
        {
            levels = new Level[rows * 2];
        }

        var sides = isBid.Take(rows);
        var bids = sides.IndexOf(false) is var first and >= 0 ? first : rows;
        if (sides[bids..].Contains(true))
        {
            throw new InvalidDataException($"{Path}, event {number}: a bid stands behind an ask; bids come first.");
        }

        var prices = price.Take(rows);
        var quantities = quantity.Take(rows);
        for (var i = 0; i < rows; i++)
        {
            levels[i] = new Level(prices[i], quantities[i]);
        }

        return (new LevelList(levels, 0, bids), new LevelList(levels, bids, rows - bids));
    }
}

/// <summary>depth.parquet.</summary>
internal sealed class DepthReader : LevelReader
{
    private readonly LongCursor first;
    private readonly LongCursor final;

    public DepthReader(ParquetReader file, string path, ArchiveDecimals decimals)
        : base(file, path, decimals)
    {
        first = Integers(Columns.FirstUpdateId);
        final = Integers(Columns.FinalUpdateId);
    }

    protected override (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload)
    {
        var diff = new DepthDiff { FirstUpdateId = first.Peek(), FinalUpdateId = final.Peek() };
        first.Skip(rows);
        final.Skip(rows);
        (diff.Bids, diff.Asks) = Levels(rows, number);
        EventRecord.WritePayload(payload, diff);
        return (EventType.DepthDiff, DepthTable.Version);
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
        var book = new PartialBook { LastUpdateId = last.Peek() };
        last.Skip(rows);
        (book.Bids, book.Asks) = Levels(rows, number);
        EventRecord.WritePayload(payload, book);
        return (EventType.PartialBook, PartialBookTable.Version);
    }
}

/// <summary>Decimals of price and quantity units of the events.</summary>
internal readonly record struct ArchiveDecimals(int Price, int Quantity);
