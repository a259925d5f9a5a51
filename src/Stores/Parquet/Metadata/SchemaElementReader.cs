namespace EventSourcedMM.Stores.Parquet;

/// <summary>Reads one node of the stored schema.</summary>
internal static class SchemaElementReader
{
    public static SchemaElement Read(ref CompactReader reader)
    {
        string? name = null;
        int? type = null, typeLength = null, repetition = null, converted = null, scale = null, precision = null;
        int children = 0;
        ParquetLogicalType? logical = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    type = reader.ReadI32(fieldType);
                    break;
                case 2:
                    typeLength = reader.ReadI32(fieldType);
                    break;
                case 3:
                    repetition = reader.ReadI32(fieldType);
                    break;
                case 4:
                    name = reader.ReadString(fieldType);
                    break;
                case 5:
                    children = reader.ReadI32(fieldType);
                    break;
                case 6:
                    converted = reader.ReadI32(fieldType);
                    break;
                case 7:
                    scale = reader.ReadI32(fieldType);
                    break;
                case 8:
                    precision = reader.ReadI32(fieldType);
                    break;
                case 10:
                    logical = LogicalTypeCodec.Read(ref reader, fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        return new SchemaElement
        {
            Name = name ?? throw reader.Place.Corrupt("a schema element lacks its name"),
            Type = type,
            TypeLength = typeLength,
            Repetition = repetition,
            ChildCount = children,
            ConvertedType = converted,
            Scale = scale,
            Precision = precision,
            LogicalType = logical,
        };
    }
}
