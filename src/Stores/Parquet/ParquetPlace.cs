namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Where decoding currently is: handed down to every decoder so that an error deep inside a page still names the file,
/// the column and the page. One instance per open column; <see cref="Offset"/> moves from page to page.
/// </summary>
internal sealed class ParquetPlace(string file, string? column = null)
{
    public string File { get; } = file;

    public string? Column { get; } = column;

    /// <summary>Byte in the file where the current page or the footer begins.</summary>
    public long? Offset { get; set; }

    public ParquetPlace InColumn(string path) => new(File, path);

    public ParquetFormatException Corrupt(string detail, Exception? inner = null) => new(File, Column, Offset, detail, inner);

    public ParquetUnsupportedException Unsupported(string feature) => new(File, Column, Offset, feature);
}
