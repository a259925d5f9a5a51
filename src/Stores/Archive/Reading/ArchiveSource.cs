using System.Runtime.ExceptionServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// The events of an archived stream in their order, straight from its tables: each is read page by page, and the event
/// with the next sequence is taken from whichever has it.
/// </summary>
public sealed class ArchiveSource : IEventSource, IBlockSource
{
    private readonly string folder;
    private readonly List<TableReader> tables = [];
    private readonly ByteBuffer buffer = new(64 * 1024);
    private readonly long events;
    private readonly Upcaster upcaster = Upcasters.BuiltIn.Start();
    private ExceptionDispatchInfo? failure;
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
    /// <remarks>Events come in their current versions. Those of the frequent types go from their columns into the block.</remarks>
    /// <exception cref="InvalidDataException">An event is missing, or the rows contradict each other.</exception>
    /// <exception cref="ParquetException">A file is damaged.</exception>
    /// <exception cref="UnknownEventException">An event is of a type or version that this program does not know.</exception>
    public bool Read(EventBlock block)
    {
        block.Clear();
        failure?.Throw();
        try
        {
            while (!block.IsFull && (current?.Next == next ? current : Find()) is { } table)
            {
                current = table;
                if (next < from || !table.TryRead(block))
                {
                    table.Read(out var header, buffer);
                    if (next >= from)
                    {
                        var payload = upcaster.Upcast(ref header, buffer.Span);
                        block.Add(header, payload);
                    }
                }

                next++;
            }
        }
        catch (Exception e) when (block.Count > 0)
        {
            // The events before it are good and may be all that is wanted; whoever reads on meets it.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        return block.Count > 0;
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
                    ArchiveLayout.Trades => new TradeReader(file, path, decimals.Value),
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
