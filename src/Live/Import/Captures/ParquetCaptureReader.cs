using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>
/// A capture as a Parquet file: single columns are read page by page, lists of levels row group by row group.
/// </summary>
internal sealed class ParquetCaptureReader : ICaptureReader
{
    private readonly string path;
    private readonly ParquetReader file;
    private readonly List<ScalarColumn> columns = [];
    private readonly ListColumn? bids;
    private readonly ListColumn? asks;
    private long row;
    private long trades;

    public ParquetCaptureReader(string path)
    {
        this.path = path;
        file = ParquetReader.Open(path);
        try
        {
            bids = ListColumn.Find(file, CaptureRole.Bids);
            asks = ListColumn.Find(file, CaptureRole.Asks);
            foreach (var column in file.Schema.Columns.Where(c => !c.HasRepetitionLevels))
            {
                if (CaptureField.Of(column.Path) is { Role: not CaptureRole.None } field)
                {
                    columns.Add(new ScalarColumn(file, column, field));
                }
            }

            if (columns.TrueForAll(c => c.Field.Role != CaptureRole.Time))
            {
                throw new ImportException($"{path}: it has no column for the time, and so is neither a depth20 capture nor trades; it has {string.Join(", ", file.Schema.Columns.Select(c => c.Path))}. docs/data.md lists the names that are understood.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Place => $"{path} row {row}";

    public bool Read(CaptureRow into)
    {
        if (row == file.RowCount)
        {
            return false;
        }

        row++;
        try
        {
            into.Clear();
            var values = new CaptureValues();
            foreach (var column in columns)
            {
                if (column.Next() is { } text)
                {
                    values.Set(column.Field, text);
                }
                else if (column.Field.Role is CaptureRole.BidLevel or CaptureRole.AskLevel)
                {
                    // A level that nobody filled: the side is there and may be empty.
                    values.Has(column.Field.Role == CaptureRole.BidLevel);
                }
            }

            bids?.Next(values.ListOf(bid: true));
            asks?.Next(values.ListOf(bid: false));
            values.Fill(into, ref trades);
            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException or System.Text.Json.JsonException or InvalidOperationException)
        {
            throw new ImportException($"{Place}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        columns.ForEach(c => c.Dispose());
        file.Dispose();
    }
}
