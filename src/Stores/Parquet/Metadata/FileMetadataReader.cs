namespace EventSourcedMM.Stores.Parquet;

/// <summary>Reads the footer. Fields this codec has no use for (indexes, bloom filters, size statistics) are passed over.</summary>
internal static class FileMetadataReader
{
    /// <summary>Reads a footer that must fill <paramref name="data"/> exactly.</summary>
    public static FileMetadata Read(ReadOnlySpan<byte> data, ParquetPlace place)
    {
        var reader = new CompactReader(data, place);
        int? version = null;
        long? rows = null;
        List<SchemaElement>? schema = null;
        List<RowGroupMetadata>? groups = null;
        List<KeyValuePair<string, string?>> keyValues = [];
        string? createdBy = null;
        bool hasColumnOrders = false;

        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    version = reader.ReadI32(type);
                    break;
                case 2:
                    schema = ReadList(ref reader, type, SchemaElementReader.Read);
                    break;
                case 3:
                    rows = reader.ReadI64(type);
                    break;
                case 4:
                    groups = ReadList(ref reader, type, ReadRowGroup);
                    break;
                case 5:
                    keyValues = ReadList(ref reader, type, ReadKeyValue);
                    break;
                case 6:
                    createdBy = reader.ReadString(type);
                    break;
                case 7:
                    hasColumnOrders = true;
                    reader.Skip(type);
                    break;
                case 8:
                    throw place.Unsupported("encrypted columns");
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (version is null || schema is null || rows is null || groups is null)
        {
            throw place.Corrupt("the footer lacks its version, schema, row count or row groups");
        }

        if (reader.Position != data.Length)
        {
            throw place.Corrupt($"the footer ends {data.Length - reader.Position} bytes before its declared length");
        }

        return new FileMetadata(version.Value, schema, rows.Value, groups, keyValues, createdBy, hasColumnOrders);
    }

    private delegate T ElementReader<T>(ref CompactReader reader);

    private static List<T> ReadList<T>(ref CompactReader reader, CompactType type, ElementReader<T> readElement)
    {
        int count = reader.ReadList(type, CompactType.Struct);

        // The count is bounded by the bytes left, but an element in memory is larger than one on disk: let the list grow.
        var list = new List<T>(Math.Min(count, 1024));
        for (int i = 0; i < count; i++)
        {
            list.Add(readElement(ref reader));
        }

        return list;
    }

    private static KeyValuePair<string, string?> ReadKeyValue(ref CompactReader reader)
    {
        string? key = null, value = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    key = reader.ReadString(type);
                    break;
                case 2:
                    value = reader.ReadString(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new KeyValuePair<string, string?>(key ?? throw reader.Place.Corrupt("a key-value pair lacks its key"), value);
    }

    private static RowGroupMetadata ReadRowGroup(ref CompactReader reader)
    {
        List<ChunkMetadata>? columns = null;
        List<SortingColumnMetadata> sorting = [];
        long bytes = 0;
        long? rows = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    columns = ReadList(ref reader, type, ReadChunk);
                    break;
                case 2:
                    bytes = reader.ReadI64(type);
                    break;
                case 3:
                    rows = reader.ReadI64(type);
                    break;
                case 4:
                    sorting = ReadList(ref reader, type, ReadSortingColumn);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return columns is null || rows is null
            ? throw reader.Place.Corrupt("a row group lacks its columns or its row count")
            : new RowGroupMetadata(columns, bytes, rows.Value, sorting);
    }

    private static SortingColumnMetadata ReadSortingColumn(ref CompactReader reader)
    {
        int column = -1;
        bool descending = false, nullsFirst = false;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    column = reader.ReadI32(type);
                    break;
                case 2:
                    descending = reader.ReadBool(type);
                    break;
                case 3:
                    nullsFirst = reader.ReadBool(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new SortingColumnMetadata(column, descending, nullsFirst);
    }

    private static ChunkMetadata ReadChunk(ref CompactReader reader)
    {
        string? externalFile = null;
        bool isEncrypted = false;
        ChunkMetadata? chunk = null;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    externalFile = reader.ReadString(type);
                    break;
                case 3:
                    chunk = ReadColumnMetadata(ref reader, type);
                    break;
                case 8 or 9:
                    isEncrypted = true;
                    reader.Skip(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (chunk is null && !isEncrypted)
        {
            throw reader.Place.Corrupt("a column chunk lacks its metadata");
        }

        return (chunk ?? new ChunkMetadata()) with { ExternalFile = externalFile, IsEncrypted = isEncrypted };
    }

    private static ChunkMetadata ReadColumnMetadata(ref CompactReader reader, CompactType structType)
    {
        if (structType != CompactType.Struct)
        {
            throw reader.Place.Corrupt("a column chunk's metadata is not a struct");
        }

        int? physicalType = null, compression = null;
        long? entries = null, stored = null, dataOffset = null, dictionaryOffset = null;
        long uncompressed = 0;
        var encodings = new List<ParquetEncoding>();
        var path = new List<string>();
        ParquetStatistics? statistics = null;
        List<PageEncodingCount> counts = [];
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    physicalType = reader.ReadI32(type);
                    break;
                case 2:
                    for (int n = reader.ReadList(type, CompactType.I32); n > 0; n--)
                    {
                        encodings.Add((ParquetEncoding)reader.ReadI32Element());
                    }

                    break;
                case 3:
                    for (int n = reader.ReadList(type, CompactType.Binary); n > 0; n--)
                    {
                        path.Add(reader.ReadStringElement());
                    }

                    break;
                case 4:
                    compression = reader.ReadI32(type);
                    break;
                case 5:
                    entries = reader.ReadI64(type);
                    break;
                case 6:
                    uncompressed = reader.ReadI64(type);
                    break;
                case 7:
                    stored = reader.ReadI64(type);
                    break;
                case 9:
                    dataOffset = reader.ReadI64(type);
                    break;
                case 11:
                    dictionaryOffset = reader.ReadI64(type);
                    break;
                case 12:
                    statistics = StatisticsReader.Read(ref reader, type);
                    break;
                case 13:
                    counts = ReadList(ref reader, type, ReadPageCount);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (physicalType is null || compression is null || entries is null || stored is null || dataOffset is null)
        {
            throw reader.Place.Corrupt("a column chunk lacks its type, codec, value count, size or offset");
        }

        if (entries < 0 || stored < 0 || dataOffset < 0 || dictionaryOffset < 0 || uncompressed < 0)
        {
            throw reader.Place.Corrupt("a column chunk has a negative count, size or offset");
        }

        return new ChunkMetadata
        {
            Type = physicalType.Value,
            Encodings = encodings,
            Path = path,
            Compression = (ParquetCompression)compression.Value,
            EntryCount = entries.Value,
            UncompressedBytes = uncompressed,
            StoredBytes = stored.Value,
            DataPageOffset = dataOffset.Value,
            DictionaryPageOffset = dictionaryOffset,
            Statistics = statistics,
            PageCounts = counts,
        };
    }

    private static PageEncodingCount ReadPageCount(ref CompactReader reader)
    {
        int pageType = -1, encoding = -1, count = 0;
        reader.EnterStruct();
        short id = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            switch (id)
            {
                case 1:
                    pageType = reader.ReadI32(type);
                    break;
                case 2:
                    encoding = reader.ReadI32(type);
                    break;
                case 3:
                    count = reader.ReadI32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new PageEncodingCount((PageType)pageType, (ParquetEncoding)encoding, count);
    }
}
