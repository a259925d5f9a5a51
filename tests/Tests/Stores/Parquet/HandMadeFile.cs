using System.Buffers.Binary;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>
/// A file put together page by page, for what our writer never writes: old encodings and types, nested columns, and
/// contradictions.
/// </summary>
internal sealed class HandMadeFile(long rows)
{
    private readonly ByteSink _file = Begin();
    private readonly List<SchemaElement> _schema = [];
    private readonly List<ChunkMetadata> _chunks = [];
    private readonly List<PageEncodingCount> _none = [];
    private int _topLevel;

    public ParquetCompression Compression { get; set; }

    /// <summary>Changes what the footer says of the last column.</summary>
    public HandMadeFile Patch(Func<ChunkMetadata, ChunkMetadata> change)
    {
        _chunks[^1] = change(_chunks[^1]);
        return this;
    }

    /// <summary>Adds schema elements, parents before children; the first one is a field of the root.</summary>
    public HandMadeFile Schema(params SchemaElement[] elements)
    {
        _schema.AddRange(elements);
        _topLevel++;
        return this;
    }

    /// <summary>Adds the chunk of the next leaf; each page is a header (sizes are filled in) and its body as stored.</summary>
    public HandMadeFile Chunk(ParquetPhysicalType type, long entries, params (PageHeader Header, byte[] Body)[] pages)
    {
        long start = _file.Length;
        long? dictionary = null;
        foreach ((PageHeader header, byte[] body) in pages)
        {
            PageHeader sized = header;
            sized.StoredBytes = body.Length;
            sized.UncompressedBytes = header.UncompressedBytes > 0 ? header.UncompressedBytes : body.Length;
            if (header.Type == PageType.Dictionary)
            {
                dictionary = _file.Length;
            }

            PageHeaderCodec.Write(_file, sized);
            _file.Write(body);
            if (header.Type == PageType.Dictionary)
            {
                start = _file.Length;
            }
        }

        _chunks.Add(new ChunkMetadata
        {
            Type = (int)type,
            Path = ["x"],
            Compression = Compression,
            EntryCount = entries,
            StoredBytes = _file.Length - (dictionary ?? start),
            DataPageOffset = start,
            DictionaryPageOffset = dictionary,
            PageCounts = _none,
        });
        return this;
    }

    public byte[] ToBytes()
    {
        var metadata = new FileMetadata(1, [new SchemaElement { Name = "root", ChildCount = _topLevel }, .. _schema], rows, [new RowGroupMetadata(_chunks, 0, rows, [])], [], "by hand", false);
        var footer = new ByteSink();
        FileMetadataWriter.Write(footer, metadata);
        var file = new ByteSink();
        file.Write(_file.Written);
        file.Write(footer.Written);
        file.WriteUInt32((uint)footer.Length);
        file.Write("PAR1"u8);
        return file.Written.ToArray();
    }

    public ParquetReader Open() => ParquetReader.Open(ToBytes(), "hand-made");

    public static SchemaElement Leaf(string name, ParquetPhysicalType type, ParquetRepetition repetition, int? length = null) =>
        new() { Name = name, Type = (int)type, Repetition = (int)repetition, TypeLength = length };

    public static SchemaElement Group(string name, ParquetRepetition repetition, int children, ConvertedType? meaning = null) =>
        new() { Name = name, Repetition = (int)repetition, ChildCount = children, ConvertedType = (int?)meaning };

    public static PageHeader Data(int entries, ParquetEncoding encoding) =>
        new() { Type = PageType.Data, EntryCount = entries, Encoding = encoding };

    public static PageHeader Dictionary(int entries) =>
        new() { Type = PageType.Dictionary, EntryCount = entries, Encoding = ParquetEncoding.Plain };

    /// <summary>Levels of version 1: a length, then runs and packed groups.</summary>
    public static byte[] Levels(int width, params int[] levels)
    {
        var sink = new ByteSink();
        sink.WriteUInt32(0);
        RleHybridEncoder.Encode(levels, width, sink);
        sink.PatchUInt32(0, (uint)(sink.Length - 4));
        return sink.Written.ToArray();
    }

    public static byte[] Plain(params int[] values) => values.SelectMany(v =>
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, v);
        return bytes;
    }).ToArray();

    private static ByteSink Begin()
    {
        var sink = new ByteSink();
        sink.Write("PAR1"u8);
        return sink;
    }
}
