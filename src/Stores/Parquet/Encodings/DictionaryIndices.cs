using System.Buffers;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>The body of a dictionary-encoded data page: a bit width, then indices as runs and packed groups.</summary>
internal static class DictionaryIndices
{
    /// <summary>Decodes into a buffer from the shared pool, which is replaced when it is too small.</summary>
    public static Span<int> Decode(ReadOnlySpan<byte> data, int count, bool hasDictionary, ref int[] buffer, ParquetPlace place)
    {
        if (!hasDictionary)
        {
            throw place.Corrupt("the page points into a dictionary, but the column has no dictionary page before it");
        }

        if (data.IsEmpty || data[0] > 32)
        {
            throw place.Corrupt(data.IsEmpty ? "the page ends before its dictionary indices" : $"dictionary indices of {data[0]} bits are not possible");
        }

        if (buffer.Length < count)
        {
            if (buffer.Length > 0)
            {
                ArrayPool<int>.Shared.Return(buffer);
            }

            buffer = ArrayPool<int>.Shared.Rent(count);
        }

        Span<int> indices = buffer.AsSpan(0, count);
        RleHybridDecoder.Decode(data[1..], data[0], indices, place);
        return indices;
    }
}
