using System.Globalization;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>A column of single values as text, read page by page, whatever its type.</summary>
internal sealed class ScalarColumn(ParquetReader file, ParquetColumn column, CaptureField role) : IDisposable
{
    private readonly ParquetColumnData<int> ints = new();
    private readonly ParquetColumnData<long> longs = new();
    private readonly ParquetColumnData<double> doubles = new();
    private readonly ParquetColumnData<float> floats = new();
    private readonly ParquetColumnData<bool> flags = new();
    private readonly ParquetColumnData<Int96Timestamp> stamps = new();
    private readonly ParquetByteColumnData bytes = new();
    private ParquetColumnReader? pages;
    private ParquetColumnData? page;
    private int group = -1;
    private int at;
    private int value;

    /// <summary>What it is.</summary>
    public CaptureField Field { get; } = role;

    /// <summary>The next value; null for null.</summary>
    public string? Next()
    {
        while (page is null || at == page.EntryCount)
        {
            if (!LoadPage() && !OpenGroup())
            {
                throw new FormatException($"column {column.Path} ends before the others");
            }
        }

        var isNull = column.HasDefinitionLevels && page.DefinitionLevels[at] != column.MaxDefinitionLevel;
        at++;
        return isNull ? null : Text(value++);
    }

    /// <inheritdoc/>
    public void Dispose() => pages?.Dispose();

    /// <summary>The text of a value of any type.</summary>
    public static string Text(ParquetColumn column, Int128 number) => column.LogicalType switch
    {
        ParquetLogicalType.Decimal d => CaptureText.Decimal(number, d.Scale),
        ParquetLogicalType.Timestamp t => (number * t.Unit switch { ParquetTimeUnit.Milliseconds => 1_000_000, ParquetTimeUnit.Microseconds => 1_000, _ => 1 }).ToString(CultureInfo.InvariantCulture),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    private bool OpenGroup()
    {
        if (++group >= file.RowGroups.Count)
        {
            return false;
        }

        pages?.Dispose();
        pages = column.PhysicalType switch
        {
            ParquetPhysicalType.Int32 => file.OpenColumn<int>(group, column),
            ParquetPhysicalType.Int64 => file.OpenColumn<long>(group, column),
            ParquetPhysicalType.Double => file.OpenColumn<double>(group, column),
            ParquetPhysicalType.Float => file.OpenColumn<float>(group, column),
            ParquetPhysicalType.Boolean => file.OpenColumn<bool>(group, column),
            ParquetPhysicalType.Int96 => file.OpenColumn<Int96Timestamp>(group, column),
            _ => file.OpenByteColumn(group, column),
        };
        page = null;
        return true;
    }

    private bool LoadPage()
    {
        at = 0;
        value = 0;
        page?.Clear();
        page = pages switch
        {
            ParquetColumnReader<int> r => r.ReadPage(ints) ? ints : null,
            ParquetColumnReader<long> r => r.ReadPage(longs) ? longs : null,
            ParquetColumnReader<double> r => r.ReadPage(doubles) ? doubles : null,
            ParquetColumnReader<float> r => r.ReadPage(floats) ? floats : null,
            ParquetColumnReader<bool> r => r.ReadPage(flags) ? flags : null,
            ParquetColumnReader<Int96Timestamp> r => r.ReadPage(stamps) ? stamps : null,
            ParquetByteColumnReader r => r.ReadPage(bytes) ? bytes : null,
            _ => null,
        };
        return page is not null;
    }

    private string Text(int index) => page switch
    {
        ParquetColumnData<int> d => Text(column, d.Values[index]),
        ParquetColumnData<long> d => Text(column, d.Values[index]),
        ParquetColumnData<double> d => CaptureText.Real(d.Values[index]),
        ParquetColumnData<float> d => CaptureText.Real(d.Values[index]),
        ParquetColumnData<bool> d => d.Values[index] ? "true" : "false",
        ParquetColumnData<Int96Timestamp> d => d.Values[index].TryToUnixNanoseconds(out var time) ? time.ToString(CultureInfo.InvariantCulture) : throw new FormatException("a time is outside the years 1677 to 2262"),
        _ => bytes.Values.GetString(index),
    };
}
