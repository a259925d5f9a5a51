namespace EventSourcedMM.Stores.Parquet;

/// <summary>Unit of a time or timestamp.</summary>
public enum ParquetTimeUnit
{
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// <summary>What a column's stored values mean (the format's LogicalTypes.md); null on a field means its plain physical type.</summary>
public abstract record ParquetLogicalType
{
    private ParquetLogicalType()
    {
    }

    /// <summary>UTF-8 text, on BYTE_ARRAY.</summary>
    public sealed record Text : ParquetLogicalType;

    /// <summary>A JSON document as UTF-8, on BYTE_ARRAY.</summary>
    public sealed record Json : ParquetLogicalType;

    /// <summary>A BSON document, on BYTE_ARRAY.</summary>
    public sealed record Bson : ParquetLogicalType;

    /// <summary>One of a few names, as UTF-8, on BYTE_ARRAY.</summary>
    public sealed record Enumeration : ParquetLogicalType;

    /// <summary>A UUID in network byte order, on FIXED_LEN_BYTE_ARRAY(16).</summary>
    public sealed record Uuid : ParquetLogicalType;

    /// <summary>Days since 1970-01-01, on INT32.</summary>
    public sealed record Date : ParquetLogicalType;

    /// <summary>An IEEE half, on FIXED_LEN_BYTE_ARRAY(2).</summary>
    public sealed record Float16 : ParquetLogicalType;

    /// <summary>The unscaled integer of a decimal: the value is stored × 10^−<paramref name="Scale"/>.</summary>
    /// <param name="Precision">Most decimal digits of the unscaled integer; at most 9 on INT32, 18 on INT64.</param>
    /// <param name="Scale">Digits after the point, from 0 to <paramref name="Precision"/>.</param>
    public sealed record Decimal(int Precision, int Scale) : ParquetLogicalType;

    /// <summary>Units since 1970-01-01T00:00 on INT64: an instant when <paramref name="IsUtc"/>, otherwise a local reading.</summary>
    public sealed record Timestamp(ParquetTimeUnit Unit, bool IsUtc = true) : ParquetLogicalType;

    /// <summary>Units since midnight: milliseconds on INT32, finer units on INT64.</summary>
    public sealed record Time(ParquetTimeUnit Unit, bool IsUtc) : ParquetLogicalType;

    /// <summary>An integer of <paramref name="Bits"/> (8, 16, 32 on INT32; 64 on INT64), signed or not; unsigned values keep their bits.</summary>
    public sealed record Integer(int Bits, bool IsSigned) : ParquetLogicalType;

    /// <summary>The group is a list.</summary>
    public sealed record List : ParquetLogicalType;

    /// <summary>The group is a map.</summary>
    public sealed record Map : ParquetLogicalType;

    /// <summary>An annotation this codec does not interpret; the values are readable as their physical type.</summary>
    /// <param name="Name">The annotation, as the format names it or by its number.</param>
    public sealed record Other(string Name) : ParquetLogicalType;
}
