using System.Buffers.Binary;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Packs numbers of a fixed width back to back from the lowest bit up.</summary>
internal static class BitPack
{
    /// <summary>Appends the low <paramref name="width"/> bits of each value, padded with zeros to <paramref name="count"/> values.</summary>
    /// <param name="values">At most <paramref name="count"/> values.</param>
    /// <param name="width">Bits a value, 0 to 64.</param>
    /// <param name="count">A multiple of 8, so that the result ends at a byte.</param>
    /// <param name="sink">Where to.</param>
    public static void Write(ReadOnlySpan<long> values, int width, int count, ByteSink sink)
    {
        var packer = new Packer(sink, width, count);
        foreach (long value in values)
        {
            packer.Add(unchecked((ulong)value));
        }

        packer.Finish();
    }

    /// <summary>As for 64 bits, of values up to 32 bits.</summary>
    public static void Write(ReadOnlySpan<int> values, int width, int count, ByteSink sink)
    {
        var packer = new Packer(sink, width, count);
        foreach (int value in values)
        {
            packer.Add(unchecked((uint)value));
        }

        packer.Finish();
    }

    /// <summary>Collects bits in a 64-bit word and stores it when full.</summary>
    private ref struct Packer
    {
        private readonly ByteSink _sink;
        private readonly Span<byte> _target;
        private readonly int _width;
        private readonly int _bytes;
        private ulong _word;
        private int _bits;
        private int _position;

        public Packer(ByteSink sink, int width, int count)
        {
            _sink = sink;
            _width = width;
            _bytes = (int)BitUnpack.PackedBytes(count, width);
            _target = sink.Reserve(_bytes + 8); // whole words are stored
            _target[..(_bytes + 8)].Clear();
        }

        public void Add(ulong value)
        {
            _word |= value << _bits;
            _bits += _width;
            if (_bits < 64)
            {
                return;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(_target[_position..], _word);
            _position += 8;
            _bits -= 64;
            _word = _bits == 0 ? 0 : value >> (_width - _bits);
        }

        public readonly void Finish()
        {
            if (_bits > 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(_target[_position..], _word);
            }

            _sink.Advance(_bytes);
        }
    }
}
