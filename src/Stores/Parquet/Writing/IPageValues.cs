namespace EventSourcedMM.Stores.Parquet;

/// <summary>The values of one column of one row group, as the chunk encoder sees them whatever their type.</summary>
internal interface IPageValues
{
    int Count { get; }

    /// <summary>
    /// The encodings that the choice by size tries, best guess first: those that every current reader reads rightly.
    /// Left out are RLE of truth values and DELTA_BYTE_ARRAY, on which Parquet.Net 5.5 fails (the latter with text
    /// beyond ASCII).
    /// </summary>
    ReadOnlySpan<ParquetEncoding> Candidates { get; }

    /// <summary>How many values from <paramref name="start"/> on, at most <paramref name="most"/>, reach <paramref name="bytes"/> plain bytes.</summary>
    int CountWithin(int start, int most, int bytes);

    /// <summary>Appends a range of values.</summary>
    void Encode(ParquetEncoding encoding, int start, int count, ByteSink sink);

    /// <summary>Finds the distinct values.</summary>
    /// <param name="maxBytes">Most plain bytes of a dictionary.</param>
    /// <returns>Null where there are more.</returns>
    DictionaryBuild? BuildDictionary(long maxBytes);

    /// <summary>Bounds, where the type has an order that readers agree on.</summary>
    (byte[]? Minimum, byte[]? Maximum) FindBounds();
}

/// <summary>A dictionary and every value's place in it.</summary>
/// <param name="Indices">One index a value.</param>
/// <param name="Count">Distinct values.</param>
/// <param name="Values">Their plain encoding, in order of first appearance.</param>
internal sealed record DictionaryBuild(int[] Indices, int Count, ByteSink Values);

/// <summary>A column chunk ready to be stored.</summary>
/// <param name="Sink">Pages with their headers.</param>
/// <param name="DictionaryBytes">How many of them are the dictionary page; 0 for none.</param>
/// <param name="Metadata">All but the offsets.</param>
internal sealed record EncodedChunk(ByteSink Sink, int DictionaryBytes, ChunkMetadata Metadata)
{
    public ReadOnlySpan<byte> Bytes => Sink.Written;
}
