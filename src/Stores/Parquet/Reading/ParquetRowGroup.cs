namespace EventSourcedMM.Stores.Parquet;

/// <summary>A column that the rows of a row group are sorted by.</summary>
/// <param name="Column">The column's dotted path.</param>
/// <param name="Descending">Largest first.</param>
/// <param name="NullsFirst">Nulls before the values.</param>
public sealed record ParquetSortingColumn(string Column, bool Descending = false, bool NullsFirst = false);

/// <summary>What a file says about one of its row groups: a horizontal slice whose columns are stored one after another.</summary>
/// <param name="Index">Position in the file.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="Columns">One chunk for every column of the schema, in its order.</param>
/// <param name="Sorting">What the rows are sorted by, most significant first; empty where the writer does not say.</param>
public sealed record ParquetRowGroup(int Index, long RowCount, IReadOnlyList<ParquetChunk> Columns, IReadOnlyList<ParquetSortingColumn> Sorting);

/// <summary>What a file says about one column of one row group.</summary>
/// <param name="Column">The column.</param>
/// <param name="EntryCount">Values and nulls.</param>
/// <param name="Compression">How its pages are compressed.</param>
/// <param name="Encodings">The encodings that occur in it, of values and levels.</param>
/// <param name="StoredBytes">Bytes on disk, page headers included.</param>
/// <param name="UncompressedBytes">The same before compression.</param>
/// <param name="Statistics">Null count and bounds, or null where the writer gave none.</param>
public sealed record ParquetChunk(
    ParquetColumn Column,
    long EntryCount,
    ParquetCompression Compression,
    IReadOnlyList<ParquetEncoding> Encodings,
    long StoredBytes,
    long UncompressedBytes,
    ParquetStatistics? Statistics)
{
    internal ChunkMetadata Metadata { get; init; } = null!;
}
