namespace EventSourcedMM.Stores.Parquet;

/// <summary>Writes the footer.</summary>
internal static class FileMetadataWriter
{
    /// <summary>Appends the footer to <paramref name="sink"/>.</summary>
    public static void Write(ByteSink sink, FileMetadata metadata)
    {
        var writer = new CompactWriter(sink);
        writer.BeginStruct();
        writer.I32(1, metadata.Version);
        writer.List(2, CompactType.Struct, metadata.Schema.Count);
        foreach (SchemaElement element in metadata.Schema)
        {
            WriteElement(writer, element);
        }

        writer.I64(3, metadata.RowCount);
        writer.List(4, CompactType.Struct, metadata.RowGroups.Count);
        for (int i = 0; i < metadata.RowGroups.Count; i++)
        {
            WriteRowGroup(writer, metadata.RowGroups[i], i);
        }

        if (metadata.KeyValues.Count > 0)
        {
            writer.List(5, CompactType.Struct, metadata.KeyValues.Count);
            foreach ((string key, string? value) in metadata.KeyValues)
            {
                writer.BeginStruct();
                writer.String(1, key);
                if (value is not null)
                {
                    writer.String(2, value);
                }

                writer.EndStruct();
            }
        }

        if (metadata.CreatedBy is not null)
        {
            writer.String(6, metadata.CreatedBy);
        }

        if (metadata.HasColumnOrders)
        {
            // Without this list readers must distrust min_value and max_value: it says that every column is ordered as
            // its type defines.
            int leaves = metadata.Schema.Count(element => element.Type is not null);
            writer.List(7, CompactType.Struct, leaves);
            for (int i = 0; i < leaves; i++)
            {
                writer.BeginStruct();
                writer.EmptyStruct(1);
                writer.EndStruct();
            }
        }

        writer.EndStruct();
    }

    private static void WriteElement(CompactWriter writer, SchemaElement element)
    {
        writer.BeginStruct();
        if (element.Type is int type)
        {
            writer.I32(1, type);
        }

        if (element.TypeLength is int length)
        {
            writer.I32(2, length);
        }

        if (element.Repetition is int repetition)
        {
            writer.I32(3, repetition);
        }

        writer.String(4, element.Name);
        if (element.ChildCount > 0)
        {
            writer.I32(5, element.ChildCount);
        }

        if (element.ConvertedType is int converted)
        {
            writer.I32(6, converted);
        }

        if (element.Scale is int scale)
        {
            writer.I32(7, scale);
        }

        if (element.Precision is int precision)
        {
            writer.I32(8, precision);
        }

        if (element.LogicalType is not null)
        {
            LogicalTypeCodec.Write(writer, 10, element.LogicalType);
        }

        writer.EndStruct();
    }

    private static void WriteRowGroup(CompactWriter writer, RowGroupMetadata group, int ordinal)
    {
        writer.BeginStruct();
        writer.List(1, CompactType.Struct, group.Columns.Count);
        foreach (ChunkMetadata chunk in group.Columns)
        {
            WriteChunk(writer, chunk);
        }

        writer.I64(2, group.UncompressedBytes);
        writer.I64(3, group.RowCount);
        if (group.Sorting.Count > 0)
        {
            writer.List(4, CompactType.Struct, group.Sorting.Count);
            foreach (SortingColumnMetadata sorting in group.Sorting)
            {
                writer.BeginStruct();
                writer.I32(1, sorting.Column);
                writer.Bool(2, sorting.Descending);
                writer.Bool(3, sorting.NullsFirst);
                writer.EndStruct();
            }
        }

        writer.I64(5, group.Columns[0].Start);
        writer.I64(6, group.Columns.Sum(chunk => chunk.StoredBytes));
        if (ordinal <= short.MaxValue)
        {
            writer.I16(7, (short)ordinal);
        }

        writer.EndStruct();
    }

    private static void WriteChunk(CompactWriter writer, ChunkMetadata chunk)
    {
        writer.BeginStruct();

        // Deprecated, and required: the format asks new writers for 0, since the metadata stands only in the footer.
        writer.I64(2, 0);
        writer.Struct(3);
        writer.I32(1, chunk.Type);
        writer.List(2, CompactType.I32, chunk.Encodings.Count);
        foreach (ParquetEncoding encoding in chunk.Encodings)
        {
            writer.I32Element((int)encoding);
        }

        writer.List(3, CompactType.Binary, chunk.Path.Count);
        foreach (string part in chunk.Path)
        {
            writer.StringElement(part);
        }

        writer.I32(4, (int)chunk.Compression);
        writer.I64(5, chunk.EntryCount);
        writer.I64(6, chunk.UncompressedBytes);
        writer.I64(7, chunk.StoredBytes);
        writer.I64(9, chunk.DataPageOffset);
        if (chunk.DictionaryPageOffset is long dictionary)
        {
            writer.I64(11, dictionary);
        }

        if (chunk.Statistics is not null)
        {
            WriteStatistics(writer, chunk.Statistics);
        }

        if (chunk.PageCounts.Count > 0)
        {
            writer.List(13, CompactType.Struct, chunk.PageCounts.Count);
            foreach (PageEncodingCount count in chunk.PageCounts)
            {
                writer.BeginStruct();
                writer.I32(1, (int)count.Type);
                writer.I32(2, (int)count.Encoding);
                writer.I32(3, count.Count);
                writer.EndStruct();
            }
        }

        writer.EndStruct();
        writer.EndStruct();
    }

    private static void WriteStatistics(CompactWriter writer, ParquetStatistics statistics)
    {
        writer.Struct(12);
        if (statistics.NullCount is long nulls)
        {
            writer.I64(3, nulls);
        }

        if (statistics.Maximum is not null)
        {
            writer.Binary(5, statistics.Maximum);
        }

        if (statistics.Minimum is not null)
        {
            writer.Binary(6, statistics.Minimum);
        }

        if (statistics.Maximum is not null)
        {
            writer.Bool(7, true);
        }

        if (statistics.Minimum is not null)
        {
            writer.Bool(8, true);
        }

        writer.EndStruct();
    }
}
