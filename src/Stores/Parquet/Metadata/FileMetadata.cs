namespace EventSourcedMM.Stores.Parquet;

/// <summary>The footer (parquet.thrift, <c>FileMetaData</c>).</summary>
internal sealed record FileMetadata(
    int Version,
    IReadOnlyList<SchemaElement> Schema,
    long RowCount,
    IReadOnlyList<RowGroupMetadata> RowGroups,
    IReadOnlyList<KeyValuePair<string, string?>> KeyValues,
    string? CreatedBy,
    bool HasColumnOrders);

/// <summary>One node of the schema as stored: a flattened tree, parents before children.</summary>
internal sealed record SchemaElement
{
    public required string Name { get; init; }

    public int? Type { get; init; }

    public int? TypeLength { get; init; }

    public int? Repetition { get; init; }

    public int ChildCount { get; init; }

    public int? ConvertedType { get; init; }

    public int? Scale { get; init; }

    public int? Precision { get; init; }

    public ParquetLogicalType? LogicalType { get; init; }
}

/// <summary>One row group (parquet.thrift, <c>RowGroup</c>).</summary>
internal sealed record RowGroupMetadata(
    IReadOnlyList<ChunkMetadata> Columns,
    long UncompressedBytes,
    long RowCount,
    IReadOnlyList<SortingColumnMetadata> Sorting);

/// <summary>A sorting column by its position (parquet.thrift, <c>SortingColumn</c>).</summary>
internal sealed record SortingColumnMetadata(int Column, bool Descending, bool NullsFirst);

/// <summary>One column of one row group (parquet.thrift, <c>ColumnChunk</c> and <c>ColumnMetaData</c>).</summary>
internal sealed record ChunkMetadata
{
    public string? ExternalFile { get; init; }

    public bool IsEncrypted { get; init; }

    public int Type { get; init; }

    public IReadOnlyList<ParquetEncoding> Encodings { get; init; } = [];

    public IReadOnlyList<string> Path { get; init; } = [];

    public ParquetCompression Compression { get; init; }

    public long EntryCount { get; init; }

    /// <summary>All pages with their headers, uncompressed.</summary>
    public long UncompressedBytes { get; init; }

    /// <summary>All pages with their headers, as stored.</summary>
    public long StoredBytes { get; init; }

    public long DataPageOffset { get; init; }

    public long? DictionaryPageOffset { get; init; }

    public ParquetStatistics? Statistics { get; init; }

    public IReadOnlyList<PageEncodingCount> PageCounts { get; init; } = [];

    /// <summary>First byte of the chunk: its dictionary page where it has one. Some writers leave that offset 0 for "none".</summary>
    public long Start => DictionaryPageOffset is > 0 && DictionaryPageOffset < DataPageOffset ? DictionaryPageOffset.Value : DataPageOffset;
}

/// <summary>How many pages of a type have an encoding (parquet.thrift, <c>PageEncodingStats</c>).</summary>
internal readonly record struct PageEncodingCount(PageType Type, ParquetEncoding Encoding, int Count);
