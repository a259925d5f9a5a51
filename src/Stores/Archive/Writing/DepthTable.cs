using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// The columns of levels, one row a level, bids before asks, each in the order sent. Plain values under ZSTD: prices and
/// quantities of a book recur as they are, which a compressor finds best where nothing has repacked them.
/// </summary>
internal sealed class LevelSinks(in ArchiveScales scales)
{
    private readonly long unit = scales.PriceUnit;
    private readonly long priceLimit = scales.PriceLimit;
    private readonly long quantityUnit = scales.QuantityUnit;
    private readonly long quantityLimit = scales.QuantityLimit;

    public ValueSink<bool> IsBid { get; } = new(ParquetColumn.Boolean(Columns.IsBid));

    public LongSink Price { get; } = Columns.PriceOf(Columns.Price, scales);

    public LongSink Quantity { get; } = Columns.QuantityOf(Columns.Quantity, scales);

    /// <summary>Rows of an event; 0 when the table cannot hold it: it has no level, or one that the decimals cannot hold.</summary>
    public int RowsOf(in LevelList bids, in LevelList asks) => Fit(bids.Span) && Fit(asks.Span) ? bids.Count + asks.Count : 0;

    public void Add(in LevelList bids, in LevelList asks)
    {
        IsBid.Add(true, bids.Count);
        IsBid.Add(false, asks.Count);
        Add(bids.Span);
        Add(asks.Span);
    }

    private void Add(ReadOnlySpan<Level> levels)
    {
        foreach (ref readonly var level in levels)
        {
            Price.Add(level.Price / unit);
            Quantity.Add(level.Quantity / quantityUnit);
        }
    }

    private bool Fit(ReadOnlySpan<Level> levels)
    {
        foreach (ref readonly var level in levels)
        {
            if (level.Price < 0 || level.Price % unit != 0 || level.Price / unit >= priceLimit
                || level.Quantity < 0 || level.Quantity % quantityUnit != 0 || level.Quantity / quantityUnit >= quantityLimit)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>depth.parquet: diffs, one row a level.</summary>
internal sealed class DepthTable : IDisposable
{
    public const int Version = 1;

    private readonly LevelSinks levels;
    private readonly ColumnSink[] sinks;
    private readonly LongSink first = Columns.Integer(Columns.FirstUpdateId);
    private readonly LongSink final = Columns.Integer(Columns.FinalUpdateId);

    public DepthTable(string folder, in ArchiveScales scales, ArchiveFileOptions options)
    {
        levels = new LevelSinks(scales);
        sinks = [.. Columns.Envelope(false), first, final, levels.IsBid, levels.Price, levels.Quantity];
        File = new TableFile(Path.Combine(folder, ArchiveLayout.Depth), sinks, options);
    }

    public TableFile File { get; }

    public bool TryAdd(in EventHeader header, in DepthDiff diff)
    {
        var rows = levels.RowsOf(diff.Bids, diff.Asks);
        if (rows == 0 || header.Version != Version || header.Cause != Cause.None)
        {
            return false;
        }

        Columns.AddEnvelope(sinks, header, false, rows);
        first.Add(diff.FirstUpdateId, rows);
        final.Add(diff.FinalUpdateId, rows);
        levels.Add(diff.Bids, diff.Asks);
        File.EndEvent(rows);
        return true;
    }

    public void Dispose() => File.Dispose();
}

/// <summary>depth20.parquet: partial books, one row a level, numbered from the best.</summary>
internal sealed class PartialBookTable : IDisposable
{
    public const int Version = 1;

    private readonly LevelSinks levels;
    private readonly ColumnSink[] sinks;
    private readonly LongSink last = Columns.Integer(Columns.LastUpdateId);
    private readonly LongSink number = new(ParquetColumn.Int32(Columns.Level));

    public PartialBookTable(string folder, in ArchiveScales scales, ArchiveFileOptions options)
    {
        levels = new LevelSinks(scales);
        sinks = [.. Columns.Envelope(false), last, levels.IsBid, number, levels.Price, levels.Quantity];
        File = new TableFile(Path.Combine(folder, ArchiveLayout.PartialBooks), sinks, options);
    }

    public TableFile File { get; }

    public bool TryAdd(in EventHeader header, in PartialBook book)
    {
        var rows = levels.RowsOf(book.Bids, book.Asks);
        if (rows == 0 || header.Version != Version || header.Cause != Cause.None)
        {
            return false;
        }

        Columns.AddEnvelope(sinks, header, false, rows);
        last.Add(book.LastUpdateId, rows);
        Number(book.Bids.Count);
        Number(book.Asks.Count);
        levels.Add(book.Bids, book.Asks);
        File.EndEvent(rows);
        return true;
    }

    public void Dispose() => File.Dispose();

    private void Number(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            number.Add(i);
        }
    }
}
