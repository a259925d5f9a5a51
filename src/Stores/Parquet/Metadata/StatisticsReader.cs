namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Reads a chunk's statistics (parquet.thrift, <c>Statistics</c>). Only the bounds whose order the format defines are
/// taken (<c>min_value</c>, <c>max_value</c>); the deprecated pair was compared in the writer's own way and is left out.
/// </summary>
internal static class StatisticsReader
{
    public static ParquetStatistics Read(ref CompactReader reader, CompactType structType)
    {
        if (structType != CompactType.Struct)
        {
            throw reader.Place.Corrupt("statistics are not a struct");
        }

        byte[]? minimum = null, maximum = null;
        long? nulls = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 3:
                    nulls = reader.ReadI64(type);
                    break;
                case 5:
                    maximum = reader.ReadBinary(type);
                    break;
                case 6:
                    minimum = reader.ReadBinary(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new ParquetStatistics(nulls, minimum, maximum);
    }
}
