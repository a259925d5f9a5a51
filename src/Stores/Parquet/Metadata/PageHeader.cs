namespace EventSourcedMM.Stores.Parquet;

/// <summary>Kinds of pages (parquet.thrift, <c>PageType</c>).</summary>
internal enum PageType
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataV2 = 3,
}

/// <summary>A page's header, its version-specific part flattened in (parquet.thrift, <c>PageHeader</c>).</summary>
internal struct PageHeader
{
    public PageType Type;

    /// <summary>Size of the page without header, uncompressed.</summary>
    public int UncompressedBytes;

    /// <summary>Size of the page without header, as stored.</summary>
    public int StoredBytes;

    /// <summary>CRC-32 of the stored bytes, where the writer gave one.</summary>
    public uint? Crc;

    /// <summary>Entries (values and nulls) of a data page; values of a dictionary page.</summary>
    public int EntryCount;

    public ParquetEncoding Encoding;

    /// <summary>How definition levels are stored; version 1 only (version 2 always uses RLE).</summary>
    public ParquetEncoding DefinitionEncoding;

    /// <summary>How repetition levels are stored; version 1 only.</summary>
    public ParquetEncoding RepetitionEncoding;

    /// <summary>Version 2: nulls among the entries.</summary>
    public int NullCount;

    /// <summary>Version 2: rows that begin in the page.</summary>
    public int RowCount;

    /// <summary>Version 2: bytes of definition levels, which follow the repetition levels.</summary>
    public int DefinitionBytes;

    /// <summary>Version 2: bytes of repetition levels, which come first.</summary>
    public int RepetitionBytes;

    /// <summary>Version 2: whether the values are compressed (the levels never are).</summary>
    public bool IsCompressed;
}
