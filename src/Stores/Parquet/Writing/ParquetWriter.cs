namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Writes a flat Parquet file, forward only, so any stream will do. The footer is written by <see cref="Finish"/> alone:
/// a file whose writer failed or was disposed before has none and is refused by every reader. For a file that appears
/// whole or not at all, write to a temporary name, flush it to disk, and rename it after <see cref="Finish"/>.
/// </summary>
/// <example><code>
/// writer.BeginRowGroup(prices.Length);
/// writer.Write(schema["price"], prices);
/// writer.Write(schema["side"], sides, sideLevels);
/// writer.EndRowGroup();
/// writer.Finish();
/// </code></example>
public sealed class ParquetWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly ParquetWriterOptions _options;
    private readonly PageCompressor _compressor;
    private readonly ColumnChunkEncoder _encoder;
    private readonly SortingColumnMetadata[] _sorting;
    private readonly List<RowGroupMetadata> _groups = [];
    private readonly List<ChunkMetadata> _chunks = [];
    private long _position;
    private long _rows;
    private int _groupRows; // 0 outside a row group
    private bool _isFinished;
    private bool _isBroken;

    /// <summary>Begins a file at the stream's current position, which becomes the file's byte 0.</summary>
    /// <param name="stream">Written forward; neither flushed to disk nor closed here.</param>
    /// <param name="schema">From <see cref="ParquetSchema.Flat"/>.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The schema is nested, or an option names a column or encoding that does not fit.</exception>
    public ParquetWriter(Stream stream, ParquetSchema schema, ParquetWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(schema);
        _stream = stream;
        Schema = schema;
        _options = options ?? new ParquetWriterOptions();
        WriterChecks.Check(schema, _options);
        _sorting = _options.Sorting.Select(s => new SortingColumnMetadata(schema[s.Column].Index, s.Descending, s.NullsFirst)).ToArray();
        _compressor = new PageCompressor(_options.Compression, _options.CompressionLevel);
        _encoder = new ColumnChunkEncoder(_options, _compressor);
        Emit("PAR1"u8);
    }

    /// <summary>The file's columns.</summary>
    public ParquetSchema Schema { get; }

    /// <summary>Bytes written so far.</summary>
    public long BytesWritten => _position;

    /// <summary>Begins a row group; every column must then be written once, in the schema's order.</summary>
    /// <param name="rowCount">Rows, above 0. All columns of a row group have as many.</param>
    /// <exception cref="InvalidOperationException">A row group is open, or the file is finished.</exception>
    public void BeginRowGroup(int rowCount)
    {
        RequireUsable();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        if (_groupRows != 0)
        {
            throw new InvalidOperationException("A Parquet row group is still open; end it first.");
        }

        _groupRows = rowCount;
    }

    /// <summary>Writes the next column of the row group.</summary>
    /// <typeparam name="T">bool, int, long, float or double, as the column's physical type.</typeparam>
    /// <param name="column">The next column of <see cref="Schema"/>.</param>
    /// <param name="values">The values in row order, without the nulls.</param>
    /// <param name="definitionLevels">For an optional column: one byte a row, 1 where the row has a value, 0 where it is null; empty where no row is null. Empty for a required column.</param>
    /// <exception cref="ArgumentException">The column is not the next one, the counts do not fit, or a value does not fit the column's meaning.</exception>
    public void Write<T>(ParquetColumn column, ReadOnlySpan<T> values, ReadOnlySpan<byte> definitionLevels = default)
        where T : unmanaged
    {
        RequireNext(column);
        WriterChecks.CheckType<T>(column);
        WriterChecks.CheckLevels(column, definitionLevels, values.Length, _groupRows);
        if (_sorting.Length > 0 && _sorting[0].Column == column.Index)
        {
            WriterChecks.CheckSorted(column, values, definitionLevels, _sorting[0]);
        }

        Add(_encoder.Encode(column, new FixedValues<T>(column, values), definitionLevels, _groupRows));
    }

    /// <summary>Writes the next column of the row group, of byte strings.</summary>
    /// <param name="column">The next column of <see cref="Schema"/>.</param>
    /// <param name="values">The values in row order, without the nulls.</param>
    /// <param name="definitionLevels">As for numbers.</param>
    /// <exception cref="ArgumentException">The column is not the next one, the counts do not fit, or a value does not fit the column's length or is no UTF-8 where it means text.</exception>
    public void Write(ParquetColumn column, ParquetByteArrays values, ReadOnlySpan<byte> definitionLevels = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        RequireNext(column);
        WriterChecks.CheckBytes(column, values);
        WriterChecks.CheckLevels(column, definitionLevels, values.Count, _groupRows);
        if (_sorting.Length > 0 && _sorting[0].Column == column.Index)
        {
            WriterChecks.CheckSorted(column, values, definitionLevels, _sorting[0]);
        }

        Add(_encoder.Encode(column, new ByteValues(column, values), definitionLevels, _groupRows));
    }

    /// <summary>Ends the row group.</summary>
    /// <exception cref="InvalidOperationException">No row group is open, or a column was not written.</exception>
    public void EndRowGroup()
    {
        RequireUsable();
        if (_groupRows == 0 || _chunks.Count != Schema.Columns.Count)
        {
            throw new InvalidOperationException(_groupRows == 0
                ? "No Parquet row group is open."
                : $"The Parquet row group lacks column '{Schema.Columns[_chunks.Count].Name}'.");
        }

        _groups.Add(new RowGroupMetadata(_chunks.ToArray(), _chunks.Sum(chunk => chunk.UncompressedBytes), _groupRows, _sorting));
        _rows += _groupRows;
        _chunks.Clear();
        _groupRows = 0;
    }

    /// <summary>Writes the footer; the file is then complete. The stream is flushed, not closed.</summary>
    /// <exception cref="InvalidOperationException">A row group is open, or a write failed before.</exception>
    public void Finish()
    {
        RequireUsable();
        if (_groupRows != 0)
        {
            throw new InvalidOperationException("A Parquet row group is still open; end it first.");
        }

        var footer = new ByteSink();
        FileMetadataWriter.Write(footer, new FileMetadata(
            _options.PageVersion == ParquetPageVersion.V1 ? 1 : 2,
            SchemaTree.Flatten(Schema),
            _rows,
            _groups,
            _options.KeyValueMetadata.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value)).ToArray(),
            _options.CreatedBy,
            HasColumnOrders: true));
        var tail = new ByteSink();
        FooterSeal.Write(footer.Written, tail);
        tail.Write(footer.Written);
        tail.WriteUInt32((uint)footer.Length);
        tail.Write("PAR1"u8);
        Emit(tail.Written);
        _stream.Flush();
        _isFinished = true;
    }

    /// <summary>Frees buffers. Without <see cref="Finish"/> before, the file stays unreadable, as it should.</summary>
    public void Dispose() => _compressor.Dispose();

    private void Add(EncodedChunk chunk)
    {
        ChunkMetadata metadata = chunk.Metadata with
        {
            DataPageOffset = _position + chunk.DictionaryBytes,
            DictionaryPageOffset = chunk.DictionaryBytes > 0 ? _position : null,
        };
        Emit(chunk.Bytes);
        _chunks.Add(metadata);
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        // After a failed write it is unknown how much arrived, so nothing more may be written.
        _isBroken = true;
        _stream.Write(bytes);
        _isBroken = false;
        _position += bytes.Length;
    }

    private void RequireNext(ParquetColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        RequireUsable();
        if (_groupRows == 0)
        {
            throw new InvalidOperationException("No Parquet row group is open.");
        }

        if (_chunks.Count == Schema.Columns.Count || !ReferenceEquals(Schema.Columns[_chunks.Count], column))
        {
            throw new ArgumentException(
                _chunks.Count == Schema.Columns.Count
                    ? "Every column of the Parquet row group is written already."
                    : $"Column '{Schema.Columns[_chunks.Count].Name}' of the writer's schema comes next, not '{column.Name}'.",
                nameof(column));
        }
    }

    private void RequireUsable()
    {
        if (_isFinished || _isBroken)
        {
            throw new InvalidOperationException(_isFinished ? "The Parquet file is finished." : "An earlier write of the Parquet file failed.");
        }
    }
}
