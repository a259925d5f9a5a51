using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// Whole numbers that repeat over the rows of an event: sequences and update ids. Where they are stored as differences,
/// nothing is decoded but the changes (<see cref="DeltaRuns"/>); everything else goes through <see cref="LongCursor"/>.
/// </summary>
internal sealed class RunCursor : IDisposable
{
    private readonly ParquetReader reader;
    private readonly ParquetColumn column;
    private readonly LongCursor? other;
    private readonly DeltaRuns runs = new();
    private readonly ParquetColumnData<long> decoded = new();
    private ParquetColumnReader<long>? pages;
    private bool inRuns;
    private int group = -1;
    private int count;
    private int at;

    public RunCursor(ParquetReader reader, ParquetColumn column)
    {
        this.reader = reader;
        this.column = column;
        if (column.PhysicalType != ParquetPhysicalType.Int64 || column.HasDefinitionLevels || column.HasRepetitionLevels || column.LogicalType is not null)
        {
            other = LongCursor.Integers(reader, column);
        }
    }

    /// <summary>True while there is a value.</summary>
    public bool HasMore()
    {
        if (other is not null)
        {
            return other.HasMore();
        }

        while (at == count)
        {
            count = 0;
            at = 0;
            while (group < 0 || !LoadPage())
            {
                if (++group >= reader.RowGroups.Count)
                {
                    group = reader.RowGroups.Count - 1;
                    return false;
                }

                pages?.Dispose();
                pages = reader.OpenColumn<long>(group, column);
            }
        }

        return true;
    }

    /// <summary>The next value, which stays the next one.</summary>
    public long Peek()
    {
        if (other is not null)
        {
            return other.Peek();
        }

        return at == count && !HasMore() ? throw End() : inRuns ? runs.Value : decoded.Array[at];
    }

    /// <summary>The next value, and so many passed over with it: what is the same in all rows of an event.</summary>
    public long First(int rows)
    {
        if (other is not null)
        {
            return other.First(rows);
        }

        var value = Peek();
        while (rows > 0)
        {
            if (!HasMore())
            {
                throw End();
            }

            var some = Math.Min(rows, count - at);
            Pass(some);
            rows -= some;
        }

        return value;
    }

    /// <summary>Passes over values while they equal the next one, and says how many there were.</summary>
    public int TakeRun()
    {
        if (other is not null)
        {
            return other.TakeRun();
        }

        var value = Peek();
        var total = 0;
        do
        {
            var run = inRuns ? runs.Change - at : decoded.Array.AsSpan(at, count - at).IndexOfAnyExcept(value) is var first and >= 0 ? first : count - at;
            total = checked(total + run);
            Pass(run);
        }
        while (at == count && HasMore() && Peek() == value);
        return total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pages?.Dispose();
        other?.Dispose();
    }

    private void Pass(int rows)
    {
        at += rows;
        if (inRuns)
        {
            runs.Advance(rows);
        }
    }

    private bool LoadPage()
    {
        decoded.Clear();
        if (!pages!.ReadPageOrRuns(decoded, out var encoded))
        {
            return false;
        }

        count = decoded.EntryCount;
        inRuns = encoded.Array is not null;
        if (inRuns)
        {
            runs.Begin(encoded, count, reader.PlaceOf(column));
        }

        return true;
    }

    private ParquetFormatException End() => reader.PlaceOf(column).Corrupt("the column ends before the others");
}
