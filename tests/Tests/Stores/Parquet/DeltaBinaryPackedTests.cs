using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class DeltaBinaryPackedTests
{
    private static readonly ParquetPlace Place = new("test");

    // The format's own examples use blocks of 8, which it calls invalid; these are their values in a valid layout.
    [Fact]
    public void Encode_ConstantStep_StoresNoDeltaBits()
    {
        var sink = new ByteSink();
        DeltaBinaryPackedEncoder.Encode([1L, 2, 3, 4, 5], sink);

        // 128 values a block, 4 miniblocks, 5 values, first 1; then minimum delta 1 and four widths of 0.
        Assert.Equal<byte>([0x80, 0x01, 4, 5, 2, 2, 0, 0, 0, 0], sink.Written.ToArray());
    }

    [Fact]
    public void Encode_TwoSlopes_PacksTwoBitDeltas()
    {
        var sink = new ByteSink();
        DeltaBinaryPackedEncoder.Encode([7L, 5, 3, 1, 2, 3, 4, 5], sink);

        // Minimum delta −2; deltas 0 0 0 3 3 3 3 in two bits each, padded to 32 values (8 bytes).
        Assert.Equal<byte>([0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0], sink.Written.ToArray());
    }

    [Property(MaxTest = 300)]
    public Property Decode_OurEncoding_EqualsTwinAndInput() => Seeds.ForAll(random =>
    {
        long[] values = Values(random, random.Next(700));
        var sink = new ByteSink();
        DeltaBinaryPackedEncoder.Encode(values, sink);

        Assert.Equal(values, PlainTwins.DecodeDelta(sink.Written, 64, out int twinLength));
        var decoded = new long[values.Length];
        Assert.Equal(sink.Length, DeltaBinaryPackedDecoder.Decode(sink.Written, decoded, Place));
        Assert.Equal(sink.Length, twinLength);
        Assert.Equal(values, decoded);
    });

    [Property(MaxTest = 300)]
    public Property Decode32_OurEncoding_EqualsTwinAndInput() => Seeds.ForAll(random =>
    {
        int[] values = Values(random, random.Next(700)).Select(v => unchecked((int)v)).ToArray();
        var sink = new ByteSink();
        DeltaBinaryPackedEncoder.Encode(values, sink);

        Assert.Equal(values.Select(v => (long)v), PlainTwins.DecodeDelta(sink.Written, 32, out _));
        var decoded = new int[values.Length];
        Assert.Equal(sink.Length, DeltaBinaryPackedDecoder.Decode(sink.Written, decoded, Place));
        Assert.Equal(values, decoded);
    });

    [Property(MaxTest = 400)]
    public Property Decode_AnyLayoutWidthAndPadding_EqualsInput() => Seeds.ForAll(random =>
    {
        long[] values = Values(random, random.Next(1500));
        int miniblocks = 1 << random.Next(4);
        int block = miniblocks * 32 * random.Next(1, 9);
        byte[] data = [.. PlainTwins.EncodeDelta(values, block, miniblocks, 64, random), .. new byte[random.Next(40)]];

        var decoded = new long[values.Length];
        DeltaBinaryPackedDecoder.Decode(data, decoded, Place);
        Assert.Equal(values, decoded);
    });

    [Property(MaxTest = 200)]
    public Property Decode32_AnyLayoutWidthAndPadding_EqualsInput() => Seeds.ForAll(random =>
    {
        int[] values = Values(random, random.Next(1500)).Select(v => unchecked((int)v)).ToArray();
        int miniblocks = 1 << random.Next(3);
        byte[] data = PlainTwins.EncodeDelta(values.Select(v => (long)v).ToArray(), miniblocks * 32 * random.Next(1, 20), miniblocks, 32, random);

        var decoded = new int[values.Length];
        DeltaBinaryPackedDecoder.Decode(data, decoded, Place);
        Assert.Equal(values, decoded);
    });

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Sum_EveryWidth_VectorEqualsScalarAtEveryLength(int width)
    {
        var random = new Random(width);
        var packed = new byte[(64 * 8) + 40];
        random.NextBytes(packed);
        for (int count = 0; count <= 64; count++)
        {
            // As much room behind the deltas as the end of a page leaves: none, a little, plenty.
            foreach (int room in new[] { 0, 1, 7, 15, 16, 40 })
            {
                byte[] data = packed[..((((count * width) + 7) / 8) + room)];
                long[] fast = new long[count], plain = new long[count];
                long minDelta = random.NextInt64(long.MinValue, long.MaxValue), last = random.NextInt64(long.MinValue, long.MaxValue);
                long a = DeltaUnpack.Sum(data, width, minDelta, last, fast);
                long b = width == 0 ? SumOfZeros(minDelta, last, plain) : DeltaUnpack.SumScalar(data, width, minDelta, last, plain, 0);
                Assert.Equal(plain, fast);
                Assert.Equal(b, a);
            }
        }
    }

    public static TheoryData<int> EveryWidth => new(Enumerable.Range(0, 65));

    [Theory]
    [InlineData(new byte[] { 0, 1, 1, 0 }, "delta blocks of 0 values")]
    [InlineData(new byte[] { 0x80, 0x01, 3, 1, 0 }, "delta blocks of 128 values in 3 miniblocks")]
    [InlineData(new byte[] { 0x80, 0x01, 0, 1, 0 }, "in 0 miniblocks")]
    [InlineData(new byte[] { 0x80, 0x01, 8, 1, 0 }, "in 8 miniblocks")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 4, 1, 0 }, "a delta block size of 4294967295")]
    [InlineData(new byte[] { 0x80, 0x01, 4, 2, 0 }, "holds 2 delta-encoded values where 1 belong")]
    [InlineData(new byte[] { 0x80, 0x01, 4, 1 }, "ends inside a number")]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02 }, "longer than 64 bits")]
    public void Decode_ImpossibleHeader_SaysWhat(byte[] data, string detail)
    {
        var e = Assert.Throws<ParquetFormatException>(() => DeltaBinaryPackedDecoder.Decode(data, new long[1], Place));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0x01, 4, 2, 0, 0 }, "ends inside a delta block's header")]
    [InlineData(new byte[] { 0x80, 0x01, 4, 2, 0, 0, 65, 0, 0, 0 }, "deltas of 65 bits")]
    [InlineData(new byte[] { 0x80, 0x01, 4, 2, 0, 0, 9, 0, 0, 0, 1 }, "ends inside a delta block")]
    public void Decode_ImpossibleBlock_SaysWhat(byte[] data, string detail)
    {
        var e = Assert.Throws<ParquetFormatException>(() => DeltaBinaryPackedDecoder.Decode(data, new long[2], Place));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
        e = Assert.Throws<ParquetFormatException>(() => DeltaBinaryPackedDecoder.Decode(data, new int[2], Place));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    private static long SumOfZeros(long delta, long last, long[] into)
    {
        for (int i = 0; i < into.Length; i++)
        {
            into[i] = last = unchecked(last + delta);
        }

        return last;
    }

    private static long[] Values(Random random, int count)
    {
        var values = new long[count];
        long walk = random.NextInt64(long.MinValue, long.MaxValue);
        int bits = 1;
        for (int i = 0; i < count; i++)
        {
            if (i % 50 == 0)
            {
                bits = random.Next(65);
            }

            ulong step = bits == 0 ? 0 : unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)) >> (64 - bits);
            walk = unchecked(walk + (long)step);
            values[i] = walk;
        }

        return values;
    }
}
