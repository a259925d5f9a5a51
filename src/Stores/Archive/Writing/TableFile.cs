using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// One table of an archive while it is written. The file begins with the first row group: a table without rows has none.
/// The rows of an event stay together in one row group.
/// </summary>
internal sealed class TableFile(string path, ColumnSink[] sinks, ArchiveFileOptions options) : IDisposable
{
    private const int MostBytes = 16 * 1024 * 1024;

    private FileStream? stream;
    private ParquetWriter? writer;
    private int pending;

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Events so far.</summary>
    public long Events { get; private set; }

    /// <summary>Name of the file.</summary>
    public string Name => Path.GetFileName(path);

    /// <summary>The rows of an event are in the sinks.</summary>
    public void EndEvent(int rows)
    {
        pending += rows;
        Rows += rows;
        Events++;
        if (pending >= options.RowGroupRows || Bytes() > MostBytes)
        {
            Flush();
        }
    }

    /// <summary>Writes what is left and the footer, and flushes the file to disk. Null when there was no row.</summary>
    public ArchiveFile? Finish()
    {
        if (pending > 0)
        {
            Flush();
        }

        if (writer is null || stream is null)
        {
            return null;
        }

        writer.Finish();
        stream.Flush();
        DiskFlush.File(stream.SafeFileHandle, stream.Name, FlushPoint.ArchiveTable);
        return new ArchiveFile(Name, Events, Rows, stream.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        writer?.Dispose();
        stream?.Dispose();
    }

    private long Bytes()
    {
        var bytes = 0L;
        foreach (var sink in sinks)
        {
            bytes += sink.Bytes;
        }

        return bytes;
    }

    private void Flush()
    {
        if (writer is null)
        {
            stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            writer = new ParquetWriter(stream, ParquetSchema.Flat(sinks.Select(s => s.Column)), new ParquetWriterOptions
            {
                Compression = ParquetCompression.Zstd,
                CompressionLevel = options.CompressionLevel,
                Encodings = sinks.Where(s => s.Encoding is not null).ToDictionary(s => s.Column.Name, s => s.Encoding!.Value, StringComparer.Ordinal),
                Sorting = [new ParquetSortingColumn(Columns.Sequence)],
                KeyValueMetadata = options.Notes,
            });
        }

        writer.BeginRowGroup(pending);
        for (var i = 0; i < sinks.Length; i++)
        {
            sinks[i].Write(writer, writer.Schema.Columns[i]);
        }

        writer.EndRowGroup();
        pending = 0;
    }
}

/// <summary>What the files of one archive have in common.</summary>
/// <param name="CompressionLevel">ZSTD, 1 to 22.</param>
/// <param name="RowGroupRows">A row group ends with the event that reaches so many rows.</param>
/// <param name="Notes">Metadata of every file.</param>
internal sealed record ArchiveFileOptions(int CompressionLevel, int RowGroupRows, IReadOnlyList<KeyValuePair<string, string>> Notes);

/// <summary>A file of an archive.</summary>
/// <param name="Name">Name in the folder.</param>
/// <param name="Events">Events in it.</param>
/// <param name="Rows">Rows: one an event, or one a level.</param>
/// <param name="Bytes">Size.</param>
public sealed record ArchiveFile(string Name, long Events, long Rows, long Bytes);
