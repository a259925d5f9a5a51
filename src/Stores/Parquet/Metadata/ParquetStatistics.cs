using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// What a row group says about one column's values, so that a reader can pass over groups outside its window. Bounds are
/// stored as plain bytes and are inclusive; a bound is null where the writer gave none (or none that can be trusted).
/// </summary>
/// <param name="NullCount">How many entries are null; null where not recorded.</param>
/// <param name="Minimum">Lower bound of the non-null values, in plain encoding; null where not recorded.</param>
/// <param name="Maximum">Upper bound of the non-null values, in plain encoding; null where not recorded.</param>
public sealed record ParquetStatistics(long? NullCount, byte[]? Minimum, byte[]? Maximum)
{
    /// <summary>The bounds of an INT64 or INT32 column as 64-bit numbers; unsigned 32-bit columns come out unsigned.</summary>
    /// <returns>False where there are no bounds or the column is of another type.</returns>
    public bool TryGetInt64(ParquetColumn column, out long minimum, out long maximum)
    {
        ArgumentNullException.ThrowIfNull(column);
        minimum = maximum = 0;
        if (Minimum is null || Maximum is null)
        {
            return false;
        }

        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Int64 when Minimum.Length == 8 && Maximum.Length == 8:
                minimum = BinaryPrimitives.ReadInt64LittleEndian(Minimum);
                maximum = BinaryPrimitives.ReadInt64LittleEndian(Maximum);
                return true;
            case ParquetPhysicalType.Int32 when Minimum.Length == 4 && Maximum.Length == 4:
                bool isSigned = column.LogicalType is not ParquetLogicalType.Integer { IsSigned: false };
                minimum = isSigned ? BinaryPrimitives.ReadInt32LittleEndian(Minimum) : BinaryPrimitives.ReadUInt32LittleEndian(Minimum);
                maximum = isSigned ? BinaryPrimitives.ReadInt32LittleEndian(Maximum) : BinaryPrimitives.ReadUInt32LittleEndian(Maximum);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The bounds of a DOUBLE column.</summary>
    /// <returns>False where there are no bounds or the column is of another type.</returns>
    public bool TryGetDouble(ParquetColumn column, out double minimum, out double maximum)
    {
        ArgumentNullException.ThrowIfNull(column);
        minimum = maximum = 0;
        if (column.PhysicalType != ParquetPhysicalType.Double || Minimum is not { Length: 8 } || Maximum is not { Length: 8 })
        {
            return false;
        }

        minimum = BinaryPrimitives.ReadDoubleLittleEndian(Minimum);
        maximum = BinaryPrimitives.ReadDoubleLittleEndian(Maximum);
        return true;
    }
}
