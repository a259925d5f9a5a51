using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>What a caller of the writer can get wrong, found before a byte is written.</summary>
internal static class WriterChecks
{
    public static void Check(ParquetSchema schema, ParquetWriterOptions options)
    {
        ParquetColumn? nested = schema.Columns.FirstOrDefault(column => column.PathParts.Count != 1 || column.HasRepetitionLevels);
        if (nested is not null)
        {
            throw new ArgumentException($"Column '{nested.Path}' is nested; only flat Parquet files are written.", nameof(schema));
        }

        ParquetColumn? unwritable = schema.Columns.FirstOrDefault(column => column.PhysicalType == ParquetPhysicalType.Int96 || column.LogicalType is ParquetLogicalType.Other);
        if (unwritable is not null)
        {
            throw new ArgumentException($"Column '{unwritable.Path}' is of a type that is only read.", nameof(schema));
        }

        if (options.PageRows <= 0 || options.PageBytes <= 0 || options.DictionaryBytes <= 0 || !Enum.IsDefined(options.PageVersion))
        {
            throw new ArgumentException("Parquet page and dictionary sizes must be above 0, and the page version 1 or 2.", nameof(options));
        }

        foreach (ParquetSortingColumn sorting in options.Sorting)
        {
            Require(schema, sorting.Column, "The sorting");
        }

        foreach ((string name, ParquetEncoding encoding) in options.Encodings)
        {
            ParquetColumn column = Require(schema, name, "An encoding");
            if (!IsWritable(column.PhysicalType, encoding))
            {
                throw new ArgumentException($"Encoding {encoding} is not for column '{name}' of {column.PhysicalType} values.", nameof(options));
            }
        }
    }

    public static void CheckType<T>(ParquetColumn column)
    {
        Type expected = column.PhysicalType switch
        {
            ParquetPhysicalType.Boolean => typeof(bool),
            ParquetPhysicalType.Int32 => typeof(int),
            ParquetPhysicalType.Int64 => typeof(long),
            ParquetPhysicalType.Float => typeof(float),
            ParquetPhysicalType.Double => typeof(double),
            _ => typeof(ParquetByteArrays),
        };
        if (typeof(T) != expected)
        {
            throw new ArgumentException($"Column '{column.Name}' takes {expected.Name} values, not {typeof(T).Name}.");
        }
    }

    public static void CheckLevels(ParquetColumn column, ReadOnlySpan<byte> levels, int values, int rows)
    {
        if (!column.HasDefinitionLevels && !levels.IsEmpty)
        {
            throw new ArgumentException($"Column '{column.Name}' is required; it takes no definition levels.");
        }

        if (!levels.IsEmpty && levels.Length != rows)
        {
            throw new ArgumentException($"Column '{column.Name}' got {levels.Length} definition levels for {rows} rows.");
        }

        int wrong = levels.IndexOfAnyExcept((byte)0, (byte)1);
        if (wrong >= 0)
        {
            throw new ArgumentException($"Column '{column.Name}', row {wrong}: a definition level is 0 or 1, not {levels[wrong]}.");
        }

        int expected = levels.IsEmpty ? rows : levels.Count((byte)1);
        if (values != expected)
        {
            throw new ArgumentException($"Column '{column.Name}' got {values} values where {expected} of {rows} rows have one.");
        }
    }

    public static void CheckBytes(ParquetColumn column, ParquetByteArrays values)
    {
        if (column.PhysicalType is not (ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray))
        {
            CheckType<ParquetByteArrays>(column);
        }

        bool isText = column.LogicalType is ParquetLogicalType.Text or ParquetLogicalType.Json or ParquetLogicalType.Enumeration;
        for (int i = 0; i < values.Count; i++)
        {
            if (column.TypeLength > 0 && values.Lengths[i] != column.TypeLength)
            {
                throw new ArgumentException($"Column '{column.Name}', value {i}: {values.Lengths[i]} bytes where every value has {column.TypeLength}.");
            }

            if (isText && !Utf8.IsValid(values[i]))
            {
                throw new ArgumentException($"Column '{column.Name}', value {i}: not UTF-8, which {column.LogicalType} values must be.");
            }
        }
    }

    /// <summary>Holds the values to what the column says they mean: an integer's width, a decimal's precision.</summary>
    public static void CheckBounds(ParquetColumn column, byte[]? minimum, byte[]? maximum)
    {
        (Int128 lowest, Int128 highest) = column.LogicalType switch
        {
            ParquetLogicalType.Integer { IsSigned: true } i => (-((Int128)1 << (i.Bits - 1)), ((Int128)1 << (i.Bits - 1)) - 1),
            ParquetLogicalType.Integer i => (0, ((Int128)1 << i.Bits) - 1),
            ParquetLogicalType.Decimal d => (-PowerOfTen(d.Precision) + 1, PowerOfTen(d.Precision) - 1),
            _ => (Int128.MinValue, Int128.MaxValue),
        };
        bool isUnsigned = column.LogicalType is ParquetLogicalType.Integer { IsSigned: false };
        foreach (byte[]? bound in (ReadOnlySpan<byte[]?>)[minimum, maximum])
        {
            Int128? value = (column.PhysicalType, bound?.Length) switch
            {
                (ParquetPhysicalType.Int64, 8) => isUnsigned ? BinaryPrimitives.ReadUInt64LittleEndian(bound) : BinaryPrimitives.ReadInt64LittleEndian(bound),
                (ParquetPhysicalType.Int32, 4) => isUnsigned ? BinaryPrimitives.ReadUInt32LittleEndian(bound) : BinaryPrimitives.ReadInt32LittleEndian(bound),
                _ => null,
            };
            if (value < lowest || value > highest)
            {
                throw new ArgumentException($"Column '{column.Name}' has the value {value}, which {column.LogicalType} cannot hold.");
            }
        }
    }

    public static void CheckSorted<T>(ParquetColumn column, ReadOnlySpan<T> values, ReadOnlySpan<byte> levels, SortingColumnMetadata sorting)
        where T : unmanaged
    {
        CheckNullsTogether(column, levels, sorting);
        bool isUnsigned = column.LogicalType is ParquetLogicalType.Integer { IsSigned: false };
        if (typeof(T) == typeof(long) && isUnsigned)
        {
            CheckOrder(column, MemoryMarshal.Cast<T, ulong>(values), sorting.Descending);
        }
        else if (typeof(T) == typeof(int) && isUnsigned)
        {
            CheckOrder(column, MemoryMarshal.Cast<T, uint>(values), sorting.Descending);
        }
        else
        {
            CheckOrder(column, values, sorting.Descending);
        }
    }

    public static void CheckSorted(ParquetColumn column, ParquetByteArrays values, ReadOnlySpan<byte> levels, SortingColumnMetadata sorting)
    {
        CheckNullsTogether(column, levels, sorting);
        for (int i = 1; i < values.Count; i++)
        {
            RequireOrder(column, values[i - 1].SequenceCompareTo(values[i]), i, sorting.Descending);
        }
    }

    private static void CheckOrder<T>(ParquetColumn column, ReadOnlySpan<T> values, bool descending)
    {
        for (int i = 1; i < values.Length; i++)
        {
            RequireOrder(column, Comparer<T>.Default.Compare(values[i - 1], values[i]), i, descending);
        }
    }

    private static void RequireOrder(ParquetColumn column, int comparison, int at, bool descending)
    {
        if (descending ? comparison < 0 : comparison > 0)
        {
            throw new ArgumentException($"Column '{column.Name}' is declared as sorted, but value {at} is out of order.");
        }
    }

    private static void CheckNullsTogether(ParquetColumn column, ReadOnlySpan<byte> levels, SortingColumnMetadata sorting)
    {
        if (levels.IsEmpty)
        {
            return;
        }

        int nulls = levels.Count((byte)0);
        ReadOnlySpan<byte> where = sorting.NullsFirst ? levels[..nulls] : levels[^nulls..];
        if (where.Contains((byte)1))
        {
            throw new ArgumentException($"Column '{column.Name}' is declared as sorted with nulls {(sorting.NullsFirst ? "first" : "last")}, but they stand elsewhere.");
        }
    }

    private static ParquetColumn Require(ParquetSchema schema, string name, string what) =>
        schema.TryFind(name, out ParquetColumn? column)
            ? column
            : throw new ArgumentException($"{what} names column '{name}', which the Parquet schema does not have.");

    private static bool IsWritable(ParquetPhysicalType type, ParquetEncoding encoding) => encoding switch
    {
        ParquetEncoding.Plain => true,
        ParquetEncoding.RleDictionary => type != ParquetPhysicalType.Boolean,
        ParquetEncoding.Rle => type == ParquetPhysicalType.Boolean,
        ParquetEncoding.DeltaBinaryPacked => type is ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64,
        ParquetEncoding.DeltaLengthByteArray => type == ParquetPhysicalType.ByteArray,
        ParquetEncoding.DeltaByteArray => type is ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray,

        // Format 2.11 allows it for integers and fixed bytes, too, but DuckDB 1.5, among others, does not read that.
        ParquetEncoding.ByteStreamSplit => type is ParquetPhysicalType.Float or ParquetPhysicalType.Double,
        _ => false,
    };

    private static Int128 PowerOfTen(int exponent)
    {
        Int128 power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
