namespace EventSourcedMM.Stores.Parquet;

/// <summary>How a file is written. The defaults are what current readers (DuckDB, pandas, Polars, Spark) open.</summary>
public sealed record ParquetWriterOptions
{
    /// <summary>The codec of all pages: Uncompressed, Snappy, Gzip, Brotli or Zstd.</summary>
    public ParquetCompression Compression { get; init; } = ParquetCompression.Zstd;

    /// <summary>GZIP 0–9, Brotli 0–11, ZSTD 1–22; null for 6, 5 and 3.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Layout of data pages; version 1 is opened by every reader.</summary>
    public ParquetPageVersion PageVersion { get; init; } = ParquetPageVersion.V1;

    /// <summary>
    /// The encoding of a column, by its name. A column that is not named here gets, row group by row group, the smallest
    /// of what fits its type: dictionary, delta or plain, compared as compressed.
    /// </summary>
    public IReadOnlyDictionary<string, ParquetEncoding> Encodings { get; init; } = new Dictionary<string, ParquetEncoding>();

    /// <summary>Notes for the file's readers, in this order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> KeyValueMetadata { get; init; } = [];

    /// <summary>
    /// What the rows of every row group are sorted by, most significant first. The first of these columns is checked
    /// when it is written, the further ones are the caller's word.
    /// </summary>
    public IReadOnlyList<ParquetSortingColumn> Sorting { get; init; } = [];

    /// <summary>Most rows in a data page.</summary>
    public int PageRows { get; init; } = 128 * 1024;

    /// <summary>Data pages end when their plain values reach this many bytes.</summary>
    public int PageBytes { get; init; } = 1024 * 1024;

    /// <summary>Largest dictionary, in plain bytes, that the choice by size considers.</summary>
    public int DictionaryBytes { get; init; } = 1024 * 1024;

    /// <summary>The program's name and version, as the file shall carry it.</summary>
    public string CreatedBy { get; init; } = $"EventSourcedMM version {typeof(ParquetWriterOptions).Assembly.GetName().Version?.ToString(3)}";
}
