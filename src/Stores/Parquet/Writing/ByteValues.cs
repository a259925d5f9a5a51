namespace EventSourcedMM.Stores.Parquet;

/// <summary>Byte strings to encode.</summary>
internal readonly ref struct ByteValues(ParquetColumn column, ParquetByteArrays values) : IPageValues
{
    private const int MaxBoundBytes = 128; // longer bounds would swell the footer and help no reader

    private readonly bool _isFixed = column.PhysicalType == ParquetPhysicalType.FixedLenByteArray;

    public int Count => values.Count;

    public ReadOnlySpan<ParquetEncoding> Candidates => _isFixed
        ? [ParquetEncoding.RleDictionary, ParquetEncoding.Plain]
        : [ParquetEncoding.DeltaLengthByteArray, ParquetEncoding.RleDictionary, ParquetEncoding.Plain];

    public int CountWithin(int start, int most, int bytes)
    {
        long total = 0;
        int count = 0;
        while (count < most && (count == 0 || total < bytes))
        {
            total += 4L + values.Lengths[start + count];
            count++;
        }

        return count;
    }

    public void Encode(ParquetEncoding encoding, int start, int count, ByteSink sink)
    {
        switch (encoding)
        {
            case ParquetEncoding.Plain:
                for (int i = start; i < start + count; i++)
                {
                    if (!_isFixed)
                    {
                        sink.WriteUInt32((uint)values.Lengths[i]);
                    }

                    sink.Write(values[i]);
                }

                break;
            case ParquetEncoding.DeltaLengthByteArray:
                DeltaBinaryPackedEncoder.Encode(values.Lengths.Slice(start, count), sink);
                for (int i = start; i < start + count; i++)
                {
                    sink.Write(values[i]);
                }

                break;
            default:
                EncodeDelta(start, count, sink);
                break;
        }
    }

    public DictionaryBuild? BuildDictionary(long maxBytes)
    {
        var distinct = new DistinctBytes(values);
        var indices = new int[values.Count];
        var plain = new ByteSink();
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = distinct.IndexOf(i, out bool isNew);
            if (isNew)
            {
                Encode(ParquetEncoding.Plain, i, 1, plain);
                if (plain.Length > maxBytes)
                {
                    return null;
                }
            }
        }

        return new DictionaryBuild(indices, distinct.Count, plain);
    }

    public (byte[]? Minimum, byte[]? Maximum) FindBounds()
    {
        // Decimals and halves in bytes are not ordered byte by byte.
        if (values.Count == 0 || column.LogicalType is ParquetLogicalType.Decimal or ParquetLogicalType.Float16)
        {
            return (null, null);
        }

        int minimum = 0, maximum = 0;
        for (int i = 1; i < values.Count; i++)
        {
            minimum = values[i].SequenceCompareTo(values[minimum]) < 0 ? i : minimum;
            maximum = values[i].SequenceCompareTo(values[maximum]) > 0 ? i : maximum;
        }

        return (Bound(minimum), Bound(maximum));
    }

    private byte[]? Bound(int index) => values.Lengths[index] <= MaxBoundBytes ? values[index].ToArray() : null;

    private void EncodeDelta(int start, int count, ByteSink sink)
    {
        var prefixes = new int[count];
        var suffixes = new int[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> value = values[start + i];
            prefixes[i] = i == 0 ? 0 : value.CommonPrefixLength(values[start + i - 1]);
            suffixes[i] = value.Length - prefixes[i];
        }

        DeltaBinaryPackedEncoder.Encode(prefixes, sink);
        DeltaBinaryPackedEncoder.Encode(suffixes, sink);
        for (int i = 0; i < count; i++)
        {
            sink.Write(values[start + i][prefixes[i]..]);
        }
    }
}
