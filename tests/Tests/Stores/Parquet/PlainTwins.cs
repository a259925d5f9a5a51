using System.Numerics;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>The encodings written down bit by bit as the format's page states them, for comparison with the fast ones.</summary>
internal static class PlainTwins
{
    /// <summary>Values of a fixed width, packed from the lowest bit up.</summary>
    public static byte[] Pack(IReadOnlyList<ulong> values, int width)
    {
        var bytes = new byte[((values.Count * width) + 7) / 8];
        for (int i = 0; i < values.Count; i++)
        {
            for (int b = 0; b < width; b++)
            {
                int bit = (i * width) + b;
                if (((values[i] >> b) & 1) != 0)
                {
                    bytes[bit / 8] |= (byte)(1 << (bit % 8));
                }
            }
        }

        return bytes;
    }

    public static ulong[] Unpack(ReadOnlySpan<byte> bytes, int width, int count)
    {
        var values = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            for (int b = 0; b < width; b++)
            {
                int bit = (i * width) + b;
                values[i] |= (ulong)((bytes[bit / 8] >> (bit % 8)) & 1) << b;
            }
        }

        return values;
    }

    public static byte[] Varint(BigInteger value)
    {
        var bytes = new List<byte>();
        do
        {
            byte low = (byte)(value & 0x7F);
            value >>= 7;
            bytes.Add((byte)(low | (value > 0 ? 0x80 : 0)));
        }
        while (value > 0);
        return bytes.ToArray();
    }

    public static byte[] ZigZag(long value) => Varint(value >= 0 ? 2 * (BigInteger)value : (-2 * (BigInteger)value) - 1);

    public static BigInteger ReadVarint(ReadOnlySpan<byte> data, ref int position)
    {
        BigInteger value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = data[position++];
            value |= (BigInteger)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }

    public static BigInteger ReadZigZag(ReadOnlySpan<byte> data, ref int position)
    {
        BigInteger raw = ReadVarint(data, ref position);
        return raw.IsEven ? raw / 2 : -(raw + 1) / 2;
    }

    /// <summary>DELTA_BINARY_PACKED with any block layout; widths may be wider than needed and padding is arbitrary.</summary>
    public static byte[] EncodeDelta(IReadOnlyList<long> values, int block, int miniblocks, int bits, Random random)
    {
        BigInteger modulus = BigInteger.One << bits;
        int mini = block / miniblocks;
        var bytes = new List<byte>();
        bytes.AddRange(Varint(block));
        bytes.AddRange(Varint(miniblocks));
        bytes.AddRange(Varint(values.Count));
        bytes.AddRange(ZigZag(values.Count > 0 ? values[0] : 0));
        for (int start = 1; start < values.Count; start += block)
        {
            int count = Math.Min(block, values.Count - start);
            BigInteger[] deltas = Enumerable.Range(start, count).Select(i => Wrap((BigInteger)values[i] - values[i - 1], modulus)).ToArray();
            BigInteger minimum = deltas.Min();
            bytes.AddRange(ZigZag((long)minimum));
            var widths = new byte[miniblocks];
            var bodies = new List<byte>();
            for (int m = 0; m < miniblocks; m++)
            {
                ulong[] part = deltas.Skip(m * mini).Take(mini).Select(d => (ulong)(d - minimum)).ToArray();
                if (part.Length == 0)
                {
                    widths[m] = (byte)random.Next(256); // readers must not look at it
                    continue;
                }

                int needed = part.Max(v => 64 - BitOperations.LeadingZeroCount(v));
                widths[m] = (byte)random.Next(needed, random.Next(2) == 0 ? needed + 1 : 65);
                bodies.AddRange(Pack([.. part, .. Enumerable.Range(part.Length, mini - part.Length).Select(_ => (ulong)random.NextInt64(0, 2))], widths[m]));
            }

            bytes.AddRange(widths);
            bytes.AddRange(bodies);
        }

        return bytes.ToArray();
    }

    /// <summary>DELTA_BINARY_PACKED back to values, wrapping at <paramref name="bits"/>.</summary>
    public static long[] DecodeDelta(ReadOnlySpan<byte> data, int bits, out int length)
    {
        BigInteger modulus = BigInteger.One << bits;
        int position = 0;
        int block = (int)ReadVarint(data, ref position);
        int miniblocks = (int)ReadVarint(data, ref position);
        int total = (int)ReadVarint(data, ref position);
        BigInteger last = ReadZigZag(data, ref position);
        var values = new List<long>();
        if (total > 0)
        {
            values.Add((long)last);
        }

        while (values.Count < total)
        {
            BigInteger minimum = ReadZigZag(data, ref position);
            ReadOnlySpan<byte> widths = data.Slice(position, miniblocks);
            position += miniblocks;
            for (int m = 0; m < miniblocks && values.Count < total; m++)
            {
                int mini = block / miniblocks;
                ulong[] deltas = Unpack(data[position..], widths[m], mini);
                position += mini * widths[m] / 8;
                foreach (ulong delta in deltas.Take(total - values.Count))
                {
                    last = Wrap(last + minimum + delta, modulus);
                    values.Add((long)last);
                }
            }
        }

        length = position;
        return values.ToArray();
    }

    /// <summary>The run and packed-group mix, back to values.</summary>
    public static ulong[] DecodeHybrid(ReadOnlySpan<byte> data, int width, int count)
    {
        var values = new List<ulong>();
        int position = 0;
        while (values.Count < count)
        {
            int header = (int)ReadVarint(data, ref position);
            if ((header & 1) == 1)
            {
                int groups = header >> 1;
                values.AddRange(Unpack(data[position..], width, groups * 8));
                position += groups * width;
            }
            else
            {
                int bytes = (width + 7) / 8;
                ulong value = 0;
                for (int b = 0; b < bytes; b++)
                {
                    value |= (ulong)data[position++] << (8 * b);
                }

                values.AddRange(Enumerable.Repeat(value, header >> 1));
            }
        }

        return values.Take(count).ToArray();
    }

    private static BigInteger Wrap(BigInteger value, BigInteger modulus)
    {
        BigInteger half = modulus / 2;
        BigInteger wrapped = BigInteger.Remainder(value + half, modulus);
        return (wrapped < 0 ? wrapped + modulus : wrapped) - half;
    }
}
