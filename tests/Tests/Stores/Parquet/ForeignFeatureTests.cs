using System.Buffers.Binary;
using EventSourcedMM.Stores.Parquet;
using static EventSourcedMM.Tests.Stores.Parquet.HandMadeFile;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>What other writers write and ours never does: INT96, old levels, integers split into byte streams, old lists.</summary>
public sealed class ForeignFeatureTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reader_Int96Timestamps_AreWhatDuckDbReads()
    {
        // 1970-01-01T00:00, 2024-08-08T23:54:13.123456789, 1969-12-31T23:59:59.999999999, and the same day twice through a dictionary.
        (long OfDay, int Day)[] stamps = [(0, 2_440_588), (86_053_123_456_789, 2_460_531), (86_399_999_999_999, 2_440_587)];
        byte[] plain = stamps.SelectMany(Int96).ToArray();
        byte[] file = new HandMadeFile(3)
            .Schema(Leaf("plain", ParquetPhysicalType.Int96, ParquetRepetition.Required))
            .Schema(Leaf("few", ParquetPhysicalType.Int96, ParquetRepetition.Optional))
            .Chunk(ParquetPhysicalType.Int96, 3, (Data(3, ParquetEncoding.Plain), plain))
            .Chunk(ParquetPhysicalType.Int96, 3, (Dictionary(3), plain), (Data(3, ParquetEncoding.PlainDictionary), [.. Levels(1, 1, 0, 1), 2, 2 << 1, 1]))
            .ToBytes();
        long[] expected = [0, 1_723_161_253_123_456_789, -1];

        using ParquetReader reader = ParquetReader.Open(file, "int96");
        var data = new ParquetColumnData<long>();
        reader.ReadUnixNanoseconds(0, reader.Schema["plain"], data);
        Assert.Equal<long>(expected, data.Values.ToArray());
        reader.ReadUnixNanoseconds(0, reader.Schema["few"], data);
        Assert.Equal<long>([expected[1], expected[1]], data.Values.ToArray());
        Assert.Equal<byte>([1, 0, 1], data.DefinitionLevels.ToArray());

        string path = _folder.File("int96.parquet");
        File.WriteAllBytes(path, file);
        string?[][] rows = DuckDb.Run($"SELECT epoch_us(plain), epoch_us(few) FROM read_parquet({DuckDb.Quote(path)})")[0];
        Assert.Equal(["0", "1723161253123456", "-1"], rows.Select(row => row[0]!));
        Assert.Equal(["1723161253123456", null, "1723161253123456"], rows.Select(row => row[1]));
    }

    [Fact]
    public void Reader_Int96OutsideSixtyFourBits_SaysSo()
    {
        using ParquetReader reader = new HandMadeFile(1)
            .Schema(Leaf("t", ParquetPhysicalType.Int96, ParquetRepetition.Required))
            .Chunk(ParquetPhysicalType.Int96, 1, (Data(1, ParquetEncoding.Plain), Int96((0, 5_373_484))))
            .Open();
        var e = Assert.Throws<ParquetUnsupportedException>(() => reader.ReadUnixNanoseconds(0, reader.Schema["t"], new ParquetColumnData<long>()));
        Assert.Contains("1677 to 2262 (day 5373484)", e.Feature, StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_ByteStreamSplitIntegersAndFixedBytes_AreRead()
    {
        using ParquetReader reader = new HandMadeFile(3)
            .Schema(Leaf("i", ParquetPhysicalType.Int32, ParquetRepetition.Required))
            .Schema(Leaf("l", ParquetPhysicalType.Int64, ParquetRepetition.Required))
            .Schema(Leaf("f", ParquetPhysicalType.FixedLenByteArray, ParquetRepetition.Required, 2))
            .Chunk(ParquetPhysicalType.Int32, 3, (Data(3, ParquetEncoding.ByteStreamSplit), [1, 2, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0x80]))
            .Chunk(ParquetPhysicalType.Int64, 3, (Data(3, ParquetEncoding.ByteStreamSplit), [7, 8, 9, .. new byte[18], 0, 1, 0xFF]))
            .Chunk(ParquetPhysicalType.FixedLenByteArray, 3, (Data(3, ParquetEncoding.ByteStreamSplit), [.. "ace"u8, .. "bdf"u8]))
            .Open();
        var ints = new ParquetColumnData<int>();
        reader.Read(0, reader.Schema["i"], ints);
        Assert.Equal<int>([1, 2, 3 + (1 << 16) + int.MinValue], ints.Values.ToArray());
        var longs = new ParquetColumnData<long>();
        reader.Read(0, reader.Schema["l"], longs);
        Assert.Equal<long>([7, 8 + (1L << 56), 9 + (-1L << 56)], longs.Values.ToArray());
        var bytes = new ParquetByteColumnData();
        reader.Read(0, reader.Schema["f"], bytes);
        Assert.Equal(["ab", "cd", "ef"], Enumerable.Range(0, 3).Select(bytes.Values.GetString));
    }

    [Fact]
    public void Reader_DeprecatedBitPackedLevels_AreRead()
    {
        PageHeader header = Data(10, ParquetEncoding.Plain);
        byte[] file = new HandMadeFile(10)
            .Schema(Leaf("x", ParquetPhysicalType.Int32, ParquetRepetition.Optional))
            .Chunk(ParquetPhysicalType.Int32, 10, (header, [0b1010_1010, 0b1000_0000, .. Plain(1, 2, 3, 4, 5)]))
            .ToBytes();

        // The header codec always writes RLE for the levels' encoding; the deprecated one is patched in: field 3 (delta 1, I32) after "Plain".
        int at = file.AsSpan().IndexOf(new byte[] { 0x15, 20, 0x15, 0, 0x15, 6, 0x15, 6 });
        file[at + 5] = 8;
        using ParquetReader reader = ParquetReader.Open(file, "bit-packed");
        var data = new ParquetColumnData<int>();
        reader.Read(0, reader.Schema["x"], data);
        Assert.Equal<byte>([1, 0, 1, 0, 1, 0, 1, 0, 1, 0], data.DefinitionLevels.ToArray());
        Assert.Equal<int>([1, 2, 3, 4, 5], data.Values.ToArray());
    }

    [Fact]
    public void Lists_TwoLevelsThreeLevelsAndBareRepeated_ComeOutAlike()
    {
        // [1, 2], [], [3] in every spelling; only the optional one can also be null.
        using ParquetReader reader = new HandMadeFile(3)
            .Schema(Group("three", ParquetRepetition.Optional, 1, ConvertedType.List), Group("bag", ParquetRepetition.Repeated, 1), Leaf("array", ParquetPhysicalType.Int32, ParquetRepetition.Optional))
            .Schema(Group("two", ParquetRepetition.Optional, 1, ConvertedType.List), Leaf("array", ParquetPhysicalType.Int32, ParquetRepetition.Repeated))
            .Schema(Leaf("bare", ParquetPhysicalType.Int32, ParquetRepetition.Repeated))
            .Chunk(ParquetPhysicalType.Int32, 4, (Data(4, ParquetEncoding.Plain), [.. Levels(1, 0, 1, 0, 0), .. Levels(2, 3, 3, 1, 3), .. Plain(1, 2, 3)]))
            .Chunk(ParquetPhysicalType.Int32, 4, (Data(4, ParquetEncoding.Plain), [.. Levels(1, 0, 1, 0, 0), .. Levels(2, 2, 2, 1, 2), .. Plain(1, 2, 3)]))
            .Chunk(ParquetPhysicalType.Int32, 4, (Data(4, ParquetEncoding.Plain), [.. Levels(1, 0, 1, 0, 0), .. Levels(1, 1, 1, 0, 1), .. Plain(1, 2, 3)]))
            .Open();
        foreach (ParquetColumn column in reader.Schema.Columns)
        {
            var data = new ParquetColumnData<int>();
            reader.Read(0, column, data);
            ParquetLists lists = ParquetLists.Of(reader, column, data);
            ParquetListLevel level = Assert.Single(lists.Levels);
            Assert.Equal([0, 2, 2, 3], level.Offsets);
            Assert.Equal([false, false, false], level.IsNull);
            Assert.Equal([0, 1, 2], lists.ValueIndices);
        }
    }

    [Fact]
    public void Lists_NullsAtEveryLevel_AreToldApart()
    {
        // list<list<int>>: null; []; [null]; [[]]; [[null]]; [[7], [8, null]]
        using ParquetReader reader = new HandMadeFile(6)
            .Schema(
                Group("outer", ParquetRepetition.Optional, 1, ConvertedType.List),
                Group("list", ParquetRepetition.Repeated, 1),
                Group("element", ParquetRepetition.Optional, 1, ConvertedType.List),
                Group("list", ParquetRepetition.Repeated, 1),
                Leaf("element", ParquetPhysicalType.Int32, ParquetRepetition.Optional))
            .Chunk(ParquetPhysicalType.Int32, 8, (Data(8, ParquetEncoding.Plain), [.. Levels(2, 0, 0, 0, 0, 0, 0, 1, 2), .. Levels(3, 0, 1, 2, 3, 4, 5, 5, 4), .. Plain(7, 8)]))
            .Open();
        ParquetColumn column = reader.Schema.Columns[0];
        var data = new ParquetColumnData<int>();
        reader.Read(0, column, data);
        ParquetLists lists = ParquetLists.Of(reader, column, data);
        Assert.Equal([0, 0, 0, 1, 2, 3, 5], lists.Levels[0].Offsets);
        Assert.Equal([true, false, false, false, false, false], lists.Levels[0].IsNull);
        Assert.Equal([0, 0, 0, 1, 2, 4], lists.Levels[1].Offsets);
        Assert.Equal([true, false, false, false, false], lists.Levels[1].IsNull);
        Assert.Equal([-1, 0, 1, -1], lists.ValueIndices);
    }

    [Fact]
    public void Lists_LevelsThatContradict_AreRefused()
    {
        using ParquetReader reader = new HandMadeFile(1)
            .Schema(Leaf("bare", ParquetPhysicalType.Int32, ParquetRepetition.Repeated))
            .Chunk(ParquetPhysicalType.Int32, 2, (Data(2, ParquetEncoding.Plain), [.. Levels(1, 0, 1), .. Levels(1, 1, 0), .. Plain(1)]))
            .Open();
        var data = new ParquetColumnData<int>();
        reader.Read(0, reader.Schema.Columns[0], data);
        var e = Assert.Throws<ParquetFormatException>(() => ParquetLists.Of(reader, reader.Schema.Columns[0], data));
        Assert.Contains("entry 1 continues a list", e.Message, StringComparison.Ordinal);
    }

    private static byte[] Int96((long OfDay, int Day) stamp)
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, stamp.OfDay);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), stamp.Day);
        return bytes;
    }
}
