namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// A leaf of a schema: the thing that values are stored for. The factories make flat columns for
/// <see cref="ParquetSchema.Flat"/>; columns of a file that was read come from its reader's schema.
/// </summary>
public sealed class ParquetColumn : ParquetField
{
    internal ParquetColumn(IReadOnlyList<string> path, ParquetRepetition repetition, ParquetLogicalType? logicalType, int definitionLevel, int repetitionLevel, ParquetPhysicalType physicalType, int typeLength, int index)
        : base(path, repetition, logicalType, definitionLevel, repetitionLevel)
    {
        PhysicalType = physicalType;
        TypeLength = typeLength;
        Index = index;
    }

    public ParquetPhysicalType PhysicalType { get; }

    /// <summary>Bytes of a value of FIXED_LEN_BYTE_ARRAY; 0 for every other type.</summary>
    public int TypeLength { get; }

    /// <summary>Position among the schema's columns; −1 until the column stands in a schema.</summary>
    public int Index { get; }

    /// <summary>True where an entry can be null (or stand for an empty list), so that definition levels are stored.</summary>
    public bool HasDefinitionLevels => MaxDefinitionLevel > 0;

    /// <summary>True where a row can have several entries, so that repetition levels are stored.</summary>
    public bool HasRepetitionLevels => MaxRepetitionLevel > 0;

    /// <summary>A 64-bit integer column; with a decimal, timestamp or 64-bit integer meaning where given.</summary>
    /// <exception cref="ArgumentException">The meaning does not fit a 64-bit integer.</exception>
    public static ParquetColumn Int64(string name, ParquetLogicalType? meaning = null, bool optional = false) =>
        Flat(name, ParquetPhysicalType.Int64, 0, meaning, optional);

    /// <summary>A 32-bit integer column; with a narrower integer, date, decimal or time meaning where given.</summary>
    /// <exception cref="ArgumentException">The meaning does not fit a 32-bit integer.</exception>
    public static ParquetColumn Int32(string name, ParquetLogicalType? meaning = null, bool optional = false) =>
        Flat(name, ParquetPhysicalType.Int32, 0, meaning, optional);

    /// <summary>A column of 64-bit IEEE numbers.</summary>
    public static ParquetColumn Double(string name, bool optional = false) => Flat(name, ParquetPhysicalType.Double, 0, null, optional);

    /// <summary>A column of 32-bit IEEE numbers.</summary>
    public static ParquetColumn Float(string name, bool optional = false) => Flat(name, ParquetPhysicalType.Float, 0, null, optional);

    /// <summary>A column of truth values.</summary>
    public static ParquetColumn Boolean(string name, bool optional = false) => Flat(name, ParquetPhysicalType.Boolean, 0, null, optional);

    /// <summary>A column of byte strings; text, JSON or enumeration names where that meaning is given.</summary>
    /// <exception cref="ArgumentException">The meaning does not fit byte strings.</exception>
    public static ParquetColumn Bytes(string name, ParquetLogicalType? meaning = null, bool optional = false) =>
        Flat(name, ParquetPhysicalType.ByteArray, 0, meaning, optional);

    /// <summary>A column of UTF-8 text.</summary>
    public static ParquetColumn Text(string name, bool optional = false) => Bytes(name, new ParquetLogicalType.Text(), optional);

    /// <summary>A column of byte strings that all have <paramref name="length"/> bytes.</summary>
    /// <exception cref="ArgumentException">The length is not positive or the meaning does not fit it.</exception>
    public static ParquetColumn FixedBytes(string name, int length, ParquetLogicalType? meaning = null, bool optional = false) =>
        Flat(name, ParquetPhysicalType.FixedLenByteArray, length, meaning, optional);

    internal ParquetColumn At(int index) =>
        new(PathParts, Repetition, LogicalType, MaxDefinitionLevel, MaxRepetitionLevel, PhysicalType, TypeLength, index);

    private static ParquetColumn Flat(string name, ParquetPhysicalType type, int length, ParquetLogicalType? meaning, bool optional)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (type == ParquetPhysicalType.FixedLenByteArray && length <= 0)
        {
            throw new ArgumentException($"Column '{name}': fixed-length values need a length above 0, not {length}.", nameof(length));
        }

        if (meaning is not null && !Fits(meaning, type, length))
        {
            throw new ArgumentException($"Column '{name}': {meaning} cannot stand on {type}.", nameof(meaning));
        }

        return new ParquetColumn([name], optional ? ParquetRepetition.Optional : ParquetRepetition.Required, meaning, optional ? 1 : 0, 0, type, length, -1);
    }

    private static bool Fits(ParquetLogicalType meaning, ParquetPhysicalType type, int length) => meaning switch
    {
        ParquetLogicalType.Text or ParquetLogicalType.Json or ParquetLogicalType.Bson or ParquetLogicalType.Enumeration => type == ParquetPhysicalType.ByteArray,
        ParquetLogicalType.Uuid => type == ParquetPhysicalType.FixedLenByteArray && length == 16,
        ParquetLogicalType.Float16 => type == ParquetPhysicalType.FixedLenByteArray && length == 2,
        ParquetLogicalType.Date => type == ParquetPhysicalType.Int32,
        ParquetLogicalType.Timestamp => type == ParquetPhysicalType.Int64,
        ParquetLogicalType.Time t => type == (t.Unit == ParquetTimeUnit.Milliseconds ? ParquetPhysicalType.Int32 : ParquetPhysicalType.Int64),
        ParquetLogicalType.Integer i => (i.Bits is 8 or 16 or 32 && type == ParquetPhysicalType.Int32) || (i.Bits == 64 && type == ParquetPhysicalType.Int64),
        ParquetLogicalType.Decimal d => d.Scale >= 0 && d.Scale <= d.Precision && d.Precision > 0 && d.Precision <= MaxPrecision(type, length),
        _ => false,
    };

    // Digits that always fit a two's complement number of the type's size. A fixed-length decimal wider than 16 bytes
    // is not offered: nothing here computes beyond 128 bits.
    private static int MaxPrecision(ParquetPhysicalType type, int length) => type switch
    {
        ParquetPhysicalType.Int32 => 9,
        ParquetPhysicalType.Int64 => 18,
        ParquetPhysicalType.FixedLenByteArray when length <= 16 => (((8 * length) - 1) * 30103) / 100000,
        _ => 0,
    };
}
