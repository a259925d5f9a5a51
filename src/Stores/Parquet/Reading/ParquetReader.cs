using System.Buffers.Binary;
using System.IO.Hashing;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Reads Parquet files, our own and other writers': flat and nested columns; dictionary, plain and delta encodings; data
/// pages of both versions; uncompressed, Snappy, GZIP, Brotli, ZSTD and LZ4 blocks. The metadata is read on opening;
/// columns are decoded when asked for. Opening and metadata are safe for several threads; so is reading different columns.
/// </summary>
public sealed class ParquetReader : IDisposable
{
    private const int TailBytes = 8; // footer length and magic
    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    private readonly ParquetSource _source;
    private readonly ParquetReaderOptions _options;
    private readonly ParquetPlace _place;
    private readonly long _footerStart;
    private readonly bool _isTrusted;

    private ParquetReader(ParquetSource source, ParquetReaderOptions options)
    {
        _source = source;
        _options = options;
        _place = new ParquetPlace(source.Name);
        using var buffer = new PooledBytes();
        ReadOnlySpan<byte> footer = ReadFooter(buffer, out _footerStart, out _isTrusted);
        _place.Offset = _footerStart;
        FileMetadata metadata = FileMetadataReader.Read(footer, _place);
        Schema = SchemaTree.Build(metadata.Schema, _place);
        RowGroups = BuildRowGroups(metadata);
        RowCount = metadata.RowCount;
        CreatedBy = metadata.CreatedBy ?? "";
        KeyValueMetadata = metadata.KeyValues;
        _place.Offset = null;
    }

    /// <summary>The columns.</summary>
    public ParquetSchema Schema { get; }

    /// <summary>The row groups, in file order.</summary>
    public IReadOnlyList<ParquetRowGroup> RowGroups { get; }

    /// <summary>Rows of the whole file.</summary>
    public long RowCount { get; }

    /// <summary>The program that wrote the file, as it calls itself; empty where it does not say.</summary>
    public string CreatedBy { get; }

    /// <summary>The writer's own notes, in file order; a key may occur twice, a value may be missing.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> KeyValueMetadata { get; }

    /// <summary>True where this codec wrote the file and the footer's checksum was verified: damage to metadata cannot pass unseen.</summary>
    public bool HasVerifiedFooter => _isTrusted;

    /// <summary>Opens a file on disk. It is read piece by piece while columns are read, and stays open until disposed.</summary>
    /// <exception cref="ParquetException">It is not a Parquet file, is damaged, or uses an unsupported feature.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static ParquetReader Open(string path, ParquetReaderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(new ParquetSource.OnDisk(path), options);
    }

    /// <summary>Opens a file that is in memory.</summary>
    /// <param name="file">The whole file; must not change while it is read.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">Limits and checks; null for the defaults.</param>
    /// <exception cref="ParquetException">It is not a Parquet file, is damaged, or uses an unsupported feature.</exception>
    public static ParquetReader Open(ReadOnlyMemory<byte> file, string name, ParquetReaderOptions? options = null) =>
        Open(new ParquetSource.InMemory(file, name), options);

    /// <summary>The last value of a key in the file's notes, or null.</summary>
    public string? FindNote(string key) => KeyValueMetadata.LastOrDefault(pair => pair.Key == key).Value;

    /// <summary>Opens a column of numbers or truth values for reading page by page.</summary>
    /// <typeparam name="T">bool, int, long, float, double or <see cref="Int96Timestamp"/>, as the column's physical type.</typeparam>
    /// <exception cref="ArgumentException">The row group or column is not of this file.</exception>
    /// <exception cref="ParquetException">The column is of another type, damaged, or uses an unsupported feature.</exception>
    public ParquetColumnReader<T> OpenColumn<T>(int rowGroup, ParquetColumn column)
        where T : unmanaged
    {
        ParquetChunk chunk = FindChunk(rowGroup, column, out ParquetPlace place);
        RequireType(typeof(T) == TypeOf(column.PhysicalType), typeof(T).Name, column, place);
        return WithPages(chunk, place, pages => new ParquetColumnReader<T>(pages, chunk, RowGroups[rowGroup].RowCount));
    }

    /// <summary>Opens a column of byte strings for reading page by page.</summary>
    /// <exception cref="ArgumentException">The row group or column is not of this file.</exception>
    /// <exception cref="ParquetException">The column is of another type, damaged, or uses an unsupported feature.</exception>
    public ParquetByteColumnReader OpenByteColumn(int rowGroup, ParquetColumn column)
    {
        ParquetChunk chunk = FindChunk(rowGroup, column, out ParquetPlace place);
        RequireType(column.PhysicalType is ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray, "byte strings", column, place);
        return WithPages(chunk, place, pages => new ParquetByteColumnReader(pages, chunk, RowGroups[rowGroup].RowCount, _options.MaxPageBytes));
    }

    /// <summary>Reads a whole column of a row group into <paramref name="data"/>, replacing what it held.</summary>
    /// <exception cref="ArgumentException">The row group or column is not of this file.</exception>
    /// <exception cref="ParquetException">The column is of another type, damaged, or uses an unsupported feature.</exception>
    public void Read<T>(int rowGroup, ParquetColumn column, ParquetColumnData<T> data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Clear();
        using ParquetColumnReader<T> reader = OpenColumn<T>(rowGroup, column);
        while (reader.ReadPage(data))
        {
        }
    }

    /// <summary>Reads a whole column of byte strings of a row group into <paramref name="data"/>, replacing what it held.</summary>
    /// <exception cref="ArgumentException">The row group or column is not of this file.</exception>
    /// <exception cref="ParquetException">The column is of another type, damaged, or uses an unsupported feature.</exception>
    public void Read(int rowGroup, ParquetColumn column, ParquetByteColumnData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Clear();
        using ParquetByteColumnReader reader = OpenByteColumn(rowGroup, column);
        while (reader.ReadPage(data))
        {
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();

    internal ParquetPlace PlaceOf(ParquetColumn column) => _place.InColumn(column.Path);

    private static ParquetReader Open(ParquetSource source, ParquetReaderOptions? options)
    {
        try
        {
            return new ParquetReader(source, options ?? ParquetReaderOptions.Default);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static Type TypeOf(ParquetPhysicalType type) => type switch
    {
        ParquetPhysicalType.Boolean => typeof(bool),
        ParquetPhysicalType.Int32 => typeof(int),
        ParquetPhysicalType.Int64 => typeof(long),
        ParquetPhysicalType.Int96 => typeof(Int96Timestamp),
        ParquetPhysicalType.Float => typeof(float),
        ParquetPhysicalType.Double => typeof(double),
        _ => typeof(byte[]),
    };

    private static void RequireType(bool isRight, string asked, ParquetColumn column, ParquetPlace place)
    {
        if (!isRight)
        {
            throw place.Corrupt($"the column holds {column.PhysicalType} values, not {asked}");
        }
    }

    private ReadOnlySpan<byte> ReadFooter(PooledBytes buffer, out long start, out bool isTrusted)
    {
        long length = _source.Length;
        if (length < Magic.Length + TailBytes)
        {
            throw _place.Corrupt($"{length} bytes are too few for a Parquet file");
        }

        ReadOnlySpan<byte> head = _source.Read(0, Magic.Length, buffer, _place).Span;
        if (!head.SequenceEqual(Magic))
        {
            throw head.SequenceEqual("PARE"u8) ? _place.Unsupported("encrypted footer") : _place.Corrupt("the file does not begin with PAR1: not a Parquet file");
        }

        ReadOnlySpan<byte> tail = _source.Read(length - TailBytes, TailBytes, buffer, _place).Span;
        if (!tail[4..].SequenceEqual(Magic))
        {
            throw _place.Corrupt("the file does not end with PAR1: it was cut off, or its writer did not finish");
        }

        uint footerLength = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (footerLength > length - Magic.Length - TailBytes)
        {
            throw _place.Corrupt($"the footer declares {footerLength} bytes, more than the file has");
        }

        if (footerLength > _options.MaxFooterBytes)
        {
            throw _place.Unsupported($"a footer of {footerLength} bytes (the limit is {_options.MaxFooterBytes}; see {nameof(ParquetReaderOptions)}.{nameof(ParquetReaderOptions.MaxFooterBytes)})");
        }

        start = length - TailBytes - footerLength;
        int seal = (int)Math.Min(FooterSeal.Length, start - Magic.Length);
        ReadOnlySpan<byte> bytes = _source.Read(start - seal, seal + (int)footerLength, buffer, _place).Span;
        ReadOnlySpan<byte> footer = bytes[seal..];
        isTrusted = _options.VerifyChecksums && FooterSeal.Verify(bytes[..seal], footer, _place);
        return footer;
    }

    private ParquetRowGroup[] BuildRowGroups(FileMetadata metadata)
    {
        var groups = new ParquetRowGroup[metadata.RowGroups.Count];
        Int128 rows = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            RowGroupMetadata group = metadata.RowGroups[i];
            if (group.RowCount < 0 || group.Columns.Count != Schema.Columns.Count)
            {
                throw _place.Corrupt($"row group {i} has {group.RowCount} rows and {group.Columns.Count} columns; the schema has {Schema.Columns.Count}");
            }

            rows += group.RowCount;
            var chunks = new ParquetChunk[group.Columns.Count];
            for (int c = 0; c < chunks.Length; c++)
            {
                chunks[c] = BuildChunk(group.Columns[c], Schema.Columns[c], i);
            }

            groups[i] = new ParquetRowGroup(i, group.RowCount, chunks, group.Sorting.Select(BuildSorting).ToArray());
        }

        return rows == metadata.RowCount
            ? groups
            : throw _place.Corrupt($"the footer says {metadata.RowCount} rows, its row groups have {rows}");
    }

    private ParquetChunk BuildChunk(ChunkMetadata chunk, ParquetColumn column, int rowGroup) =>
        chunk.IsEncrypted || chunk.Type == (int)column.PhysicalType
            ? new ParquetChunk(column, chunk.EntryCount, chunk.Compression, chunk.Encodings, chunk.StoredBytes, chunk.UncompressedBytes, chunk.Statistics) { Metadata = chunk }
            : throw _place.Corrupt($"column '{column.Path}' of row group {rowGroup} has type {chunk.Type}, the schema says {column.PhysicalType}");

    private ParquetSortingColumn BuildSorting(SortingColumnMetadata sorting) =>
        sorting.Column >= 0 && sorting.Column < Schema.Columns.Count
            ? new ParquetSortingColumn(Schema.Columns[sorting.Column].Path, sorting.Descending, sorting.NullsFirst)
            : throw _place.Corrupt($"a row group is sorted by column {sorting.Column}, which there is not");

    private ParquetChunk FindChunk(int rowGroup, ParquetColumn column, out ParquetPlace place)
    {
        ArgumentNullException.ThrowIfNull(column);
        ArgumentOutOfRangeException.ThrowIfNegative(rowGroup);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rowGroup, RowGroups.Count);
        if (column.Index < 0 || column.Index >= Schema.Columns.Count || !ReferenceEquals(Schema.Columns[column.Index], column))
        {
            throw new ArgumentException($"Column '{column.Path}' is not of {_source.Name}; take it from the reader's Schema.", nameof(column));
        }

        place = _place.InColumn(column.Path);
        return RowGroups[rowGroup].Columns[column.Index];
    }

    private TReader WithPages<TReader>(ParquetChunk chunk, ParquetPlace place, Func<PageReader, TReader> open)
    {
        var pages = new PageReader(_source, _footerStart, chunk, _isTrusted, _options, place);
        try
        {
            return open(pages);
        }
        catch
        {
            pages.Dispose();
            throw;
        }
    }
}
