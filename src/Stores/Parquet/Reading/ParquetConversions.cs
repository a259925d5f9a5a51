using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Reads columns by what they mean rather than how a writer stored them: other programs choose INT32 or INT64, INT96 or
/// any unit of timestamps, and decimals as integers or as bytes.
/// </summary>
public static class ParquetConversions
{
    /// <summary>Reads an integer column of 32 or 64 bits, signed or not, as 64-bit numbers.</summary>
    /// <exception cref="ParquetException">The column is of another type or damaged, or an unsigned value passes 2^63 − 1.</exception>
    public static void ReadIntegers(this ParquetReader reader, int rowGroup, ParquetColumn column, ParquetColumnData<long> data)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(column);
        ArgumentNullException.ThrowIfNull(data);
        bool isUnsigned = column.LogicalType is ParquetLogicalType.Integer { IsSigned: false };
        if (column.PhysicalType == ParquetPhysicalType.Int32)
        {
            var narrow = new ParquetColumnData<int>();
            reader.Read(rowGroup, column, narrow);
            Span<long> wide = data.ReplaceFrom(column, narrow);
            for (int i = 0; i < wide.Length; i++)
            {
                wide[i] = isUnsigned ? unchecked((uint)narrow.Values[i]) : narrow.Values[i];
            }

            return;
        }

        reader.Read(rowGroup, column, data);
        int negative = isUnsigned ? data.Values.IndexOfAnyInRange(long.MinValue, -1) : -1;
        if (negative >= 0)
        {
            throw reader.PlaceOf(column).Unsupported($"the unsigned value {unchecked((ulong)data.Values[negative])}, which does not fit a signed 64-bit number");
        }
    }

    /// <summary>Reads a timestamp column of any unit (INT64, or the deprecated INT96) as nanoseconds since 1970-01-01T00:00.</summary>
    /// <exception cref="ParquetException">The column is no timestamp or damaged, or a value lies before 1677 or after 2262.</exception>
    public static void ReadUnixNanoseconds(this ParquetReader reader, int rowGroup, ParquetColumn column, ParquetColumnData<long> data)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(column);
        ArgumentNullException.ThrowIfNull(data);
        if (column.PhysicalType == ParquetPhysicalType.Int96)
        {
            var stamps = new ParquetColumnData<Int96Timestamp>();
            reader.Read(rowGroup, column, stamps);
            Span<long> nanoseconds = data.ReplaceFrom(column, stamps);
            for (int i = 0; i < nanoseconds.Length; i++)
            {
                if (!stamps.Values[i].TryToUnixNanoseconds(out nanoseconds[i]))
                {
                    throw OutOfRange(reader, column, $"day {stamps.Values[i].JulianDay}");
                }
            }

            return;
        }

        if (column.PhysicalType != ParquetPhysicalType.Int64 || column.LogicalType is not ParquetLogicalType.Timestamp timestamp)
        {
            throw reader.PlaceOf(column).Corrupt($"the column holds {column.LogicalType?.ToString() ?? column.PhysicalType.ToString()} values, not timestamps");
        }

        reader.Read(rowGroup, column, data);
        long factor = timestamp.Unit switch { ParquetTimeUnit.Milliseconds => 1_000_000, ParquetTimeUnit.Microseconds => 1_000, _ => 1 };
        if (factor == 1)
        {
            return;
        }

        foreach (ref long value in data.Mutable)
        {
            if (value > long.MaxValue / factor || value < long.MinValue / factor)
            {
                throw OutOfRange(reader, column, $"{value} {timestamp.Unit}");
            }

            value *= factor;
        }
    }

    /// <summary>Reads a decimal or integer column as unscaled numbers: the value is the number × 10^−<paramref name="scale"/>.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="rowGroup">The row group.</param>
    /// <param name="column">DECIMAL on INT32, INT64 or up to 16 bytes; or a plain integer, whose scale is 0.</param>
    /// <param name="data">Receives the entries.</param>
    /// <param name="scale">Digits after the point.</param>
    /// <exception cref="ParquetException">The column is of another type or damaged, or its numbers are wider than 128 bits.</exception>
    public static void ReadUnscaled(this ParquetReader reader, int rowGroup, ParquetColumn column, ParquetColumnData<Int128> data, out int scale)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(column);
        ArgumentNullException.ThrowIfNull(data);
        var meaning = column.LogicalType as ParquetLogicalType.Decimal;
        scale = meaning?.Scale ?? 0;
        if (column.PhysicalType is ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray && meaning is not null)
        {
            var bytes = new ParquetByteColumnData();
            reader.Read(rowGroup, column, bytes);
            Span<Int128> target = data.ReplaceFrom(column, bytes);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = FromBigEndian(bytes.Values[i], reader, column);
            }

            return;
        }

        var integers = new ParquetColumnData<long>();
        reader.ReadIntegers(rowGroup, column, integers);
        Span<Int128> wide = data.ReplaceFrom(column, integers);
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = integers.Values[i];
        }
    }

    private static Int128 FromBigEndian(ReadOnlySpan<byte> bytes, ParquetReader reader, ParquetColumn column)
    {
        if (bytes.IsEmpty || bytes.Length > 16)
        {
            throw reader.PlaceOf(column).Unsupported($"a decimal of {bytes.Length} bytes");
        }

        Span<byte> padded = stackalloc byte[16];
        padded.Fill((bytes[0] & 0x80) != 0 ? byte.MaxValue : (byte)0);
        bytes.CopyTo(padded[(16 - bytes.Length)..]);
        return BinaryPrimitives.ReadInt128BigEndian(padded);
    }

    private static ParquetUnsupportedException OutOfRange(ParquetReader reader, ParquetColumn column, string value) =>
        reader.PlaceOf(column).Unsupported($"a timestamp outside the years 1677 to 2262 ({value})");
}
