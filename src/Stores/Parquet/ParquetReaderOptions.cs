namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// How a file is read: whether checksums are verified, and how large the parts of a file may be before it is refused, so
/// that a damaged or hostile file that declares absurd lengths ends in an error and not in an exhausted machine.
/// </summary>
public sealed record ParquetReaderOptions
{
    /// <summary>The defaults: checksums verified; limits far above what the usual writers produce.</summary>
    public static ParquetReaderOptions Default { get; } = new();

    /// <summary>Verify the CRC-32 of every page that carries one, and the footer's where this codec wrote the file.</summary>
    public bool VerifyChecksums { get; init; } = true;

    /// <summary>Largest footer, in bytes.</summary>
    public int MaxFooterBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Largest column chunk (one column of one row group) as stored, in bytes.</summary>
    public int MaxChunkBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>Largest page, uncompressed, in bytes; also the largest total of byte arrays that one page may expand to.</summary>
    public int MaxPageBytes { get; init; } = 512 * 1024 * 1024;

    /// <summary>Most entries (values and nulls) in one page.</summary>
    public int MaxPageEntries { get; init; } = 64 * 1024 * 1024;
}
