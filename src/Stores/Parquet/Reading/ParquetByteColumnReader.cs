using System.Buffers;
using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Reads a column of byte strings (of any or of fixed length) page by page.</summary>
public sealed class ParquetByteColumnReader : ParquetColumnReader
{
    private readonly int _fixedLength;
    private readonly int _maxPageBytes;
    private ParquetByteArrays? _dictionary;
    private int[] _indices = [];

    internal ParquetByteColumnReader(PageReader pages, ParquetChunk chunk, long rows, int maxPageBytes)
        : base(pages, chunk, rows)
    {
        _fixedLength = chunk.Column.TypeLength;
        _maxPageBytes = maxPageBytes;
    }

    /// <summary>Appends the entries of the next page to <paramref name="data"/>.</summary>
    /// <returns>False when the column is read to its end.</returns>
    /// <exception cref="ParquetException">The page is damaged or uses an unsupported feature; what <paramref name="data"/> holds is then undefined.</exception>
    public bool ReadPage(ParquetByteColumnData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return base.ReadPage(data);
    }

    private protected override void Dispose(bool disposing)
    {
        if (_indices.Length > 0)
        {
            ArrayPool<int>.Shared.Return(_indices);
            _indices = [];
        }
    }

    private protected override void LoadDictionary(ReadOnlySpan<byte> body, int count)
    {
        _dictionary = new ParquetByteArrays();
        DecodePlain(body, count, _dictionary);
    }

    private protected override void DecodeValues(ReadOnlySpan<byte> data, ParquetEncoding encoding, int count, ParquetColumnData into, int expectedTotal)
    {
        ParquetByteArrays values = ((ParquetByteColumnData)into).Values;
        if (count == 0)
        {
            return;
        }

        switch (encoding)
        {
            case ParquetEncoding.Plain:
                DecodePlain(data, count, values);
                break;
            case ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary:
                DecodeIndices(data, count, values);
                break;
            case ParquetEncoding.DeltaLengthByteArray when _fixedLength == 0:
                DecodeDeltaLength(data, count, values);
                break;
            case ParquetEncoding.DeltaByteArray:
                DecodeDelta(data, count, values);
                break;
            case ParquetEncoding.ByteStreamSplit when _fixedLength > 0:
                DecodeByteStreamSplit(data, count, values);
                break;
            default:
                throw Place.Unsupported($"encoding {encoding} of {Column.PhysicalType} values");
        }
    }

    private void DecodePlain(ReadOnlySpan<byte> data, int count, ParquetByteArrays values)
    {
        if (_fixedLength > 0)
        {
            DecodeFixed(data, count, values);
            return;
        }

        // Every value has a length of four bytes before it, which bounds the count before memory is taken.
        if ((long)count * 4 > data.Length)
        {
            throw Place.Corrupt($"the page ends inside its values: {count} take at least {(long)count * 4} bytes, {data.Length} are there");
        }

        int start = AppendBuffer(values, data);
        values.AppendSlices(count, out Span<int> starts, out Span<int> lengths);
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            if (data.Length - position < 4 || BinaryPrimitives.ReadUInt32LittleEndian(data[position..]) > (uint)(data.Length - position - 4))
            {
                throw Place.Corrupt($"value {i} passes the end of the page");
            }

            int length = BinaryPrimitives.ReadInt32LittleEndian(data[position..]);
            starts[i] = start + position + 4;
            lengths[i] = length;
            position += 4 + length;
        }
    }

    private void DecodeFixed(ReadOnlySpan<byte> data, int count, ParquetByteArrays values)
    {
        long needed = (long)count * _fixedLength;
        if (needed > data.Length)
        {
            throw Place.Corrupt($"the page ends inside its values: {count} take {needed} bytes, {data.Length} are there");
        }

        int start = AppendBuffer(values, data[..(int)needed]);
        AppendFixedSlices(values, start, count);
    }

    private void AppendFixedSlices(ParquetByteArrays values, int start, int count)
    {
        values.AppendSlices(count, out Span<int> starts, out Span<int> lengths);
        lengths.Fill(_fixedLength);
        for (int i = 0; i < count; i++)
        {
            starts[i] = start + (i * _fixedLength);
        }
    }

    private void DecodeByteStreamSplit(ReadOnlySpan<byte> data, int count, ParquetByteArrays values)
    {
        if ((long)count * _fixedLength != data.Length)
        {
            throw Place.Corrupt($"the page's values take {(long)count * _fixedLength} bytes, {data.Length} are there");
        }

        int start = ReserveBuffer(values, data.Length, out Span<byte> target);
        ByteStreamSplitCodec.Decode(data, _fixedLength, target);
        AppendFixedSlices(values, start, count);
    }

    private void DecodeIndices(ReadOnlySpan<byte> data, int count, ParquetByteArrays values)
    {
        Span<int> indices = DictionaryIndices.Decode(data, count, _dictionary is not null, ref _indices, Place);
        ParquetByteArrays dictionary = _dictionary!;

        // The dictionary's bytes are appended once for as long as the data is not cleared; values share them.
        if (values.SharedOwner != this)
        {
            values.SharedStart = AppendBuffer(values, dictionary.Buffer);
            values.SharedOwner = this;
        }

        int shared = values.SharedStart;
        ReadOnlySpan<int> lengths = dictionary.Lengths;
        values.AppendSlices(count, out Span<int> targetStarts, out Span<int> targetLengths);
        for (int i = 0; i < count; i++)
        {
            int index = indices[i];
            if ((uint)index >= (uint)lengths.Length)
            {
                throw Place.Corrupt($"the page points to dictionary entry {unchecked((uint)index)}; there are {lengths.Length}");
            }

            targetStarts[i] = shared + dictionary.StartOf(index);
            targetLengths[i] = lengths[index];
        }
    }

    private void DecodeDeltaLength(ReadOnlySpan<byte> data, int count, ParquetByteArrays values)
    {
        int[] lengths = ArrayPool<int>.Shared.Rent(count);
        try
        {
            int position = DeltaBinaryPackedDecoder.Decode(data, lengths.AsSpan(0, count), Place);
            int total = SumLengths(lengths.AsSpan(0, count), data.Length - position);
            int start = AppendBuffer(values, data.Slice(position, total));
            values.AppendSlices(count, out Span<int> targetStarts, out Span<int> targetLengths);
            for (int i = 0; i < count; i++)
            {
                targetStarts[i] = start;
                targetLengths[i] = lengths[i];
                start += lengths[i];
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(lengths);
        }
    }

    private void DecodeDelta(ReadOnlySpan<byte> data, int count, ParquetByteArrays values)
    {
        int[] prefixes = ArrayPool<int>.Shared.Rent(count);
        int[] suffixes = ArrayPool<int>.Shared.Rent(count);
        try
        {
            int position = DeltaBinaryPackedDecoder.Decode(data, prefixes.AsSpan(0, count), Place);
            position += DeltaBinaryPackedDecoder.Decode(data[position..], suffixes.AsSpan(0, count), Place);
            SumLengths(suffixes.AsSpan(0, count), data.Length - position);
            int total = CheckPrefixes(prefixes.AsSpan(0, count), suffixes.AsSpan(0, count));
            int start = ReserveBuffer(values, total, out Span<byte> target);
            values.AppendSlices(count, out Span<int> targetStarts, out Span<int> targetLengths);
            int previous = 0;
            int at = 0;
            for (int i = 0; i < count; i++)
            {
                target.Slice(previous, prefixes[i]).CopyTo(target[at..]);
                data.Slice(position, suffixes[i]).CopyTo(target[(at + prefixes[i])..]);
                position += suffixes[i];
                targetStarts[i] = start + at;
                targetLengths[i] = prefixes[i] + suffixes[i];
                previous = at;
                at += targetLengths[i];
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(prefixes);
            ArrayPool<int>.Shared.Return(suffixes);
        }
    }

    private int SumLengths(ReadOnlySpan<int> lengths, int available)
    {
        long total = 0;
        foreach (int length in lengths)
        {
            total += length;
            if (length < 0 || total > available)
            {
                throw Place.Corrupt($"the page's byte strings pass its end ({available} bytes are there)");
            }
        }

        return (int)total;
    }

    private int CheckPrefixes(ReadOnlySpan<int> prefixes, ReadOnlySpan<int> suffixes)
    {
        long total = 0;
        long previous = 0;
        for (int i = 0; i < prefixes.Length; i++)
        {
            if (prefixes[i] < 0 || prefixes[i] > previous)
            {
                throw Place.Corrupt($"value {i} shares {prefixes[i]} bytes with a value of {previous}");
            }

            previous = (long)prefixes[i] + suffixes[i];
            if (_fixedLength > 0 && previous != _fixedLength)
            {
                throw Place.Corrupt($"value {i} has {previous} bytes where the column's values have {_fixedLength}");
            }

            total += previous;
            if (total > _maxPageBytes)
            {
                throw Place.Unsupported($"a page whose byte strings expand beyond {_maxPageBytes} bytes (see {nameof(ParquetReaderOptions)}.{nameof(ParquetReaderOptions.MaxPageBytes)})");
            }
        }

        return (int)total;
    }

    private int AppendBuffer(ParquetByteArrays values, ReadOnlySpan<byte> bytes)
    {
        int start = ReserveBuffer(values, bytes.Length, out Span<byte> target);
        bytes.CopyTo(target);
        return start;
    }

    private int ReserveBuffer(ParquetByteArrays values, int length, out Span<byte> target) =>
        (long)values.BufferLength + length <= Array.MaxLength
            ? values.ReserveBuffer(length, out target)
            : throw Place.Unsupported("more than 2 GiB of byte strings in one read; read the column page by page");
}
