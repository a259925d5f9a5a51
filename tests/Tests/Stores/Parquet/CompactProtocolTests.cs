using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class CompactProtocolTests
{
    private static readonly ParquetPlace Place = new("test");

    // Thrift's compact protocol: field header (delta, type), zigzag varints, lengths before bytes.
    [Fact]
    public void Writer_EveryKindOfField_GivesTheProtocolsBytes()
    {
        var sink = new ByteSink();
        var writer = new CompactWriter(sink);
        writer.BeginStruct();
        writer.I32(1, -3);
        writer.Bool(2, true);
        writer.Bool(3, false);
        writer.String(5, "ab");
        writer.List(6, CompactType.I32, 2);
        writer.I32Element(1);
        writer.I32Element(-1);
        writer.Struct(7);
        writer.I64(1, 150);
        writer.EndStruct();
        writer.I8(8, 200);
        writer.EndStruct();
        Assert.Equal<byte>([0x15, 5, 0x11, 0x12, 0x28, 2, (byte)'a', (byte)'b', 0x19, 0x25, 2, 1, 0x1C, 0x16, 0xAC, 2, 0, 0x13, 200, 0], sink.Written.ToArray());
    }

    [Fact]
    public void Writer_LongList_HasItsCountBehindTheType()
    {
        var sink = new ByteSink();
        var writer = new CompactWriter(sink);
        writer.BeginStruct();
        writer.List(1, CompactType.I32, 300);
        Assert.Equal<byte>([0x19, 0xF5, 0xAC, 2], sink.Written.ToArray());
    }

    [Fact]
    public void Reader_UnknownFieldsOfEveryType_AreSkipped()
    {
        byte[] data =
        [
            0x13, 9, // byte
            0x14, 4, // 16 bits
            0x17, 1, 2, 3, 4, 5, 6, 7, 8, // double
            0x18, 2, 1, 2, // binary
            0x19, 0x21, 1, 2, // list of booleans
            0x1A, 0x35, 2, 4, 6, // set of 32-bit numbers
            0x1B, 1, 0x85, 1, (byte)'k', 2, // map of binary to 32-bit numbers
            0x1B, 0, // empty map
            0x1C, 0x15, 2, 0, // struct
            0x05, 0x90, 3, 84, // 32 bits with a long field number, 200
            0,
        ];
        var reader = new CompactReader(data, Place);
        reader.EnterStruct();
        short id = 0;
        int found = 0;
        while (reader.NextField(ref id, out CompactType type))
        {
            if (id == 200)
            {
                found = reader.ReadI32(type);
            }
            else
            {
                reader.Skip(type);
            }
        }

        Assert.Equal(42, found);
        Assert.Equal(data.Length, reader.Position);
    }

    [Theory]
    [InlineData(new byte[] { 0x18, 5, 1 }, "declares 5 elements or bytes where 1 bytes are left")]
    [InlineData(new byte[] { 0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, "declares 18446744073709551615")]
    [InlineData(new byte[] { 0x19, 0xF5, 0xFF, 0xFF, 0xFF, 0xFF, 7 }, "declares 2147483647 elements")]
    [InlineData(new byte[] { 0x15 }, "cut short")]
    [InlineData(new byte[] { 0x15, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02 }, "longer than 64 bits")]
    [InlineData(new byte[] { 0x1D }, "unknown wire type 13")]
    [InlineData(new byte[] { 0x05, 0x80, 0x80, 0x08 }, "field number out of range")]
    public void Reader_Damaged_SaysWhat(byte[] data, string detail)
    {
        var e = Assert.Throws<ParquetFormatException>(() => SkipAll(data));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_StructsWithoutEnd_AreNotFollowedForever()
    {
        byte[] nested = Enumerable.Repeat((byte)0x1C, 100_000).ToArray();
        Assert.Contains("nested too deeply", Assert.Throws<ParquetFormatException>(() => SkipAll(nested)).Message, StringComparison.Ordinal);
        byte[] lists = [.. Enumerable.Repeat((byte)0x19, 100_000)];
        Assert.Throws<ParquetFormatException>(() => SkipAll(lists));
    }

    [Property(MaxTest = 2000)]
    public Property Reader_RandomBytes_EndInFormatError() => Seeds.ForAll(random =>
    {
        byte[] data = new byte[random.Next(200)];
        random.NextBytes(data);
        foreach (Action<byte[]> read in new Action<byte[]>[]
        {
            bytes => FileMetadataReader.Read(bytes, Place),
            bytes => PageHeaderCodec.Read(bytes, Place, out _),
            SkipAll,
        })
        {
            try
            {
                read(data);
            }
            catch (ParquetException)
            {
                // what random bytes should end in; any other exception fails the test
            }
        }
    });

    [Property(MaxTest = 300)]
    public Property PageHeader_Any_ComesBack() => Seeds.ForAll(random =>
    {
        var header = new PageHeader
        {
            Type = random.Next(3) switch { 0 => PageType.Data, 1 => PageType.Dictionary, _ => PageType.DataV2 },
            UncompressedBytes = random.Next(),
            StoredBytes = random.Next(),
            Crc = random.Next(2) == 0 ? null : (uint)random.NextInt64(1L << 32),
            EntryCount = random.Next(),
            Encoding = (ParquetEncoding)random.Next(10),
            IsCompressed = true,
        };
        if (header.Type == PageType.Data)
        {
            header.DefinitionEncoding = header.RepetitionEncoding = ParquetEncoding.Rle;
        }
        else if (header.Type == PageType.DataV2)
        {
            (header.NullCount, header.RowCount, header.DefinitionBytes, header.RepetitionBytes) = (random.Next(), random.Next(), random.Next(), random.Next());
            header.IsCompressed = random.Next(2) == 0;
        }

        var sink = new ByteSink();
        PageHeaderCodec.Write(sink, header);
        Assert.Equal(header, PageHeaderCodec.Read(sink.Written, Place, out int length));
        Assert.Equal(sink.Length, length);
    });

    private static void SkipAll(byte[] data)
    {
        var reader = new CompactReader(data, Place);
        reader.Skip(CompactType.Struct);
    }
}
