namespace EventSourcedMM.Stores.Parquet;

/// <summary>BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes, and so on; compresses well where high bytes repeat.</summary>
internal static class ByteStreamSplitCodec
{
    /// <summary>Gathers values of <paramref name="size"/> bytes; <paramref name="data"/> must hold exactly their bytes.</summary>
    public static void Decode(ReadOnlySpan<byte> data, int size, Span<byte> values)
    {
        int count = values.Length / size;
        for (int b = 0; b < size; b++)
        {
            ReadOnlySpan<byte> stream = data.Slice(b * count, count);
            for (int i = 0, at = b; i < stream.Length; i++, at += size)
            {
                values[at] = stream[i];
            }
        }
    }

    /// <summary>Appends the bytes of <paramref name="values"/>, scattered.</summary>
    public static void Encode(ReadOnlySpan<byte> values, int size, ByteSink sink)
    {
        int count = values.Length / size;
        Span<byte> target = sink.Reserve(values.Length);
        for (int b = 0; b < size; b++)
        {
            Span<byte> stream = target.Slice(b * count, count);
            for (int i = 0, at = b; i < stream.Length; i++, at += size)
            {
                stream[i] = values[at];
            }
        }

        sink.Advance(values.Length);
    }
}
