using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>A growing byte buffer that encoders append to; kept and cleared between pages so that writing does not allocate.</summary>
internal sealed class ByteSink(int capacity = 256)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void WriteByte(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void Write(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
        Length += 4;
    }

    /// <summary>ULEB-128: seven bits a byte, least significant first.</summary>
    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)((value & 0x7F) | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    /// <summary>Signed numbers with the sign in the lowest bit, then as <see cref="WriteVarint"/>.</summary>
    public void WriteZigZag(long value) => WriteVarint(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>Free space of at least <paramref name="length"/> bytes after what is written; call <see cref="Advance"/> for what was used.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_bytes.Length - Length < length)
        {
            Grow(length);
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int length) => Length += length;

    /// <summary>Overwrites four bytes written before: lengths that are known only afterwards.</summary>
    public void PatchUInt32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at, 4), value);

    private void Grow(int needed)
    {
        long size = Math.Max((long)Length + needed, Math.Min(2L * _bytes.Length, Array.MaxLength));
        if (size > Array.MaxLength)
        {
            throw new InvalidOperationException("A Parquet page or column chunk would pass 2 GiB; write smaller row groups.");
        }

        Array.Resize(ref _bytes, (int)size);
    }
}
