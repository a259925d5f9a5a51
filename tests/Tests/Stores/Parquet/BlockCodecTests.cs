using System.Text;
using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class BlockCodecTests
{
    private static readonly ParquetPlace Place = new("test");

    [Property(MaxTest = 300)]
    public Property Snappy_AnyBytes_ComeBack() => Seeds.ForAll(random =>
    {
        byte[] source = Sample(random);
        Assert.Equal(source, Decode(Encode(source), source.Length));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(1_000_003)]
    public void Snappy_BlockBoundaries_ComeBack(int length)
    {
        byte[] zeros = new byte[length];
        byte[] noise = new byte[length];
        new Random(length).NextBytes(noise);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, (length / 8) + 1).Select(i => $"{i:D7},")))[..length];
        foreach (byte[] source in new[] { zeros, noise, text })
        {
            byte[] compressed = Encode(source);
            Assert.Equal(source, Decode(compressed, length));
            Assert.True(compressed.Length <= 32 + length + (length / 6), $"{compressed.Length} bytes for {length}");
        }

        Assert.True(length < 1000 || Encode(zeros).Length < length / 15);
    }

    // Hand-made from the format description: every kind of element.
    [Fact]
    public void Snappy_EveryElement_IsRead()
    {
        byte[] compressed =
        [
            25,
            4 << 2, (byte)'a', (byte)'b', (byte)'c', (byte)'d', (byte)'e', // literal of 5
            0b000_000_01, 5, // copy of 4 from 5 back, one byte of offset
            (5 << 2) | 2, 2, 0, // copy of 6 from 2 back: repeats "cd"
            (3 << 2) | 3, 1, 0, 0, 0, // copy of 4 from 1 back, four bytes of offset
            60 << 2, 5, (byte)'f', (byte)'g', (byte)'h', (byte)'i', (byte)'j', (byte)'k', // literal with its length in a byte
        ];
        Assert.Equal("abcdeabcdcdcdcdddddfghijk", Encoding.ASCII.GetString(Decode(compressed, 25)));
    }

    [Theory]
    [InlineData(new byte[] { }, "ends inside a number")]
    [InlineData(new byte[] { 9 }, "declares 9 bytes")]
    [InlineData(new byte[] { 4, 0, 65 }, "gives 1 bytes")]
    [InlineData(new byte[] { 4, 12, 65 }, "literal passes the end")]
    [InlineData(new byte[] { 4, 16, 65, 66, 67, 68, 69 }, "literal passes the end")]
    [InlineData(new byte[] { 4, 0xF0 }, "inside a literal's length")]
    [InlineData(new byte[] { 4, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF }, "literal of")]
    [InlineData(new byte[] { 4, 0, 65, 2 }, "inside a copy")]
    [InlineData(new byte[] { 4, 0, 65, 2, 0, 0 }, "copy of 1 bytes from 0 back")]
    [InlineData(new byte[] { 4, 0, 65, 2, 2, 0 }, "copy of 1 bytes from 2 back")]
    [InlineData(new byte[] { 4, 0, 65, 0x0E, 1, 0 }, "copy of 4 bytes from 1 back")]
    [InlineData(new byte[] { 4, 0, 65, 3, 0xFF, 0xFF, 0xFF, 0xFF }, "copy of 1 bytes from 0 back")]
    public void Snappy_Damaged_SaysWhat(byte[] compressed, string detail)
    {
        var e = Assert.Throws<ParquetFormatException>(() => Decode(compressed, 4));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    // From the LZ4 block format description: a literal and an overlapping copy, then a literal alone.
    [Fact]
    public void Lz4_LiteralsAndCopies_AreRead()
    {
        var target = new byte[3 + 19 + 16];
        byte[] compressed = [0x3F, (byte)'a', (byte)'b', (byte)'c', 3, 0, 0, 0xF0, 1, .. "0123456789abcdef"u8];
        Lz4RawDecoder.Decode(compressed, target, Place);
        Assert.Equal("abc" + "abcabcabcabcabcabca" + "0123456789abcdef", Encoding.ASCII.GetString(target));
    }

    [Theory]
    [InlineData(new byte[] { 0x40, 1, 2 }, "literal passes the end")]
    [InlineData(new byte[] { 0x10, 1, 1 }, "inside a copy")]
    [InlineData(new byte[] { 0x10, 1, 0, 0 }, "from 0 back")]
    [InlineData(new byte[] { 0x10, 1, 2, 0 }, "from 2 back")]
    [InlineData(new byte[] { 0xF0, 255, 255, 255 }, "length passes the end")]
    [InlineData(new byte[] { 0xF0 }, "inside a length")]
    [InlineData(new byte[] { 0x10, 1 }, "gives 1 bytes")]
    public void Lz4_Damaged_SaysWhat(byte[] compressed, string detail)
    {
        var e = Assert.Throws<ParquetFormatException>(() => Lz4RawDecoder.Decode(compressed, new byte[4], Place));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    [Property(MaxTest = 1000)]
    public Property Decompressors_RandomOrFlippedBytes_GiveBytesOrFormatError() => Seeds.ForAll(random =>
    {
        byte[] source = Sample(random);
        foreach (ParquetCompression codec in new[] { ParquetCompression.Snappy, ParquetCompression.Gzip, ParquetCompression.Brotli, ParquetCompression.Zstd, ParquetCompression.Lz4Raw })
        {
            byte[] damaged;
            if (codec == ParquetCompression.Lz4Raw || random.Next(4) == 0)
            {
                damaged = new byte[random.Next(200)];
                random.NextBytes(damaged);
            }
            else
            {
                using var compressor = new PageCompressor(codec, null);
                var sink = new ByteSink();
                compressor.Compress(source, sink);
                damaged = sink.Written[..random.Next(1, sink.Length + 1)].ToArray();
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                PageDecompressor.Decompress(codec, damaged, new byte[source.Length], Place);
            }
            catch (ParquetFormatException)
            {
                // what damaged bytes should end in; any other exception fails the test
            }
        }
    });

    [Theory]
    [InlineData(ParquetCompression.Zstd, 0)]
    [InlineData(ParquetCompression.Zstd, 23)]
    [InlineData(ParquetCompression.Gzip, 10)]
    [InlineData(ParquetCompression.Brotli, -1)]
    [InlineData(ParquetCompression.Snappy, 1)]
    [InlineData(ParquetCompression.Lzo, null)]
    [InlineData(ParquetCompression.Lz4Raw, null)]
    public void Compressor_LevelOrCodecThereIsNot_IsRefused(ParquetCompression codec, int? level) =>
        Assert.Throws<ArgumentException>(() => new PageCompressor(codec, level));

    private static byte[] Encode(byte[] source)
    {
        var sink = new ByteSink();
        SnappyEncoder.Encode(source, sink);
        return sink.Written.ToArray();
    }

    private static byte[] Decode(byte[] compressed, int length)
    {
        var target = new byte[length];
        SnappyDecoder.Decode(compressed, target, Place);
        return target;
    }

    private static byte[] Sample(Random random)
    {
        var bytes = new List<byte>();
        for (int part = random.Next(1, 30); part > 0; part--)
        {
            int length = random.Next(1, random.Next(2) == 0 ? 20 : 900);
            if (bytes.Count > 0 && random.Next(2) == 0)
            {
                int from = random.Next(bytes.Count);
                for (int i = 0; i < length; i++)
                {
                    bytes.Add(bytes[from + i]);
                }
            }
            else
            {
                var noise = new byte[length];
                random.NextBytes(noise);
                bytes.AddRange(random.Next(2) == 0 ? noise : noise.Select(b => (byte)('a' + (b % 3))));
            }
        }

        return bytes.ToArray();
    }
}
