namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Reads one column of one row group page by page: each <c>ReadPage</c> appends the next page's entries, so a caller
/// that clears in between holds one page, and one that does not collects the whole column.
/// Not for use by several threads at once; different readers of one file are.
/// </summary>
public abstract class ParquetColumnReader : IDisposable
{
    private readonly PageReader _pages;
    private readonly long _rows;
    private long _rowsSeen;
    private bool _dataSeen;

    private protected ParquetColumnReader(PageReader pages, ParquetChunk chunk, long rows)
    {
        _pages = pages;
        _rows = rows;
        Column = chunk.Column;
        RemainingEntries = chunk.EntryCount;
        if (!Column.HasRepetitionLevels && chunk.EntryCount != rows)
        {
            throw Place.Corrupt($"the column has {chunk.EntryCount} entries where its row group has {rows} rows");
        }
    }

    /// <summary>The column.</summary>
    public ParquetColumn Column { get; }

    /// <summary>Entries (values and nulls) not yet read.</summary>
    public long RemainingEntries { get; private set; }

    private protected ParquetPlace Place => _pages.Place;

    /// <inheritdoc/>
    public void Dispose()
    {
        _pages.Dispose();
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Appends the entries of the next data page.</summary>
    /// <returns>False when there is none left.</returns>
    /// <exception cref="ParquetException">The page is damaged or uses an unsupported feature; the data object's content is then undefined.</exception>
    private protected bool ReadPage(ParquetColumnData into)
    {
        while (RemainingEntries > 0)
        {
            if (!_pages.Next())
            {
                throw Place.Corrupt($"the column ends {RemainingEntries} entries early");
            }

            if (_pages.Header.Type == PageType.Dictionary)
            {
                ReadDictionary();
                continue;
            }

            ReadData(into);
            if (RemainingEntries == 0)
            {
                CheckRows();
            }

            return true;
        }

        return false;
    }

    private protected abstract void LoadDictionary(ReadOnlySpan<byte> body, int count);

    private protected abstract void DecodeValues(ReadOnlySpan<byte> data, ParquetEncoding encoding, int count, ParquetColumnData into, int expectedTotal);

    /// <summary>Where the last bytes of the current page stand; false where they are in no array.</summary>
    private protected bool TryFindEnd(int length, out ArraySegment<byte> bytes) => _pages.TryFindEnd(length, out bytes);

    private void ReadDictionary()
    {
        if (_dataSeen)
        {
            throw Place.Corrupt("a dictionary page stands after data pages");
        }

        if (_pages.Header.Encoding is not (ParquetEncoding.Plain or ParquetEncoding.PlainDictionary))
        {
            throw Place.Unsupported($"a dictionary encoded as {_pages.Header.Encoding}");
        }

        LoadDictionary(_pages.Body, _pages.Header.EntryCount);
    }

    private void ReadData(ParquetColumnData into)
    {
        int entries = _pages.Header.EntryCount;
        if (entries > RemainingEntries)
        {
            throw Place.Corrupt($"a page has {entries} entries where the column has {RemainingEntries} left");
        }

        if ((long)into.EntryCount + entries > Array.MaxLength)
        {
            throw Place.Unsupported($"more than {Array.MaxLength} entries in one read; read the column page by page");
        }

        int expectedTotal = (int)Math.Min(into.EntryCount + RemainingEntries, Array.MaxLength);
        into.AppendEntries(Column, entries, expectedTotal, out Span<byte> definition, out Span<byte> repetition);
        int count = _pages.ReadLevels(repetition, definition, out ReadOnlySpan<byte> values);
        if (Column.HasRepetitionLevels && entries > 0)
        {
            if (!_dataSeen && repetition[0] != 0)
            {
                throw Place.Corrupt("the column begins in the middle of a row");
            }

            _rowsSeen += repetition.Count((byte)0);
        }

        DecodeValues(values, _pages.Header.Encoding, count, into, expectedTotal);
        _dataSeen |= entries > 0;
        RemainingEntries -= entries;
    }

    private void CheckRows()
    {
        if (Column.HasRepetitionLevels && _rowsSeen != _rows)
        {
            throw Place.Corrupt($"the column has {_rowsSeen} rows where its row group has {_rows}");
        }
    }
}
