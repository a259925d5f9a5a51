using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>One side of the book as a list a row: of pairs [price, quantity], or of structures with a price and a quantity.</summary>
internal sealed class ListColumn
{
    private readonly ParquetReader file;
    private readonly ParquetColumn prices;
    private readonly ParquetColumn? quantities;
    private int group = -1;
    private long row;
    private string[] first = [];
    private string[] second = [];
    private ParquetLists? lists;

    private ListColumn(ParquetReader file, ParquetColumn prices, ParquetColumn? quantities)
    {
        this.file = file;
        this.prices = prices;
        this.quantities = quantities;
    }

    /// <summary>The list of a side; null when the file has none.</summary>
    /// <exception cref="ImportException">It has one whose shape is not understood.</exception>
    public static ListColumn? Find(ParquetReader file, CaptureRole role)
    {
        var leaves = file.Schema.Columns.Where(c => c.HasRepetitionLevels && CaptureField.Of(c.PathParts[0]).Role == role).ToArray();
        var price = leaves.FirstOrDefault(c => CaptureField.Of(c.PathParts[^1]).Role == CaptureRole.Price);
        var quantity = leaves.FirstOrDefault(c => CaptureField.Of(c.PathParts[^1]).Role == CaptureRole.Quantity);
        return leaves switch
        {
            [] => null,
            [{ MaxRepetitionLevel: 2 } pairs] => new ListColumn(file, pairs, null),
            _ when price is { MaxRepetitionLevel: 1 } && quantity is { MaxRepetitionLevel: 1 } => new ListColumn(file, price, quantity),
            _ => throw new ImportException($"column {leaves[0].PathParts[0]} holds lists ({string.Join(", ", leaves.Select(l => l.Path))}) that are neither pairs [price, quantity] nor structures with a price and a quantity."),
        };
    }

    /// <summary>The levels of the next row.</summary>
    public void Next(List<(string Price, string Quantity)> levels)
    {
        while (lists is null || row == lists.Levels[0].Count)
        {
            Load();
        }

        var outer = lists.Levels[0];
        var (from, to) = (outer.Offsets[row], outer.Offsets[row + 1]);
        row++;
        for (var i = from; i < to; i++)
        {
            if (quantities is not null)
            {
                levels.Add((Value(first, lists.ValueIndices[i]), Value(second, lists.ValueIndices[i])));
                continue;
            }

            var pair = lists.Levels[1];
            if (pair.Offsets[i + 1] - pair.Offsets[i] < 2)
            {
                throw new FormatException("a level has fewer than two numbers");
            }

            levels.Add((Value(first, lists.ValueIndices[pair.Offsets[i]]), Value(first, lists.ValueIndices[pair.Offsets[i] + 1])));
        }
    }

    private static string Value(string[] values, int index) => index >= 0 ? values[index] : "0";

    private void Load()
    {
        if (++group >= file.RowGroups.Count)
        {
            throw new FormatException($"column {prices.Path} ends before the others");
        }

        row = 0;
        (first, lists) = Read(prices);
        if (quantities is not null)
        {
            (second, var same) = Read(quantities);
            if (!same.ValueIndices.SequenceEqual(lists.ValueIndices))
            {
                throw new FormatException($"columns {prices.Path} and {quantities.Path} do not have the same levels");
            }
        }
    }

    private (string[] Values, ParquetLists Lists) Read(ParquetColumn column)
    {
        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Double:
                var doubles = new ParquetColumnData<double>();
                file.Read(group, column, doubles);
                return (Array.ConvertAll(doubles.Values.ToArray(), CaptureText.Real), ParquetLists.Of(file, column, doubles));
            case ParquetPhysicalType.Float:
                var floats = new ParquetColumnData<float>();
                file.Read(group, column, floats);
                return (Array.ConvertAll(floats.Values.ToArray(), f => CaptureText.Real(f)), ParquetLists.Of(file, column, floats));
            case ParquetPhysicalType.ByteArray when column.LogicalType is not ParquetLogicalType.Decimal:
                var bytes = new ParquetByteColumnData();
                file.Read(group, column, bytes);
                return ([.. Enumerable.Range(0, bytes.Values.Count).Select(bytes.Values.GetString)], ParquetLists.Of(file, column, bytes));
            default:
                var numbers = new ParquetColumnData<Int128>();
                file.ReadUnscaled(group, column, numbers, out var scale);
                return (Array.ConvertAll(numbers.Values.ToArray(), n => CaptureText.Decimal(n, scale)), ParquetLists.Of(file, column, numbers));
        }
    }
}
