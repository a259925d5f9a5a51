using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>A kind of column that tests write and read: its type, sample values, and how DuckDB shows them.</summary>
public abstract class ColumnCase(string name, ParquetEncoding[] encodings)
{
    public string Name { get; } = name;

    /// <summary>Every encoding that may be asked for; null is the choice by size.</summary>
    public ParquetEncoding?[] Encodings { get; } = [null, .. encodings];

    public abstract ParquetColumn Column(string name, bool optional);

    /// <summary>One value; small, typical and extreme ones all occur.</summary>
    public abstract object Value(Random random);

    public abstract void Write(ParquetWriter writer, ParquetColumn column, IReadOnlyList<object?> cells);

    public abstract object?[] Read(ParquetReader reader, int rowGroup, ParquetColumn column);

    /// <summary>An SQL expression that gives the value as text without losing anything.</summary>
    public abstract string ToText(string column);

    /// <summary>The value of that text.</summary>
    public abstract object FromText(string text);

    /// <summary>What DuckDB can show of a value: all of it, but for nanoseconds in UTC, which it reads as microseconds.</summary>
    public object? AsDuckDbSees(object? value) =>
        value is long nanoseconds && Name == "timestamp_ns" ? nanoseconds / 1000 * 1000 : value;

    public override string ToString() => Name;

    /// <summary>Cells of a column; patterns that suit different encodings follow one another.</summary>
    public object?[] Cells(Random random, int count, bool optional)
    {
        var cells = new object?[count];
        object repeated = Value(random);
        object[] few = Enumerable.Range(0, 5).Select(_ => Value(random)).ToArray();
        int pattern = 0;
        int nullShare = 0;
        for (int i = 0; i < count; i++)
        {
            if (i % 40 == 0)
            {
                pattern = random.Next(3);
                nullShare = random.Next(4) switch { 0 => 0, 1 => 5, 2 => 50, _ => 95 };
                repeated = Value(random);
            }

            object value = pattern switch { 0 => repeated, 1 => few[random.Next(few.Length)], _ => Value(random) };
            cells[i] = optional && random.Next(100) < nullShare ? null : value;
        }

        return cells;
    }

    public static void AssertEqual(IReadOnlyList<object?> expected, IReadOnlyList<object?> actual, string what)
    {
        Assert.True(expected.Count == actual.Count, $"{what}: {actual.Count} cells where {expected.Count} belong");
        for (int i = 0; i < expected.Count; i++)
        {
            if (!AreSame(expected[i], actual[i]))
            {
                Assert.Fail($"{what}, row {i}: {Show(actual[i])} where {Show(expected[i])} belongs");
            }
        }
    }

    private static bool AreSame(object? a, object? b) => (a, b) switch
    {
        (byte[] x, byte[] y) => x.AsSpan().SequenceEqual(y),
        (double x, double y) => BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits(y),
        (float x, float y) => BitConverter.SingleToInt32Bits(x) == BitConverter.SingleToInt32Bits(y),
        _ => Equals(a, b),
    };

    private static string Show(object? value) => value is byte[] bytes ? Convert.ToHexString(bytes) : value?.ToString() ?? "null";
}

/// <summary>A column of numbers or truth values.</summary>
public sealed class NumberCase<T>(string name, ParquetEncoding[] encodings, Func<string, bool, ParquetColumn> column, Func<Random, T> value, Func<string, string> toText, Func<string, T> fromText)
    : ColumnCase(name, encodings)
    where T : unmanaged
{
    public override ParquetColumn Column(string name, bool optional) => column(name, optional);

    public override object Value(Random random) => value(random);

    public override void Write(ParquetWriter writer, ParquetColumn column, IReadOnlyList<object?> cells) =>
        writer.Write<T>(column, cells.OfType<T>().ToArray(), Levels(column, cells));

    public override object?[] Read(ParquetReader reader, int rowGroup, ParquetColumn column)
    {
        var data = new ParquetColumnData<T>();
        reader.Read(rowGroup, column, data);
        return Spread(column, data, i => data.Values[i]);
    }

    public override string ToText(string column) => toText(column);

    public override object FromText(string text) => fromText(text);

    internal static byte[] Levels(ParquetColumn column, IReadOnlyList<object?> cells) =>
        column.HasDefinitionLevels && cells.Contains(null) ? cells.Select(cell => (byte)(cell is null ? 0 : 1)).ToArray() : [];

    internal static object?[] Spread(ParquetColumn column, ParquetColumnData data, Func<int, object> value)
    {
        var cells = new object?[data.EntryCount];
        int next = 0;
        for (int i = 0; i < cells.Length; i++)
        {
            bool isNull = column.HasDefinitionLevels && data.DefinitionLevels[i] < column.MaxDefinitionLevel;
            cells[i] = isNull ? null : value(next++);
        }

        Assert.Equal(data.ValueCount, next);
        return cells;
    }
}

/// <summary>A column of byte strings, held as text or bytes.</summary>
public sealed class BytesCase(string name, ParquetEncoding[] encodings, Func<string, bool, ParquetColumn> column, Func<Random, object> value, Func<string, string> toText, Func<string, object> fromText)
    : ColumnCase(name, encodings)
{
    public override ParquetColumn Column(string name, bool optional) => column(name, optional);

    public override object Value(Random random) => value(random);

    public override void Write(ParquetWriter writer, ParquetColumn column, IReadOnlyList<object?> cells)
    {
        var values = new ParquetByteArrays();
        foreach (object? cell in cells)
        {
            if (cell is string text)
            {
                values.Append(text);
            }
            else if (cell is byte[] bytes)
            {
                values.Append(bytes);
            }
        }

        writer.Write(column, values, NumberCase<int>.Levels(column, cells));
    }

    public override object?[] Read(ParquetReader reader, int rowGroup, ParquetColumn column)
    {
        var data = new ParquetByteColumnData();
        reader.Read(rowGroup, column, data);
        bool isText = column.LogicalType is ParquetLogicalType.Text or ParquetLogicalType.Json or ParquetLogicalType.Enumeration;
        return NumberCase<int>.Spread(column, data, i => isText ? data.Values.GetString(i) : data.Values[i].ToArray());
    }

    public override string ToText(string column) => toText(column);

    public override object FromText(string text) => fromText(text);
}
