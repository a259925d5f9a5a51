using EventSourcedMM.Stores.Parquet;
using static EventSourcedMM.Tests.Stores.Parquet.HandMadeFile;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>Files that cannot be read: the error names the missing feature, or the contradiction.</summary>
public sealed class ParquetRefusalTests
{
    private static readonly SchemaElement Int = Leaf("x", ParquetPhysicalType.Int32, ParquetRepetition.Required);
    private static readonly SchemaElement OptionalInt = Leaf("x", ParquetPhysicalType.Int32, ParquetRepetition.Optional);

    [Theory]
    [InlineData(3, "compression Lzo")]
    [InlineData(5, "compression Lz4")]
    [InlineData(99, "compression number 99")]
    public void Reader_CodecItDoesNotHave_IsNamed(int codec, string feature) =>
        AssertUnsupported(feature, new HandMadeFile(1) { Compression = (ParquetCompression)codec }
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1))));

    [Theory]
    [InlineData(10, "encoding 10 of Int32 values")]
    [InlineData(7, "encoding DeltaByteArray of Int32 values")]
    [InlineData(3, "encoding Rle of Int32 values")]
    public void Reader_EncodingItDoesNotHave_IsNamed(int encoding, string feature) =>
        AssertUnsupported(feature, new HandMadeFile(1)
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, (ParquetEncoding)encoding), Plain(1))));

    [Fact]
    public void Reader_EncryptedColumn_IsNamed()
    {
        HandMadeFile file = new HandMadeFile(1).Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1)));
        byte[] bytes = file.ToBytes();

        // The last struct of the chunk's metadata ends with two stops; an empty crypto struct (field 8) goes between them.
        AssertFooterEdit(bytes, "encrypted columns", footer => Insert(footer, EndOfOnlyChunk(footer), [0x5C, 0]));
    }

    [Fact]
    public void Reader_ColumnInAnotherFile_IsNamed() =>
        AssertUnsupported("a column stored in another file ('elsewhere.parquet')", new HandMadeFile(1)
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1))), ExternalFile);

    [Fact]
    public void Reader_EncryptedFooter_IsNamed()
    {
        byte[] file = [.. "PARE"u8, .. new byte[20], .. "PARE"u8];
        var e = Assert.Throws<ParquetUnsupportedException>(() => ParquetReader.Open(file, "secret"));
        Assert.Equal("encrypted footer", e.Feature);
    }

    [Fact]
    public void Reader_NotParquet_SaysSo()
    {
        Assert.Contains("not a Parquet file", Refused("{\"e\":\"trade\",\"p\":1}"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("too few", Refused("PAR1"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("cut off", Refused("PAR1 and then nothing"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("more than the file has", Refused([.. "PAR1"u8, 0xFF, 0xFF, 0, 0, .. "PAR1"u8]), StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_DeclaredLengthsBeyondLimits_AreRefusedBeforeMemoryIsTaken()
    {
        PageHeader huge = Data(1, ParquetEncoding.Plain);
        huge.UncompressedBytes = int.MaxValue;
        AssertUnsupported("a page of 2147483647 bytes", new HandMadeFile(1) { Compression = ParquetCompression.Zstd }
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (huge, Plain(1))));
        AssertUnsupported("a page of 2147483647 entries", new HandMadeFile(int.MaxValue)
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, int.MaxValue, (Data(int.MaxValue, ParquetEncoding.RleDictionary), [1, 2, 3])));
        AssertCorrupt("pass the end of the data", new HandMadeFile(1)
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1))).Patch(c => c with { StoredBytes = long.MaxValue }));
        AssertCorrupt("pass the end of the data", new HandMadeFile(1)
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1))).Patch(c => c with { DataPageOffset = long.MaxValue }));
        AssertCorrupt("60000000 take 240000000 bytes, 4 are there", new HandMadeFile(60_000_000)
            .Schema(Int).Chunk(ParquetPhysicalType.Int32, 60_000_000, (Data(60_000_000, ParquetEncoding.Plain), Plain(1))));
    }

    [Fact]
    public void Reader_PagesThatContradictTheFooter_AreRefused()
    {
        AssertCorrupt("ends 1 entries early", One(2, (Data(1, ParquetEncoding.Plain), Plain(1))));
        AssertCorrupt("a page has 3 entries where the column has 1 left", One(3, (Data(2, ParquetEncoding.Plain), Plain(1, 2)), (Data(3, ParquetEncoding.Plain), Plain(1, 2, 3))));
        AssertCorrupt("the page ends inside its values", One(2, (Data(2, ParquetEncoding.Plain), Plain(1))));
        AssertCorrupt("no dictionary page", One(1, (Data(1, ParquetEncoding.RleDictionary), [1, 2, 0])));
        AssertCorrupt("dictionary entry 1; there are 1", One(1, (Dictionary(1), Plain(5)), (Data(1, ParquetEncoding.RleDictionary), [1, 2, 1])));
        AssertCorrupt("indices of 33 bits", One(1, (Dictionary(1), Plain(5)), (Data(1, ParquetEncoding.RleDictionary), [33, 2, 1])));
        AssertCorrupt("a dictionary page stands after data pages", One(2, (Data(1, ParquetEncoding.Plain), Plain(5)), (Dictionary(1), Plain(5))).Patch(c => c with { DictionaryPageOffset = null, DataPageOffset = 4, StoredBytes = c.DataPageOffset - 4 }));
        AssertCorrupt("where its row group has 3 rows", new HandMadeFile(3).Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1))));
        AssertCorrupt("definition level 3; the column's highest is 2", new HandMadeFile(1)
            .Schema(Group("g", ParquetRepetition.Optional, 1), OptionalInt)
            .Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), [.. Levels(2, 3), .. Plain(1)])));
        AssertCorrupt("begins in the middle of a row", new HandMadeFile(1)
            .Schema(Leaf("x", ParquetPhysicalType.Int32, ParquetRepetition.Repeated))
            .Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), [.. Levels(1, 1), .. Levels(1, 1), .. Plain(1)])));
        AssertCorrupt("the column has 1 rows where its row group has 2", new HandMadeFile(2)
            .Schema(Leaf("x", ParquetPhysicalType.Int32, ParquetRepetition.Repeated))
            .Chunk(ParquetPhysicalType.Int32, 2, (Data(2, ParquetEncoding.Plain), [.. Levels(1, 0, 1), .. Levels(1, 1, 1), .. Plain(1, 2)])));

        static HandMadeFile One(int rows, params (PageHeader, byte[])[] pages) => new HandMadeFile(rows).Schema(Int).Chunk(ParquetPhysicalType.Int32, rows, pages);
    }

    [Fact]
    public void Reader_SchemasThatAreNoTree_AreRefused()
    {
        Assert.Contains("hang on nothing", RefusedSchema([Int, Int], topLevel: 1), StringComparison.Ordinal);
        Assert.Contains("more than there are", RefusedSchema([Int], topLevel: 5), StringComparison.Ordinal);
        Assert.Contains("neither a type nor fields", RefusedSchema([new SchemaElement { Name = "g", Repetition = 0 }], 1), StringComparison.Ordinal);
        Assert.Contains("no valid repetition", RefusedSchema([new SchemaElement { Name = "g", Type = 1 }], 1), StringComparison.Ordinal);
        Assert.Contains("fixed-length values of length 0", RefusedSchema([Leaf("f", ParquetPhysicalType.FixedLenByteArray, ParquetRepetition.Required)], 1), StringComparison.Ordinal);
        SchemaElement[] deep = Enumerable.Range(0, 70).Select(i => Group($"g{i}", ParquetRepetition.Required, 1)).Append(Int).ToArray();
        Assert.Contains("nested deeper than", RefusedSchema(deep, 1), StringComparison.Ordinal);

        static string RefusedSchema(SchemaElement[] elements, int topLevel) =>
            Assert.ThrowsAny<ParquetException>(() => SchemaTree.Build([new SchemaElement { Name = "root", ChildCount = topLevel }, .. elements], new ParquetPlace("s"))).Message;
    }

    [Fact]
    public void Reader_ColumnAskedForAsOtherType_SaysWhatItIs()
    {
        using ParquetReader reader = new HandMadeFile(1).Schema(Int).Chunk(ParquetPhysicalType.Int32, 1, (Data(1, ParquetEncoding.Plain), Plain(1))).Open();
        ParquetColumn column = reader.Schema["x"];
        Assert.Contains("holds Int32 values, not Int64", Assert.Throws<ParquetFormatException>(() => reader.Read(0, column, new ParquetColumnData<long>())).Message, StringComparison.Ordinal);
        Assert.Contains("not byte strings", Assert.Throws<ParquetFormatException>(() => reader.Read(0, column, new ParquetByteColumnData())).Message, StringComparison.Ordinal);
        Assert.Contains("not timestamps", Assert.Throws<ParquetFormatException>(() => reader.ReadUnixNanoseconds(0, column, new ParquetColumnData<long>())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => reader.Read(0, ParquetColumn.Int32("x"), new ParquetColumnData<int>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(1, column, new ParquetColumnData<int>()));
        Assert.Contains("it has 'x'", Assert.Throws<KeyNotFoundException>(() => reader.Schema["y"]).Message, StringComparison.Ordinal);
    }

    private static void AssertUnsupported(string feature, HandMadeFile file, Func<byte[], byte[]>? edit = null)
    {
        byte[] bytes = file.ToBytes();
        var e = Assert.Throws<ParquetUnsupportedException>(() => ReadAll(edit is null ? bytes : edit(bytes)));
        Assert.StartsWith(feature, e.Feature, StringComparison.Ordinal);
        Assert.Contains(feature, e.Message, StringComparison.Ordinal);
        Assert.Equal(("refused.parquet", "x"), (e.File, e.Column));
    }

    private static void AssertCorrupt(string detail, HandMadeFile file)
    {
        var e = Assert.Throws<ParquetFormatException>(() => ReadAll(file.ToBytes()));
        Assert.Contains(detail, e.Message, StringComparison.Ordinal);
    }

    private static void AssertFooterEdit(byte[] file, string feature, Func<byte[], byte[]> edit)
    {
        var e = Assert.Throws<ParquetUnsupportedException>(() => ReadAll(EditFooter(file, edit)));
        Assert.Equal(feature, e.Feature);
    }

    private static byte[] EditFooter(byte[] file, Func<byte[], byte[]> edit)
    {
        int length = BitConverter.ToInt32(file, file.Length - 8);
        int start = file.Length - 8 - length;
        byte[] footer = edit(file[start..^8]);
        return [.. file[..start], .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8];
    }

    // A file path is field 1 of the chunk, before its deprecated offset (field 2, written as 0x26 0x00).
    private static byte[] ExternalFile(byte[] file) => EditFooter(file, footer =>
    {
        int at = footer.AsSpan().IndexOf(new byte[] { 0x26, 0, 0x1C });
        byte[] name = [0x18, 17, .. "elsewhere.parquet"u8, 0x16, 0];
        return [.. footer[..at], .. name, .. footer[(at + 2)..]];
    });

    // After the chunk's metadata struct (…, stop) the chunk itself stops; the row group goes on with field 2 (0x16).
    private static int EndOfOnlyChunk(byte[] footer) => footer.AsSpan().IndexOf(new byte[] { 0, 0, 0x16, 0, 0x16 }) + 1;

    private static byte[] Insert(byte[] bytes, int at, byte[] more) => [.. bytes[..at], .. more, .. bytes[at..]];

    private static string Refused(byte[] file) => Assert.Throws<ParquetFormatException>(() => ParquetReader.Open(file, "f")).Message;

    private static void ReadAll(byte[] file)
    {
        using ParquetReader reader = ParquetReader.Open(file, "refused.parquet");
        reader.Read(0, reader.Schema.Columns[0], new ParquetColumnData<int>());
    }
}
