namespace EventSourcedMM.Stores.Parquet;

/// <summary>Logical types to and from the metadata's union and its older twin, the converted type.</summary>
internal static class LogicalTypeCodec
{
    /// <summary>Reads the union at a field of type struct.</summary>
    public static ParquetLogicalType? Read(ref CompactReader reader, CompactType type)
    {
        RequireStruct(ref reader, type);
        ParquetLogicalType? result = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 5:
                    result = ReadDecimal(ref reader, fieldType);
                    break;
                case 7:
                case 8:
                    result = ReadTime(ref reader, fieldType, id == 8);
                    break;
                case 10:
                    result = ReadInteger(ref reader, fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    result = id switch
                    {
                        1 => new ParquetLogicalType.Text(),
                        2 => new ParquetLogicalType.Map(),
                        3 => new ParquetLogicalType.List(),
                        4 => new ParquetLogicalType.Enumeration(),
                        6 => new ParquetLogicalType.Date(),
                        11 => new ParquetLogicalType.Other("UNKNOWN"),
                        12 => new ParquetLogicalType.Json(),
                        13 => new ParquetLogicalType.Bson(),
                        14 => new ParquetLogicalType.Uuid(),
                        15 => new ParquetLogicalType.Float16(),
                        16 => new ParquetLogicalType.Other("VARIANT"),
                        17 => new ParquetLogicalType.Other("GEOMETRY"),
                        18 => new ParquetLogicalType.Other("GEOGRAPHY"),
                        _ => new ParquetLogicalType.Other($"logical type {id}"),
                    };
                    break;
            }
        }

        return result;
    }

    /// <summary>The meaning of a field that has only the older annotation.</summary>
    public static ParquetLogicalType? FromConverted(int? converted, int? precision, int? scale) => (ConvertedType?)converted switch
    {
        null => null,
        ConvertedType.Utf8 => new ParquetLogicalType.Text(),
        ConvertedType.Map or ConvertedType.MapKeyValue => new ParquetLogicalType.Map(),
        ConvertedType.List => new ParquetLogicalType.List(),
        ConvertedType.Enum => new ParquetLogicalType.Enumeration(),
        ConvertedType.Decimal => new ParquetLogicalType.Decimal(precision ?? 0, scale ?? 0),
        ConvertedType.Date => new ParquetLogicalType.Date(),
        ConvertedType.TimeMillis => new ParquetLogicalType.Time(ParquetTimeUnit.Milliseconds, true),
        ConvertedType.TimeMicros => new ParquetLogicalType.Time(ParquetTimeUnit.Microseconds, true),
        ConvertedType.TimestampMillis => new ParquetLogicalType.Timestamp(ParquetTimeUnit.Milliseconds),
        ConvertedType.TimestampMicros => new ParquetLogicalType.Timestamp(ParquetTimeUnit.Microseconds),
        ConvertedType.UInt8 => new ParquetLogicalType.Integer(8, false),
        ConvertedType.UInt16 => new ParquetLogicalType.Integer(16, false),
        ConvertedType.UInt32 => new ParquetLogicalType.Integer(32, false),
        ConvertedType.UInt64 => new ParquetLogicalType.Integer(64, false),
        ConvertedType.Int8 => new ParquetLogicalType.Integer(8, true),
        ConvertedType.Int16 => new ParquetLogicalType.Integer(16, true),
        ConvertedType.Int32 => new ParquetLogicalType.Integer(32, true),
        ConvertedType.Int64 => new ParquetLogicalType.Integer(64, true),
        ConvertedType.Json => new ParquetLogicalType.Json(),
        ConvertedType.Bson => new ParquetLogicalType.Bson(),
        _ => new ParquetLogicalType.Other($"converted type {converted}"),
    };

    /// <summary>The older annotation that says the same, or null where there is none (nanoseconds, UUID, local timestamps).</summary>
    public static ConvertedType? ToConverted(ParquetLogicalType meaning) => meaning switch
    {
        ParquetLogicalType.Text => ConvertedType.Utf8,
        ParquetLogicalType.Json => ConvertedType.Json,
        ParquetLogicalType.Bson => ConvertedType.Bson,
        ParquetLogicalType.Enumeration => ConvertedType.Enum,
        ParquetLogicalType.Date => ConvertedType.Date,
        ParquetLogicalType.Decimal => ConvertedType.Decimal,
        ParquetLogicalType.Timestamp { IsUtc: true, Unit: ParquetTimeUnit.Milliseconds } => ConvertedType.TimestampMillis,
        ParquetLogicalType.Timestamp { IsUtc: true, Unit: ParquetTimeUnit.Microseconds } => ConvertedType.TimestampMicros,
        ParquetLogicalType.Time { IsUtc: true, Unit: ParquetTimeUnit.Milliseconds } => ConvertedType.TimeMillis,
        ParquetLogicalType.Time { IsUtc: true, Unit: ParquetTimeUnit.Microseconds } => ConvertedType.TimeMicros,
        ParquetLogicalType.Integer i => (i.Bits, i.IsSigned) switch
        {
            (8, true) => ConvertedType.Int8,
            (16, true) => ConvertedType.Int16,
            (32, true) => ConvertedType.Int32,
            (64, true) => ConvertedType.Int64,
            (8, false) => ConvertedType.UInt8,
            (16, false) => ConvertedType.UInt16,
            (32, false) => ConvertedType.UInt32,
            _ => ConvertedType.UInt64,
        },
        _ => null,
    };

    /// <summary>Writes the union as field <paramref name="id"/>.</summary>
    public static void Write(CompactWriter writer, short id, ParquetLogicalType meaning)
    {
        writer.Struct(id);
        switch (meaning)
        {
            case ParquetLogicalType.Text:
                writer.EmptyStruct(1);
                break;
            case ParquetLogicalType.Enumeration:
                writer.EmptyStruct(4);
                break;
            case ParquetLogicalType.Decimal d:
                writer.Struct(5);
                writer.I32(1, d.Scale);
                writer.I32(2, d.Precision);
                writer.EndStruct();
                break;
            case ParquetLogicalType.Date:
                writer.EmptyStruct(6);
                break;
            case ParquetLogicalType.Time t:
                WriteTime(writer, 7, t.IsUtc, t.Unit);
                break;
            case ParquetLogicalType.Timestamp t:
                WriteTime(writer, 8, t.IsUtc, t.Unit);
                break;
            case ParquetLogicalType.Integer i:
                writer.Struct(10);
                writer.I8(1, (byte)i.Bits);
                writer.Bool(2, i.IsSigned);
                writer.EndStruct();
                break;
            case ParquetLogicalType.Json:
                writer.EmptyStruct(12);
                break;
            case ParquetLogicalType.Bson:
                writer.EmptyStruct(13);
                break;
            case ParquetLogicalType.Uuid:
                writer.EmptyStruct(14);
                break;
            case ParquetLogicalType.Float16:
                writer.EmptyStruct(15);
                break;
            default:
                throw new InvalidOperationException($"{meaning} is read, never written.");
        }

        writer.EndStruct();
    }

    private static void WriteTime(CompactWriter writer, short id, bool isUtc, ParquetTimeUnit unit)
    {
        writer.Struct(id);
        writer.Bool(1, isUtc);
        writer.Struct(2);
        writer.EmptyStruct((short)(1 + (int)unit));
        writer.EndStruct();
        writer.EndStruct();
    }

    private static ParquetLogicalType.Decimal ReadDecimal(ref CompactReader reader, CompactType type)
    {
        RequireStruct(ref reader, type);
        int scale = 0, precision = 0;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    scale = reader.ReadI32(fieldType);
                    break;
                case 2:
                    precision = reader.ReadI32(fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        return new ParquetLogicalType.Decimal(precision, scale);
    }

    private static ParquetLogicalType ReadTime(ref CompactReader reader, CompactType type, bool isTimestamp)
    {
        RequireStruct(ref reader, type);
        bool isUtc = false;
        ParquetTimeUnit? unit = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    isUtc = reader.ReadBool(fieldType);
                    break;
                case 2:
                    unit = ReadUnit(ref reader, fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        return (unit, isTimestamp) switch
        {
            (null, _) => new ParquetLogicalType.Other(isTimestamp ? "TIMESTAMP of unknown unit" : "TIME of unknown unit"),
            (_, true) => new ParquetLogicalType.Timestamp(unit.Value, isUtc),
            _ => new ParquetLogicalType.Time(unit.Value, isUtc),
        };
    }

    private static ParquetTimeUnit? ReadUnit(ref CompactReader reader, CompactType type)
    {
        RequireStruct(ref reader, type);
        ParquetTimeUnit? unit = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            reader.Skip(fieldType);
            unit = id is >= 1 and <= 3 ? (ParquetTimeUnit)(id - 1) : null;
        }

        return unit;
    }

    private static ParquetLogicalType.Integer ReadInteger(ref CompactReader reader, CompactType type)
    {
        RequireStruct(ref reader, type);
        int bits = 0;
        bool isSigned = false;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    bits = reader.ReadI8(fieldType);
                    break;
                case 2:
                    isSigned = reader.ReadBool(fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        return new ParquetLogicalType.Integer(bits, isSigned);
    }

    private static void RequireStruct(ref CompactReader reader, CompactType type)
    {
        if (type != CompactType.Struct)
        {
            throw reader.Place.Corrupt("a logical type is not a struct");
        }
    }
}
