using System.Text;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Byte strings of a column, as slices of one buffer: what reading gives and writing takes. Values of a dictionary share
/// their bytes, so a column of few distinct names costs eight bytes a value.
/// </summary>
public sealed class ParquetByteArrays
{
    private byte[] _buffer = [];
    private int[] _starts = [];
    private int[] _lengths = [];

    /// <summary>How many values there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the buffer in use.</summary>
    public int BufferLength { get; private set; }

    /// <summary>The bytes of a value; valid until the next <see cref="Clear"/> or append.</summary>
    public ReadOnlySpan<byte> this[int index] => index >= 0 && index < Count
        ? _buffer.AsSpan(_starts[index], _lengths[index])
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} values.");

    /// <summary>A value as text.</summary>
    public string GetString(int index) => Encoding.UTF8.GetString(this[index]);

    /// <summary>Appends a value.</summary>
    public void Append(ReadOnlySpan<byte> value)
    {
        EnsureBuffer(value.Length);
        EnsureValues(1);
        value.CopyTo(_buffer.AsSpan(BufferLength));
        _starts[Count] = BufferLength;
        _lengths[Count] = value.Length;
        BufferLength += value.Length;
        Count++;
    }

    /// <summary>Appends a value as UTF-8.</summary>
    public void Append(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        int length = Encoding.UTF8.GetByteCount(value);
        EnsureBuffer(length);
        EnsureValues(1);
        Encoding.UTF8.GetBytes(value, _buffer.AsSpan(BufferLength));
        _starts[Count] = BufferLength;
        _lengths[Count] = length;
        BufferLength += length;
        Count++;
    }

    /// <summary>Forgets all values; keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        BufferLength = 0;
        SharedOwner = null;
    }

    internal ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    internal ReadOnlySpan<byte> Buffer => _buffer.AsSpan(0, BufferLength);

    internal int StartOf(int index) => _starts[index];

    /// <summary>The reader whose dictionary stands in the buffer from <see cref="SharedStart"/> on; null for none.</summary>
    internal object? SharedOwner { get; set; }

    internal int SharedStart { get; set; }

    /// <summary>Appends bytes that values will point to; the caller fills them in.</summary>
    /// <returns>Where they begin in the buffer.</returns>
    internal int ReserveBuffer(int length, out Span<byte> bytes)
    {
        EnsureBuffer(length);
        int start = BufferLength;
        bytes = _buffer.AsSpan(start, length);
        BufferLength += length;
        return start;
    }

    /// <summary>Appends <paramref name="count"/> values whose places in the buffer the caller fills in.</summary>
    internal void AppendSlices(int count, out Span<int> starts, out Span<int> lengths)
    {
        EnsureValues(count);
        starts = _starts.AsSpan(Count, count);
        lengths = _lengths.AsSpan(Count, count);
        Count += count;
    }

    private void EnsureBuffer(int more)
    {
        long needed = (long)BufferLength + more;
        if (needed <= _buffer.Length)
        {
            return;
        }

        if (needed > Array.MaxLength)
        {
            throw new InvalidOperationException("The byte strings of one column pass 2 GiB; read page by page, or write smaller row groups.");
        }

        Array.Resize(ref _buffer, (int)Math.Clamp(2L * _buffer.Length, needed, Array.MaxLength));
    }

    private void EnsureValues(int more)
    {
        long needed = (long)Count + more;
        if (needed <= _starts.Length)
        {
            return;
        }

        int size = (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _starts.Length));
        Array.Resize(ref _starts, size);
        Array.Resize(ref _lengths, size);
    }
}
