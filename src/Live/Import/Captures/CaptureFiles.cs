using System.Security.Cryptography;
using System.Text;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>
/// Captures of depth20 books, and trades beside them, as Parquet or JSON lines: they become a recorder's lines, and those
/// are imported like any other.
/// </summary>
public static class CaptureFiles
{
    /// <summary>True for a Parquet file and for JSON lines, which begin with an object; a recorder's line begins with its stamp.</summary>
    public static bool IsCapture(string path)
    {
        if (IsParquet(path))
        {
            return true;
        }

        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var file = RecorderFile.Open(path);
            return file.Read(out var line) && line.TrimStart((byte)' ') is [(byte)'{', ..];
        }
        catch (ImportException)
        {
            // What it is, and why it cannot be read, is said by whoever reads it.
            return false;
        }
    }

    /// <summary>Digest of the files' contents: the same files are the same capture, whatever they are called.</summary>
    public static string Digest(IReadOnlyList<string> paths)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var file = OpenFile(path);
            sha.AppendData(SHA256.HashData(file));
        }

        return System.Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>Writes the rows of all files, merged by their times, as one recorder's file.</summary>
    /// <param name="paths">Captures; at equal times trades come before books, and an earlier file before a later one.</param>
    /// <param name="symbol">Symbol of rows that name none; null when every row must.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="progress">Told now and then; null for nobody.</param>
    /// <param name="booksFirst">True where the first file must have books, and files after it trades alone.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>The only symbol of the rows, or the one given.</returns>
    /// <exception cref="ImportException">A row cannot be read, or names no symbol and none was given; or a file has not what it must.</exception>
    /// <exception cref="Stores.Parquet.ParquetException">A Parquet file is damaged or uses something that is not supported.</exception>
    public static string Convert(IReadOnlyList<string> paths, string? symbol, string target, Action<long>? progress = null, bool booksFirst = false, CancellationToken ct = default)
    {
        var readers = new List<(ICaptureReader Reader, CaptureRow Row)>();
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        var rows = 0L;
        var books = 0L;
        ICaptureReader? first = null;
        try
        {
            foreach (var path in paths)
            {
                ICaptureReader reader = IsParquet(path) ? new ParquetCaptureReader(path) : new JsonCaptureReader(path);
                first ??= reader;
                Add(readers, reader);
            }

            using var to = new StreamWriter(target, append: false, new UTF8Encoding(false), 256 * 1024);
            while (readers.Count > 0)
            {
                var (reader, row) = readers.MinBy(r => (r.Row.Time, r.Row.IsTrade ? 0 : 1));
                var name = row.Symbol ?? symbol ?? throw new ImportException($"{reader.Place}: no column names the symbol. Name it with --symbol.");
                symbols.Add(name);
                books += row.IsTrade ? 0 : 1;
                if (booksFirst && !row.IsTrade && reader != first)
                {
                    throw new ImportException($"{reader.Place}: a book stands where trades belong. --data names the books, --trades the trades beside them.");
                }

                row.Write(to, name);
                if ((++rows & 0xFFF) == 0)
                {
                    ct.ThrowIfCancellationRequested();
                    progress?.Invoke(rows);
                }

                if (!reader.Read(row))
                {
                    reader.Dispose();
                    readers.RemoveAll(r => r.Reader == reader);
                }
            }
        }
        finally
        {
            readers.ForEach(r => r.Reader.Dispose());
        }

        if (booksFirst && rows > 0 && books == 0)
        {
            throw new ImportException($"{paths[0]}: it has no book, only trades. --data names the books, --trades the trades beside them.");
        }

        if (symbol is not null && symbols.Count > 0 && !symbols.Contains(symbol))
        {
            throw new ImportException($"{paths[0]}: there is no row of {symbol}; it has {string.Join(", ", symbols)}.");
        }

        return symbol ?? (symbols.Count == 1 ? symbols.Min! : throw new ImportException(symbols.Count == 0
            ? $"{paths[0]}: it has no row."
            : $"{paths[0]}: it has several symbols: {string.Join(", ", symbols)}. Name one with --symbol."));
    }

    private static void Add(List<(ICaptureReader Reader, CaptureRow Row)> readers, ICaptureReader reader)
    {
        readers.Add((reader, new CaptureRow()));
        if (!reader.Read(readers[^1].Row))
        {
            reader.Dispose();
            readers.RemoveAt(readers.Count - 1);
        }
    }

    private static bool IsParquet(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var file = OpenFile(path);
        Span<byte> head = stackalloc byte[4];
        return file.ReadAtLeast(head, 4, throwOnEndOfStream: false) == 4 && head.SequenceEqual("PAR1"u8);
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportException($"{path}: cannot be opened: {e.Message}", e);
        }
    }
}
