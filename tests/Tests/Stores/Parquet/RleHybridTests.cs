using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class RleHybridTests
{
    private static readonly ParquetPlace Place = new("test");

    public static TheoryData<int> Widths => new(Enumerable.Range(1, 32));

    // The format's example: 1 to 7 (with 0) in three bits.
    [Fact]
    public void Encode_FormatExample_PacksLowestBitFirst()
    {
        var sink = new ByteSink();
        RleHybridEncoder.Encode([0, 1, 2, 3, 4, 5, 6, 7], 3, sink);
        Assert.Equal<byte>([0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010], sink.Written.ToArray());
    }

    [Fact]
    public void Encode_LongRun_IsOneRun()
    {
        var sink = new ByteSink();
        RleHybridEncoder.Encode(Enumerable.Repeat(5, 1000).ToArray(), 9, sink);
        Assert.Equal<byte>([0xD0, 0x0F, 5, 0], sink.Written.ToArray());
    }

    [Property(MaxTest = 500)]
    public Property Decode_OurEncoding_EqualsTwinAndInput() => Seeds.ForAll(random =>
    {
        int width = random.Next(1, 33);
        int[] values = Values(random, random.Next(600), width);
        var sink = new ByteSink();
        RleHybridEncoder.Encode(values, width, sink);

        Assert.Equal(values.Select(v => (ulong)unchecked((uint)v)), PlainTwins.DecodeHybrid(sink.Written, width, values.Length));
        var decoded = new int[values.Length];
        Assert.Equal(sink.Length, RleHybridDecoder.Decode(sink.Written, width, decoded, Place));
        Assert.Equal(values, decoded);
    });

    [Property(MaxTest = 300)]
    public Property DecodeBytes_OurEncoding_EqualsInput() => Seeds.ForAll(random =>
    {
        int width = random.Next(1, 9);
        int[] values = Values(random, random.Next(600), width);
        var sink = new ByteSink();
        RleHybridEncoder.Encode(values, width, sink);

        var decoded = new byte[values.Length];
        Assert.Equal(sink.Length, RleHybridDecoder.Decode(sink.Written, width, decoded, Place));
        Assert.Equal(values, decoded.Select(b => (int)b));
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void Unpack_EveryWidth_EqualsTwinAtEveryLength(int width)
    {
        var random = new Random(width);
        var packed = new byte[(40 * 4) + 20];
        random.NextBytes(packed);
        for (int count = 0; count <= 40; count++)
        {
            foreach (int room in new[] { 0, 1, 15, 20 })
            {
                byte[] data = packed[..((((count * width) + 7) / 8) + room)];
                ulong[] expected = PlainTwins.Unpack(data, width, count);
                var ints = new int[count];
                BitUnpack.Unpack(data, width, ints);
                Assert.Equal(expected.Select(v => unchecked((int)(uint)v)), ints);
                if (width <= 8)
                {
                    var bytes = new byte[count];
                    BitUnpack.Unpack(data, width, bytes);
                    Assert.Equal(expected.Select(v => (byte)v), bytes);
                }
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { }, "ends inside a number")]
    [InlineData(new byte[] { 0 }, "a run of 0 values")]
    [InlineData(new byte[] { 8 }, "ends inside a run")]
    [InlineData(new byte[] { 3, 1 }, "ends inside a packed run")]
    [InlineData(new byte[] { 8, 0xFF, 0xFF }, "not a number of 9 bits")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, "a run of")]
    public void Decode_Damaged_SaysWhat(byte[] data, string detail)
    {
        var e = Assert.Throws<ParquetFormatException>(() => RleHybridDecoder.Decode(data, 9, new int[8], Place));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DecodeLevels_DeprecatedPacking_ReadsHighestBitFirst()
    {
        // The format's example: 0 to 7 in three bits, from the highest bit down.
        var levels = new byte[8];
        Assert.Equal(3, BitPackedLevels.Decode([0b0000_0101, 0b0011_1001, 0b0111_0111], 3, levels, Place));
        Assert.Equal<byte>([0, 1, 2, 3, 4, 5, 6, 7], levels);
        Assert.Throws<ParquetFormatException>(() => BitPackedLevels.Decode([1, 2], 3, levels, Place));
    }

    private static int[] Values(Random random, int count, int width)
    {
        var values = new int[count];
        int value = 0, left = 0;
        for (int i = 0; i < count; i++)
        {
            if (left-- <= 0)
            {
                value = unchecked((int)(uint)(random.NextInt64() & ((1L << width) - 1)));
                left = random.Next(3) == 0 ? random.Next(40) : 0;
            }

            values[i] = value;
        }

        return values;
    }
}
