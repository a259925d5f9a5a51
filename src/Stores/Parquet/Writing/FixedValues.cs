using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Numbers or truth values to encode.</summary>
internal readonly ref struct FixedValues<T>(ParquetColumn column, ReadOnlySpan<T> values) : IPageValues
    where T : unmanaged
{
    private readonly ReadOnlySpan<T> _values = values;

    public int Count => _values.Length;

    public ReadOnlySpan<ParquetEncoding> Candidates =>
        typeof(T) == typeof(bool) ? [ParquetEncoding.Plain]
        : typeof(T) == typeof(long) || typeof(T) == typeof(int) ? [ParquetEncoding.DeltaBinaryPacked, ParquetEncoding.RleDictionary, ParquetEncoding.Plain]
        : [ParquetEncoding.RleDictionary, ParquetEncoding.Plain];

    public int CountWithin(int start, int most, int bytes) =>
        typeof(T) == typeof(bool) ? most : Math.Min(most, Math.Max(1, bytes / Unsafe.SizeOf<T>()));

    public void Encode(ParquetEncoding encoding, int start, int count, ByteSink sink)
    {
        ReadOnlySpan<T> part = _values.Slice(start, count);
        switch (encoding)
        {
            case ParquetEncoding.Plain when typeof(T) == typeof(bool):
                BitPack.Write(Widen(part), 1, (count + 7) / 8 * 8, sink);
                break;
            case ParquetEncoding.Plain:
                sink.Write(MemoryMarshal.AsBytes(part));
                break;
            case ParquetEncoding.Rle:
                int lengthAt = sink.Length;
                sink.WriteUInt32(0);
                RleHybridEncoder.Encode(Widen(part), 1, sink);
                sink.PatchUInt32(lengthAt, (uint)(sink.Length - lengthAt - 4));
                break;
            case ParquetEncoding.DeltaBinaryPacked when typeof(T) == typeof(long):
                DeltaBinaryPackedEncoder.Encode(MemoryMarshal.Cast<T, long>(part), sink);
                break;
            case ParquetEncoding.DeltaBinaryPacked:
                DeltaBinaryPackedEncoder.Encode(MemoryMarshal.Cast<T, int>(part), sink);
                break;
            default:
                ByteStreamSplitCodec.Encode(MemoryMarshal.AsBytes(part), Unsafe.SizeOf<T>(), sink);
                break;
        }
    }

    public DictionaryBuild? BuildDictionary(long maxBytes)
    {
        // Values are told apart by their bits, so that every NaN and both zeros come back as they were.
        var distinct = new DistinctBits();
        var indices = new int[_values.Length];
        var plain = new ByteSink();
        for (int i = 0; i < indices.Length; i++)
        {
            T value = _values[i];
            ulong bits = Unsafe.SizeOf<T>() == 8 ? Unsafe.As<T, ulong>(ref value) : Unsafe.As<T, uint>(ref value);
            int index = distinct.IndexOf(bits, out bool isNew);
            if (isNew)
            {
                plain.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
                if (plain.Length > maxBytes)
                {
                    return null;
                }
            }

            indices[i] = index;
        }

        return new DictionaryBuild(indices, distinct.Count, plain);
    }

    public (byte[]? Minimum, byte[]? Maximum) FindBounds() => ColumnBounds.Find(column, _values);

    private static int[] Widen(ReadOnlySpan<T> values)
    {
        var wide = new int[values.Length];
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = bytes[i] == 0 ? 0 : 1;
        }

        return wide;
    }
}
