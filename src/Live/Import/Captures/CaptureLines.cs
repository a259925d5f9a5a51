using System.Globalization;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>A capture as a recorder's file that is there for as long as it is needed.</summary>
public sealed class CaptureLines : IDisposable
{
    private static int count;

    private readonly string folder;

    /// <summary>Converts a capture: any files of books and of trades.</summary>
    /// <inheritdoc cref="CaptureLines(IReadOnlyList{string}, string?, string, bool, Action{long}?, CancellationToken)"/>
    public CaptureLines(IReadOnlyList<string> files, string? symbol, string root, Action<long>? progress = null, CancellationToken ct = default)
        : this(files, symbol, root, booksFirst: false, progress, ct)
    {
    }

    /// <summary>Converts a capture.</summary>
    /// <param name="files">Parquet files or JSON lines.</param>
    /// <param name="symbol">Symbol of rows that name none; null when every row must.</param>
    /// <param name="root">Directory to work in; made if it is not there.</param>
    /// <param name="booksFirst">True where the first file must have books, and files after it trades alone.</param>
    /// <param name="progress">Told the rows done now and then; null for nobody.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="ImportException">A file cannot be read or has not what it must, or the symbol is not known.</exception>
    public CaptureLines(IReadOnlyList<string> files, string? symbol, string root, bool booksFirst, Action<long>? progress, CancellationToken ct)
    {
        folder = System.IO.Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $".lines-{Environment.ProcessId}-{Interlocked.Increment(ref count)}"));
        Path = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(files[0]) + ".lines");
        Directory.CreateDirectory(folder);
        try
        {
            Symbol = CaptureFiles.Convert(files, symbol, Path, progress, booksFirst, ct);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its symbol.</summary>
    public string Symbol { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
