namespace EventSourcedMM.Live.Import;

/// <summary>
/// Lines of a recorder's file, plain or gzip (told by its first bytes, not by its name). Line breaks may be LF or CR LF;
/// empty lines are passed over.
/// </summary>
public sealed class RecorderFile : IDisposable
{
    // A REST snapshot of 5,000 levels a side is about 300 kB, exchangeInfo of every symbol a few MB.
    private const int LongestLine = 64 * 1024 * 1024;

    private readonly FileStream file;
    private readonly GzipReader? gzip;
    private byte[] buffer = new byte[256 * 1024];
    private int start;
    private int end;
    private bool sawEnd;

    private RecorderFile(string path, FileStream file, GzipReader? gzip)
    {
        Path = path;
        this.file = file;
        this.gzip = gzip;
    }

    /// <summary>The file as the user named it.</summary>
    public string Path { get; }

    /// <summary>Number of the line last read, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>True when the line last read has no line break: the file ends inside it, or right after it.</summary>
    public bool IsUnterminated { get; private set; }

    /// <summary>True after the last line when the file's gzip data ends too early; the part of a line at the cut was dropped.</summary>
    public bool IsCut => gzip?.IsCut ?? false;

    /// <summary>Bytes of the file read so far, compressed as they are; for progress.</summary>
    public long BytesRead => file.Position;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ImportException">It cannot be opened, is empty, or is packed in another way.</exception>
    public static RecorderFile Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportException($"{path}: cannot be opened: {e.Message}", e);
        }

        try
        {
            Span<byte> head = stackalloc byte[4];
            head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            file.Position = 0;
            var other = head switch
            {
                [] => "is empty",
                [0x50, 0x4B, 0x03, 0x04] => "is a zip archive: unpack it first",
                [0x28, 0xB5, 0x2F, 0xFD] => "is compressed with zstd: unpack it first",
                [0xFD, 0x37, 0x7A, 0x58] => "is compressed with xz: unpack it first",
                [0x42, 0x5A, 0x68, ..] => "is compressed with bzip2: unpack it first",
                [0x50, 0x41, 0x52, 0x31] => "is a Parquet file, not a recorder's file",
                _ => null,
            };
            if (other is not null)
            {
                throw new ImportException($"{path}: {other}.");
            }

            return new RecorderFile(path, file, head is [0x1F, 0x8B, ..] ? new GzipReader(file) : null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The next line without its line break; false at the end. The bytes are valid until the next call.</summary>
    /// <exception cref="ImportException">The gzip data is damaged, or the line is too long to be one.</exception>
    public bool Read(out ReadOnlySpan<byte> line)
    {
        while (ReadRaw(out line))
        {
            if (LineNumber == 1 && line.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            {
                line = line[3..];
            }

            if (!line.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        gzip?.Dispose();
        file.Dispose();
    }

    private bool ReadRaw(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                line = TrimReturn(buffer.AsSpan(start, searched + found));
                start += searched + found + 1;
                LineNumber++;
                return true;
            }

            searched = end - start;
            if (!sawEnd)
            {
                Fill();
                continue;
            }

            // A cut in gzip data leaves part of a line whose rest is lost; nothing of it is used.
            line = IsCut ? default : TrimReturn(buffer.AsSpan(start, searched));
            start = end;
            if (searched == 0 || IsCut)
            {
                return false;
            }

            LineNumber++;
            IsUnterminated = true;
            return true;
        }
    }

    private static ReadOnlySpan<byte> TrimReturn(ReadOnlySpan<byte> line) => line is [.., (byte)'\r'] ? line[..^1] : line;

    private void Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        if (end == buffer.Length)
        {
            if (buffer.Length >= LongestLine)
            {
                throw new ImportException($"{Path} line {LineNumber + 1}: more than {LongestLine / 1024 / 1024} MB without a line break: this is not a recorder's file.");
            }

            Array.Resize(ref buffer, buffer.Length * 2);
        }

        int count;
        try
        {
            count = gzip is null ? file.Read(buffer.AsSpan(end)) : gzip.Read(buffer.AsSpan(end));
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new ImportException($"{Path}: damaged after line {LineNumber}: {(e is InvalidDataException ? "the gzip data is not valid" : e.Message)}. Fetch the file again.", e);
        }

        end += count;
        sawEnd = count == 0;
    }
}
