namespace EventSourcedMM.Stores.Parquet;

/// <summary>Reads and writes page headers.</summary>
internal static class PageHeaderCodec
{
    /// <summary>Reads the header at the start of <paramref name="data"/>.</summary>
    /// <param name="data">The rest of the column chunk.</param>
    /// <param name="place">Where it stands, for errors.</param>
    /// <param name="length">The header's bytes.</param>
    public static PageHeader Read(ReadOnlySpan<byte> data, ParquetPlace place, out int length)
    {
        var reader = new CompactReader(data, place);
        var header = new PageHeader { IsCompressed = true };
        int type = -1, uncompressed = -1, stored = -1;
        short detail = 0;
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
                    uncompressed = reader.ReadI32(fieldType);
                    break;
                case 3:
                    stored = reader.ReadI32(fieldType);
                    break;
                case 4:
                    header.Crc = unchecked((uint)reader.ReadI32(fieldType));
                    break;
                case 5:
                    ReadDataPage(ref reader, fieldType, ref header);
                    detail = id;
                    break;
                case 7:
                    ReadDictionaryPage(ref reader, fieldType, ref header);
                    detail = id;
                    break;
                case 8:
                    ReadDataPageV2(ref reader, fieldType, ref header);
                    detail = id;
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        length = reader.Position;
        if (uncompressed < 0 || stored < 0 || type is < 0 or > 3)
        {
            throw place.Corrupt($"the page header has type {type}, {uncompressed} bytes, {stored} stored bytes");
        }

        header.Type = (PageType)type;
        header.UncompressedBytes = uncompressed;
        header.StoredBytes = stored;
        short wanted = header.Type switch { PageType.Data => 5, PageType.Dictionary => 7, PageType.DataV2 => 8, _ => detail };
        if (detail != wanted)
        {
            throw place.Corrupt($"a {header.Type} page lacks its own header");
        }

        if (header.EntryCount < 0 || header.NullCount < 0 || header.RowCount < 0 || header.DefinitionBytes < 0 || header.RepetitionBytes < 0)
        {
            throw place.Corrupt("the page header has a negative count");
        }

        return header;
    }

    /// <summary>Appends a header.</summary>
    public static void Write(ByteSink sink, in PageHeader header)
    {
        var writer = new CompactWriter(sink);
        writer.BeginStruct();
        writer.I32(1, (int)header.Type);
        writer.I32(2, header.UncompressedBytes);
        writer.I32(3, header.StoredBytes);
        if (header.Crc is uint crc)
        {
            writer.I32(4, unchecked((int)crc));
        }

        switch (header.Type)
        {
            case PageType.Data:
                writer.Struct(5);
                writer.I32(1, header.EntryCount);
                writer.I32(2, (int)header.Encoding);
                writer.I32(3, (int)ParquetEncoding.Rle);
                writer.I32(4, (int)ParquetEncoding.Rle);
                break;
            case PageType.Dictionary:
                writer.Struct(7);
                writer.I32(1, header.EntryCount);
                writer.I32(2, (int)header.Encoding);
                break;
            case PageType.DataV2:
                writer.Struct(8);
                writer.I32(1, header.EntryCount);
                writer.I32(2, header.NullCount);
                writer.I32(3, header.RowCount);
                writer.I32(4, (int)header.Encoding);
                writer.I32(5, header.DefinitionBytes);
                writer.I32(6, header.RepetitionBytes);
                writer.Bool(7, header.IsCompressed);
                break;
            default:
                throw new InvalidOperationException($"{header.Type} pages are read, never written.");
        }

        writer.EndStruct();
        writer.EndStruct();
    }

    private static void ReadDataPage(ref CompactReader reader, CompactType type, ref PageHeader header)
    {
        Enter(ref reader, type);
        header.EntryCount = -1;
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    header.EntryCount = reader.ReadI32(fieldType);
                    break;
                case 2:
                    header.Encoding = (ParquetEncoding)reader.ReadI32(fieldType);
                    break;
                case 3:
                    header.DefinitionEncoding = (ParquetEncoding)reader.ReadI32(fieldType);
                    break;
                case 4:
                    header.RepetitionEncoding = (ParquetEncoding)reader.ReadI32(fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }
    }

    private static void ReadDictionaryPage(ref CompactReader reader, CompactType type, ref PageHeader header)
    {
        Enter(ref reader, type);
        header.EntryCount = -1;
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    header.EntryCount = reader.ReadI32(fieldType);
                    break;
                case 2:
                    header.Encoding = (ParquetEncoding)reader.ReadI32(fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }
    }

    private static void ReadDataPageV2(ref CompactReader reader, CompactType type, ref PageHeader header)
    {
        Enter(ref reader, type);
        header.EntryCount = -1;
        short id = 0;
        while (reader.NextField(ref id, out CompactType fieldType))
        {
            switch (id)
            {
                case 1:
                    header.EntryCount = reader.ReadI32(fieldType);
                    break;
                case 2:
                    header.NullCount = reader.ReadI32(fieldType);
                    break;
                case 3:
                    header.RowCount = reader.ReadI32(fieldType);
                    break;
                case 4:
                    header.Encoding = (ParquetEncoding)reader.ReadI32(fieldType);
                    break;
                case 5:
                    header.DefinitionBytes = reader.ReadI32(fieldType);
                    break;
                case 6:
                    header.RepetitionBytes = reader.ReadI32(fieldType);
                    break;
                case 7:
                    header.IsCompressed = reader.ReadBool(fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }
    }

    private static void Enter(ref CompactReader reader, CompactType type)
    {
        if (type != CompactType.Struct)
        {
            throw reader.Place.Corrupt("a page header's detail is not a struct");
        }

        reader.EnterStruct();
    }
}
