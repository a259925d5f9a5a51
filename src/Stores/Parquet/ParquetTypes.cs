namespace EventSourcedMM.Stores.Parquet;

/// <summary>Physical types; the numbers are the format's (parquet.thrift, <c>Type</c>).</summary>
public enum ParquetPhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,

    /// <summary>Deprecated 12-byte timestamp of old Spark and pandas; read, never written.</summary>
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLenByteArray = 7,
}

/// <summary>Whether a field is always there, may be null, or repeats (parquet.thrift, <c>FieldRepetitionType</c>).</summary>
public enum ParquetRepetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

/// <summary>Encodings of values and levels; the numbers are the format's (parquet.thrift, <c>Encoding</c>).</summary>
public enum ParquetEncoding
{
    Plain = 0,

    /// <summary>Old name of dictionary indices; read as <see cref="RleDictionary"/>, never written.</summary>
    PlainDictionary = 2,
    Rle = 3,

    /// <summary>Deprecated packing of levels, read only.</summary>
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>Compression of pages; the numbers are the format's (parquet.thrift, <c>CompressionCodec</c>).</summary>
public enum ParquetCompression
{
    Uncompressed = 0,
    Snappy = 1,
    Gzip = 2,

    /// <summary>Not supported: reading such a column is an error that says so.</summary>
    Lzo = 3,
    Brotli = 4,

    /// <summary>The deprecated Hadoop framing of LZ4. Not supported: reading such a column is an error that says so.</summary>
    Lz4 = 5,
    Zstd = 6,

    /// <summary>LZ4 blocks; read only (DuckDB can write them).</summary>
    Lz4Raw = 7,
}

/// <summary>Layout of data pages. Version 1 is opened by every reader; version 2 keeps levels uncompressed.</summary>
public enum ParquetPageVersion
{
    V1 = 1,
    V2 = 2,
}
