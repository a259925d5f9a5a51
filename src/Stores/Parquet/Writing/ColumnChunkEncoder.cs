using System.IO.Hashing;
using System.Numerics;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Turns the values of one column of one row group into pages, with the given encoding or the smallest that fits.</summary>
internal sealed class ColumnChunkEncoder(ParquetWriterOptions options, PageCompressor compressor)
{
    private const int LevelWidth = 1; // flat columns: present or null

    private readonly ByteSink _levels = new();
    private readonly ByteSink _values = new();
    private readonly ByteSink _stored = new();

    // The smallest chunk so far is kept in one sink while the next candidate goes into the other.
    private ByteSink _best = new();
    private ByteSink _trial = new();

    /// <summary>Encodes a column; the result is valid until the next call.</summary>
    public EncodedChunk Encode<TValues>(ParquetColumn column, scoped TValues values, scoped ReadOnlySpan<byte> definition, int rows)
        where TValues : IPageValues, allows ref struct
    {
        (byte[]? minimum, byte[]? maximum) = values.FindBounds();
        WriterChecks.CheckBounds(column, minimum, maximum);
        var statistics = new ParquetStatistics(rows - values.Count, minimum, maximum);
        Page[] pages = Split(values, definition, rows);

        bool isFixed = options.Encodings.TryGetValue(column.Name, out ParquetEncoding wanted);
        EncodedChunk? best = null;
        if (wanted == ParquetEncoding.RleDictionary && values.Count == 0)
        {
            wanted = ParquetEncoding.Plain; // a dictionary of nothing: some readers stumble over an empty dictionary page
        }

        foreach (ParquetEncoding encoding in isFixed ? [wanted] : values.Candidates)
        {
            DictionaryBuild? dictionary = null;
            if (encoding == ParquetEncoding.RleDictionary)
            {
                dictionary = values.BuildDictionary(isFixed ? int.MaxValue : options.DictionaryBytes);
                if (dictionary is null or { Count: 0 })
                {
                    continue;
                }
            }

            _trial.Clear();
            EncodedChunk chunk = EncodePages(column, values, definition, rows, pages, encoding, dictionary, statistics);
            if (best is null || chunk.Bytes.Length < best.Bytes.Length)
            {
                best = chunk;
                (_best, _trial) = (_trial, _best);
            }
        }

        return best!;
    }

    /// <summary>Rows of a page, and its values among the column's.</summary>
    private readonly record struct Page(int FirstRow, int Rows, int FirstValue, int Values);

    private Page[] Split<TValues>(scoped TValues values, scoped ReadOnlySpan<byte> definition, int rows)
        where TValues : IPageValues, allows ref struct
    {
        var pages = new List<Page>();
        int row = 0, value = 0;
        while (row < rows)
        {
            int most = Math.Min(options.PageRows, rows - row);
            int pageRows, pageValues;
            if (definition.IsEmpty)
            {
                pageRows = pageValues = values.CountWithin(value, most, options.PageBytes);
            }
            else
            {
                int present = definition.Slice(row, most).Count((byte)1);
                pageValues = present == 0 ? 0 : values.CountWithin(value, present, options.PageBytes);
                pageRows = pageValues == present ? most : RowsUpTo(definition[row..], pageValues);
            }

            pages.Add(new Page(row, pageRows, value, pageValues));
            row += pageRows;
            value += pageValues;
        }

        return pages.ToArray();
    }

    private static int RowsUpTo(ReadOnlySpan<byte> definition, int values)
    {
        int row = 0;
        while (values > 0)
        {
            values -= definition[row++];
        }

        return row;
    }

    private EncodedChunk EncodePages<TValues>(ParquetColumn column, scoped TValues values, scoped ReadOnlySpan<byte> definition, int rows, Page[] pages, ParquetEncoding encoding, DictionaryBuild? dictionary, ParquetStatistics statistics)
        where TValues : IPageValues, allows ref struct
    {
        long uncompressed = 0;
        if (dictionary is not null)
        {
            uncompressed += WriteDictionaryPage(dictionary);
        }

        int dictionaryBytes = _trial.Length;
        foreach (Page page in pages)
        {
            _values.Clear();
            if (dictionary is null)
            {
                values.Encode(encoding, page.FirstValue, page.Values, _values);
            }
            else
            {
                // A dictionary of one value could do with indices of no bits; not every reader takes those.
                int width = Math.Max(1, 32 - BitOperations.LeadingZeroCount((uint)(dictionary.Count - 1)));
                _values.WriteByte((byte)width);
                RleHybridEncoder.Encode(dictionary.Indices.AsSpan(page.FirstValue, page.Values), width, _values);
            }

            EncodeLevels(column, definition, page);
            uncompressed += options.PageVersion == ParquetPageVersion.V1 ? WritePageV1(page, encoding) : WritePageV2(page, encoding);
        }

        var encodings = new List<ParquetEncoding> { encoding };
        var counts = new List<PageEncodingCount>();
        if (dictionary is not null)
        {
            encodings.Add(ParquetEncoding.Plain);
            counts.Add(new PageEncodingCount(PageType.Dictionary, ParquetEncoding.Plain, 1));
        }

        if (column.HasDefinitionLevels && encoding != ParquetEncoding.Rle)
        {
            encodings.Add(ParquetEncoding.Rle);
        }

        counts.Add(new PageEncodingCount(options.PageVersion == ParquetPageVersion.V1 ? PageType.Data : PageType.DataV2, encoding, pages.Length));
        return new EncodedChunk(_trial, dictionaryBytes, new ChunkMetadata
        {
            Type = (int)column.PhysicalType,
            Encodings = encodings,
            Path = column.PathParts,
            Compression = compressor.Compression,
            EntryCount = rows,
            UncompressedBytes = uncompressed,
            StoredBytes = _trial.Length,
            Statistics = statistics,
            PageCounts = counts,
        });
    }

    private void EncodeLevels(ParquetColumn column, ReadOnlySpan<byte> definition, Page page)
    {
        _levels.Clear();
        if (!column.HasDefinitionLevels)
        {
            return;
        }

        if (options.PageVersion == ParquetPageVersion.V1)
        {
            _levels.WriteUInt32(0);
        }

        if (page.Values == page.Rows)
        {
            RleHybridEncoder.EncodeRun(1, page.Rows, LevelWidth, _levels);
        }
        else
        {
            var wide = new int[page.Rows];
            for (int i = 0; i < wide.Length; i++)
            {
                wide[i] = definition[page.FirstRow + i];
            }

            RleHybridEncoder.Encode(wide, LevelWidth, _levels);
        }

        if (options.PageVersion == ParquetPageVersion.V1)
        {
            _levels.PatchUInt32(0, (uint)(_levels.Length - 4));
        }
    }

    /// <returns>The page's bytes with its header, uncompressed.</returns>
    private long WriteDictionaryPage(DictionaryBuild dictionary)
    {
        _stored.Clear();
        compressor.Compress(dictionary.Values.Written, _stored);
        return Append(new PageHeader
        {
            Type = PageType.Dictionary,
            UncompressedBytes = dictionary.Values.Length,
            EntryCount = dictionary.Count,
            Encoding = ParquetEncoding.Plain,
        });
    }

    private long WritePageV1(Page page, ParquetEncoding encoding)
    {
        _levels.Write(_values.Written);
        _stored.Clear();
        compressor.Compress(_levels.Written, _stored);
        return Append(new PageHeader
        {
            Type = PageType.Data,
            UncompressedBytes = _levels.Length,
            EntryCount = page.Rows,
            Encoding = encoding,
        });
    }

    private long WritePageV2(Page page, ParquetEncoding encoding)
    {
        _stored.Clear();
        _stored.Write(_levels.Written);
        compressor.Compress(_values.Written, _stored);
        bool isCompressed = compressor.Compression != ParquetCompression.Uncompressed && _stored.Length < _levels.Length + _values.Length;
        if (!isCompressed)
        {
            _stored.Clear();
            _stored.Write(_levels.Written);
            _stored.Write(_values.Written);
        }

        return Append(new PageHeader
        {
            Type = PageType.DataV2,
            UncompressedBytes = _levels.Length + _values.Length,
            EntryCount = page.Rows,
            Encoding = encoding,
            NullCount = page.Rows - page.Values,
            RowCount = page.Rows,
            DefinitionBytes = _levels.Length,
            IsCompressed = isCompressed,
        });
    }

    private long Append(PageHeader header)
    {
        header.StoredBytes = _stored.Length;
        header.Crc = Crc32.HashToUInt32(_stored.Written);
        int start = _trial.Length;
        PageHeaderCodec.Write(_trial, header);
        int headerBytes = _trial.Length - start;
        _trial.Write(_stored.Written);
        return (long)headerBytes + header.UncompressedBytes;
    }
}
