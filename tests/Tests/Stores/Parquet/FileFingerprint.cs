using System.Runtime.InteropServices;
using System.Text;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>All that a file tells its reader, as text: two files with one fingerprint say the same.</summary>
internal static class FileFingerprint
{
    public static string Of(ParquetReader reader)
    {
        var text = new StringBuilder();
        text.AppendLine($"{reader.RowCount} rows by {reader.CreatedBy}");
        foreach ((string key, string? value) in reader.KeyValueMetadata)
        {
            text.AppendLine($"{key}={value}");
        }

        foreach (ParquetColumn column in reader.Schema.Columns)
        {
            text.AppendLine($"{column.Path} {column.PhysicalType} {column.TypeLength} {column.Repetition} {column.LogicalType} {column.MaxDefinitionLevel} {column.MaxRepetitionLevel}");
        }

        foreach (ParquetRowGroup group in reader.RowGroups)
        {
            text.AppendLine($"group {group.RowCount} sorted {string.Join(",", group.Sorting)}");
            foreach (ParquetChunk chunk in group.Columns)
            {
                text.AppendLine($"{chunk.Column.Path} {chunk.EntryCount} {chunk.Compression} nulls {chunk.Statistics?.NullCount} {Hex(chunk.Statistics?.Minimum)} {Hex(chunk.Statistics?.Maximum)}");
                ParquetColumnData data = Read(reader, group.Index, chunk.Column, text);
                text.AppendLine($" {data.EntryCount} {Hex(data.DefinitionLevels)} {Hex(data.RepetitionLevels)}");
                if (chunk.Column.HasRepetitionLevels)
                {
                    ParquetLists lists = ParquetLists.Of(reader, chunk.Column, data);
                    text.AppendLine(string.Join(";", lists.Levels.Select(level => string.Join(",", level.Offsets))));
                }
            }
        }

        return text.ToString();
    }

    private static ParquetColumnData Read(ParquetReader reader, int group, ParquetColumn column, StringBuilder text)
    {
        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Boolean:
                return Numbers<bool>(reader, group, column, text);
            case ParquetPhysicalType.Int32:
                return Numbers<int>(reader, group, column, text);
            case ParquetPhysicalType.Int64:
                return Numbers<long>(reader, group, column, text);
            case ParquetPhysicalType.Int96:
                return Numbers<Int96Timestamp>(reader, group, column, text);
            case ParquetPhysicalType.Float:
                return Numbers<float>(reader, group, column, text);
            case ParquetPhysicalType.Double:
                return Numbers<double>(reader, group, column, text);
            default:
                var bytes = new ParquetByteColumnData();
                reader.Read(group, column, bytes);
                for (int i = 0; i < bytes.Values.Count; i++)
                {
                    text.Append(Hex(bytes.Values[i])).Append(' ');
                }

                return bytes;
        }
    }

    private static ParquetColumnData<T> Numbers<T>(ParquetReader reader, int group, ParquetColumn column, StringBuilder text)
        where T : unmanaged
    {
        var data = new ParquetColumnData<T>();
        reader.Read(group, column, data);
        text.Append(Hex(MemoryMarshal.AsBytes(data.Values)));
        return data;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
