namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// A Parquet file cannot be read or written as asked. The message names the file, the column and the byte where known,
/// and what is wrong; the properties carry the same for programs.
/// </summary>
public abstract class ParquetException : Exception
{
    private protected ParquetException(string file, string? column, long? offset, string detail, Exception? inner)
        : base(Compose(file, column, offset, detail), inner)
    {
        File = file;
        Column = column;
        Offset = offset;
        Detail = detail;
    }

    /// <summary>The file's name as it was opened.</summary>
    public string File { get; }

    /// <summary>The column's dotted path, or null where the trouble is not in one column.</summary>
    public string? Column { get; }

    /// <summary>The byte in the file at which the damaged or unsupported part (page, footer) begins; null where there is none.</summary>
    public long? Offset { get; }

    /// <summary>What is wrong, without the place.</summary>
    public string Detail { get; }

    private static string Compose(string file, string? column, long? offset, string detail)
    {
        string place = file;
        if (column is not null)
        {
            place += $", column '{column}'";
        }

        if (offset is not null)
        {
            place += string.Create(System.Globalization.CultureInfo.InvariantCulture, $", at byte {offset}");
        }

        return $"{place}: {detail}";
    }
}

/// <summary>The bytes are not valid Parquet: damaged, cut, or contradicting themselves. Restore the file from a copy.</summary>
public sealed class ParquetFormatException : ParquetException
{
    internal ParquetFormatException(string file, string? column, long? offset, string detail, Exception? inner = null)
        : base(file, column, offset, detail, inner)
    {
    }
}

/// <summary>The file may be valid, but it uses a feature this codec does not read; <see cref="Feature"/> names it.</summary>
public sealed class ParquetUnsupportedException : ParquetException
{
    internal ParquetUnsupportedException(string file, string? column, long? offset, string feature)
        : base(file, column, offset, $"not supported: {feature}", null) => Feature = feature;

    /// <summary>The missing feature, for example "compression LZO" or "encrypted footer".</summary>
    public string Feature { get; }
}
