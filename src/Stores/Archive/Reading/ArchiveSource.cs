using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// The events of an archived stream in their order, straight from its tables: each is read page by page, and the event
/// with the next sequence is taken from whichever has it.
/// </summary>
public sealed class ArchiveSource : IEventSource
{
    private readonly string folder;
    private readonly List<TableReader> tables = [];
    private readonly ByteBuffer buffer = new(64 * 1024);
    private readonly long events;
    private TableReader? current;
    private long next = 1;
    private long from;

    /// <summary>Opens the tables of a folder.</summary>
    /// <param name="folder">The folder; files of other names in it are left alone.</param>
    /// <param name="events">How many events there must be; 0 when that is not known.</param>
    /// <param name="fromSequence">First event to hand out.</param>
    /// <exception cref="InvalidDataException">A table lacks a column, or the folder has no table.</exception>
    /// <exception cref="ParquetException">A file is damaged, cut, or uses something that is not supported.</exception>
    public ArchiveSource(string folder, long events = 0, long fromSequence = 1)
    {
        this.folder = folder;
        this.events = events;
        from = fromSequence;
        try
        {
            Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">An event is missing, or the rows contradict each other.</exception>
    /// <exception cref="ParquetException">A file is damaged.</exception>
    public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
    {
        do
        {
            // The same table as before has the next event more often than not.
            var table = current?.Next == next ? current : Find();
            if (table is null)
            {
                header = default;
                payload = default;
                return false;
            }

            current = table;
            table.Read(out header, buffer);
            next++;
        }
        while (header.Sequence < from);
        payload = buffer.Span;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => tables.ForEach(t => t.Dispose());

    private TableReader? Find()
    {
        TableReader? first = null;
        foreach (var table in tables)
        {
            if (first is null || table.Next < first.Next)
            {
                first = table;
            }
        }

        if (first is null || first.Next == long.MaxValue)
        {
            return events == 0 || next == events + 1
                ? null
                : throw new InvalidDataException($"{folder}: event {next} of {events} is missing; a file was removed or cut. There are {Names()}.");
        }

        if (first.Next == next)
        {
            return first;
        }

        throw new InvalidDataException(first.Next < next
            ? $"{first.Path}: event {first.Next} is in two tables, or comes twice."
            : $"{folder}: event {next} is missing (event {first.Next} of {Path.GetFileName(first.Path)} is the next one there is); a file was removed or rows were left out. There are {Names()}.");
    }

    private string Names() => string.Join(", ", tables.Select(t => Path.GetFileName(t.Path)));

    private void Open()
    {
        var decimals = default(ArchiveDecimals?);
        foreach (var name in ArchiveLayout.Tables.Reverse())
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                continue;
            }

            var file = ParquetReader.Open(path);
            try
            {
                if (name == ArchiveLayout.Others)
                {
                    tables.Add(new OtherReader(file, path));
                    continue;
                }

                // The events' own scales stand in the event that defines the instrument, or, for a run, in the columns.
                decimals ??= ArchiveInstrument.Decimals(folder) ?? ArchiveInstrument.Decimals(file);
                tables.Add(name switch
                {
                    ArchiveLayout.Depth => new DepthReader(file, path, decimals.Value),
                    ArchiveLayout.PartialBooks => new PartialBookReader(file, path, decimals.Value),
                    ArchiveLayout.Trades => new FieldReader<Trade>(file, path, false, decimals.Value),
                    ArchiveLayout.BestQuotes => new FieldReader<BestQuote>(file, path, false, decimals.Value),
                    ArchiveLayout.Quotes => new FieldReader<QuoteDecided>(file, path, true, decimals.Value),
                    _ => new FieldReader<OrderFilled>(file, path, true, decimals.Value),
                });
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }

        if (tables.Count == 0)
        {
            throw new InvalidDataException($"{folder} has none of the tables of an archived day ({string.Join(", ", ArchiveLayout.Tables)}).");
        }
    }
}
