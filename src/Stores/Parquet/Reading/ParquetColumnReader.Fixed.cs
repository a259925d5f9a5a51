using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Reads a column of numbers or truth values page by page.</summary>
/// <typeparam name="T">bool, int, long, float, double or <see cref="Int96Timestamp"/>, as the column's physical type.</typeparam>
public sealed class ParquetColumnReader<T> : ParquetColumnReader
    where T : unmanaged
{
    private T[] _dictionary = [];
    private bool _hasDictionary;
    private int[] _indices = [];
    private bool _leavesPlain;
    private bool _leavesRuns;
    private ArraySegment<byte> _left;

    internal ParquetColumnReader(PageReader pages, ParquetChunk chunk, long rows)
        : base(pages, chunk, rows)
    {
    }

    /// <summary>Appends the entries of the next page to <paramref name="data"/>.</summary>
    /// <returns>False when the column is read to its end.</returns>
    /// <exception cref="ParquetException">The page is damaged or uses an unsupported feature; what <paramref name="data"/> holds is then undefined.</exception>
    public bool ReadPage(ParquetColumnData<T> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return base.ReadPage(data);
    }

    /// <summary>
    /// The next page into an empty <paramref name="data"/>, but for plain values without nulls: those stay where the page was
    /// uncompressed, and only their entries are counted.
    /// </summary>
    /// <param name="data">Receives everything else.</param>
    /// <param name="plain">The values' bytes, valid until the next page; without an array where they are in <paramref name="data"/>.</param>
    internal bool ReadPage(ParquetColumnData<T> data, out ArraySegment<byte> plain)
    {
        _leavesPlain = true;
        _left = default;
        bool read = base.ReadPage(data);
        _leavesPlain = false;
        plain = _left;
        return read;
    }

    /// <summary>The next page into an empty <paramref name="data"/>, but for differences of 64-bit numbers that repeat: those stay as they are, for <see cref="DeltaRuns"/>.</summary>
    /// <param name="data">Receives everything else.</param>
    /// <param name="runs">The encoded values, valid until the next page; without an array where they are in <paramref name="data"/>.</param>
    internal bool ReadPageOrRuns(ParquetColumnData<T> data, out ArraySegment<byte> runs)
    {
        _leavesRuns = true;
        _left = default;
        bool read = base.ReadPage(data);
        _leavesRuns = false;
        runs = _left;
        return read;
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
        RequirePlainBytes(body, count);
        _dictionary = new T[count];
        DecodePlain(body, _dictionary);
        _hasDictionary = true;
    }

    private protected override void DecodeValues(ReadOnlySpan<byte> data, ParquetEncoding encoding, int count, ParquetColumnData into, int expectedTotal)
    {
        // What can be checked before memory is taken is: a damaged count must not cost gigabytes.
        if (encoding == ParquetEncoding.Plain)
        {
            RequirePlainBytes(data, count);
            if (_leavesPlain && typeof(T) != typeof(bool) && count == into.EntryCount && TryFindEnd(data.Length, out _left))
            {
                return;
            }
        }

        if (_leavesRuns && encoding == ParquetEncoding.DeltaBinaryPacked && typeof(T) == typeof(long) && count == into.EntryCount
            && DeltaRuns.Repeats(data, count, Place) && TryFindEnd(data.Length, out _left))
        {
            return;
        }

        Span<T> values = ((ParquetColumnData<T>)into).AppendValues(count, expectedTotal);
        switch (encoding)
        {
            case ParquetEncoding.Plain:
                DecodePlain(data, values);
                break;
            case ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary:
                DecodeIndices(data, values);
                break;
            case ParquetEncoding.DeltaBinaryPacked when typeof(T) == typeof(long):
                DeltaBinaryPackedDecoder.Decode(data, MemoryMarshal.Cast<T, long>(values), Place);
                break;
            case ParquetEncoding.DeltaBinaryPacked when typeof(T) == typeof(int):
                DeltaBinaryPackedDecoder.Decode(data, MemoryMarshal.Cast<T, int>(values), Place);
                break;
            case ParquetEncoding.ByteStreamSplit when typeof(T) != typeof(bool) && typeof(T) != typeof(Int96Timestamp):
                RequireExactBytes(data, (long)count * Unsafe.SizeOf<T>());
                ByteStreamSplitCodec.Decode(data, Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(values));
                break;
            case ParquetEncoding.Rle when typeof(T) == typeof(bool):
                DecodeRleBooleans(data, MemoryMarshal.AsBytes(values));
                break;
            default:
                throw Place.Unsupported($"encoding {encoding} of {Column.PhysicalType} values");
        }
    }

    private void RequirePlainBytes(ReadOnlySpan<byte> data, int count)
    {
        long needed = typeof(T) == typeof(bool) ? BitUnpack.PackedBytes(count, 1) : (long)count * Unsafe.SizeOf<T>();
        if (needed > data.Length)
        {
            throw Place.Corrupt($"the page ends inside its values: {count} take {needed} bytes, {data.Length} are there");
        }
    }

    private void RequireExactBytes(ReadOnlySpan<byte> data, long needed)
    {
        if (needed != data.Length)
        {
            throw Place.Corrupt($"the page's values take {needed} bytes, {data.Length} are there");
        }
    }

    private static void DecodePlain(ReadOnlySpan<byte> data, Span<T> values)
    {
        if (typeof(T) == typeof(bool))
        {
            BitUnpack.Unpack(data, 1, MemoryMarshal.AsBytes(values));
        }
        else
        {
            data[..(values.Length * Unsafe.SizeOf<T>())].CopyTo(MemoryMarshal.AsBytes(values));
        }
    }

    private void DecodeIndices(ReadOnlySpan<byte> data, Span<T> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        Span<int> indices = DictionaryIndices.Decode(data, values.Length, _hasDictionary, ref _indices, Place);
        T[] dictionary = _dictionary;
        for (int i = 0; i < values.Length; i++)
        {
            int index = indices[i];
            if ((uint)index >= (uint)dictionary.Length)
            {
                throw Place.Corrupt($"the page points to dictionary entry {unchecked((uint)index)}; there are {dictionary.Length}");
            }

            values[i] = dictionary[index];
        }
    }

    private void DecodeRleBooleans(ReadOnlySpan<byte> data, Span<byte> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        if (data.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(data) > (uint)(data.Length - 4))
        {
            throw Place.Corrupt("the page ends inside its truth values");
        }

        RleHybridDecoder.Decode(data.Slice(4, (int)BinaryPrimitives.ReadUInt32LittleEndian(data)), 1, values, Place);
    }
}
