using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class ParquetWriterTests
{
    [Fact]
    public void Writer_NotFinished_LeavesNoReadableFile()
    {
        using var stream = new MemoryStream();
        using (var writer = new ParquetWriter(stream, Schema()))
        {
            WriteGroup(writer, 3);
        }

        var e = Assert.Throws<ParquetFormatException>(() => ParquetReader.Open(stream.ToArray(), "half"));
        Assert.Contains("its writer did not finish", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writer_StreamFails_RefusesToGoOn()
    {
        using var stream = new FullDisk(200);
        using var writer = new ParquetWriter(stream, Schema(), new ParquetWriterOptions { Compression = ParquetCompression.Uncompressed });
        Assert.Throws<IOException>(() => WriteGroup(writer, 1000));
        Assert.Throws<InvalidOperationException>(writer.Finish);
        Assert.Throws<InvalidOperationException>(() => writer.BeginRowGroup(1));
    }

    [Fact]
    public void Writer_ColumnsOutOfTurn_AreRefused()
    {
        using var writer = new ParquetWriter(new MemoryStream(), Schema());
        ParquetSchema schema = writer.Schema;
        Assert.Throws<InvalidOperationException>(() => writer.Write<long>(schema.Columns[0], [1]));
        Assert.Throws<InvalidOperationException>(writer.EndRowGroup);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.BeginRowGroup(0));
        writer.BeginRowGroup(1);
        Assert.Throws<InvalidOperationException>(() => writer.BeginRowGroup(1));
        Assert.Throws<InvalidOperationException>(writer.Finish);
        Assert.Contains("'id' of the writer's schema comes next", Assert.Throws<ArgumentException>(() => writer.Write(schema.Columns[1], Strings("a"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => writer.Write<long>(ParquetColumn.Int64("id"), [1]));
        writer.Write<long>(schema.Columns[0], [1]);
        Assert.Contains("lacks column 'name'", Assert.Throws<InvalidOperationException>(writer.EndRowGroup).Message, StringComparison.Ordinal);
        writer.Write(schema.Columns[1], Strings("a"));
        Assert.Contains("written already", Assert.Throws<ArgumentException>(() => writer.Write(schema.Columns[1], Strings("a"))).Message, StringComparison.Ordinal);
        writer.EndRowGroup();
        writer.Finish();
        Assert.Throws<InvalidOperationException>(writer.Finish);
    }

    [Fact]
    public void Writer_CountsThatDoNotFit_AreRefusedBeforeAnyByteOfThem()
    {
        using var writer = new ParquetWriter(new MemoryStream(), Schema());
        ParquetSchema schema = writer.Schema;
        writer.BeginRowGroup(2);
        long before = writer.BytesWritten;
        AssertRefused("got 1 values where 2 of 2 rows", () => writer.Write<long>(schema.Columns[0], [1]));
        AssertRefused("takes no definition levels", () => writer.Write<long>(schema.Columns[0], [1, 2], [1, 1]));
        AssertRefused("takes Int64 values, not Int32", () => writer.Write<int>(schema.Columns[0], [1, 2]));
        AssertRefused("takes Int64 values, not ParquetByteArrays", () => writer.Write(schema.Columns[0], Strings("a", "b")));
        writer.Write<long>(schema.Columns[0], [1, 2]);
        AssertRefused("got 1 definition levels for 2 rows", () => writer.Write(schema.Columns[1], Strings("a"), [1]));
        AssertRefused("row 1: a definition level is 0 or 1, not 2", () => writer.Write(schema.Columns[1], Strings("a", "b"), [1, 2]));
        AssertRefused("got 2 values where 1 of 2 rows", () => writer.Write(schema.Columns[1], Strings("a", "b"), [1, 0]));
        var broken = new ParquetByteArrays();
        broken.Append([0xFF]);
        AssertRefused("value 0: not UTF-8", () => writer.Write(schema.Columns[1], broken, [1, 0]));
        Assert.True(writer.BytesWritten > before);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(-100_000)]
    public void Writer_DecimalBeyondItsPrecision_IsRefused(long value) =>
        AssertOneColumnRefused(ParquetColumn.Int64("d", new ParquetLogicalType.Decimal(5, 2)), value, "Decimal { Precision = 5, Scale = 2 } cannot hold");

    [Theory]
    [InlineData(8, true, 128)]
    [InlineData(8, true, -129)]
    [InlineData(8, false, 256)]
    [InlineData(8, false, -1)]
    [InlineData(16, true, 32768)]
    [InlineData(16, false, 65536)]
    public void Writer_IntegerBeyondItsWidth_IsRefused(int bits, bool isSigned, int value)
    {
        ParquetSchema schema = ParquetSchema.Flat(ParquetColumn.Int32("i", new ParquetLogicalType.Integer(bits, isSigned)));
        using var writer = new ParquetWriter(new MemoryStream(), schema);
        writer.BeginRowGroup(1);
        AssertRefused("cannot hold", () => writer.Write<int>(schema.Columns[0], [value]));
    }

    [Fact]
    public void Writer_RowsNotSortedAsDeclared_AreRefused()
    {
        ParquetSchema schema = ParquetSchema.Flat(ParquetColumn.Int64("ts", optional: true));
        using var writer = new ParquetWriter(new MemoryStream(), schema, new ParquetWriterOptions { Sorting = [new ParquetSortingColumn("ts")] });
        writer.BeginRowGroup(3);
        AssertRefused("value 2 is out of order", () => writer.Write<long>(schema.Columns[0], [1, 5, 4]));
        AssertRefused("nulls last, but they stand elsewhere", () => writer.Write<long>(schema.Columns[0], [1, 5], [1, 0, 1]));
        writer.Write<long>(schema.Columns[0], [5, 5], [1, 1, 0]);
        writer.EndRowGroup();
        writer.Finish();
    }

    [Fact]
    public void Writer_OptionsThatDoNotFitTheSchema_AreRefused()
    {
        AssertRefused("'nope', which the Parquet schema does not have", () => Open(new() { Encodings = new Dictionary<string, ParquetEncoding> { ["nope"] = ParquetEncoding.Plain } }));
        AssertRefused("'nope', which the Parquet schema does not have", () => Open(new() { Sorting = [new("nope")] }));
        AssertRefused("DeltaLengthByteArray is not for column 'id'", () => Open(new() { Encodings = new Dictionary<string, ParquetEncoding> { ["id"] = ParquetEncoding.DeltaLengthByteArray } }));
        AssertRefused("ByteStreamSplit is not for column 'id'", () => Open(new() { Encodings = new Dictionary<string, ParquetEncoding> { ["id"] = ParquetEncoding.ByteStreamSplit } }));
        AssertRefused("must be above 0", () => Open(new() { PageRows = 0 }));
        AssertRefused("is not written", () => Open(new() { Compression = ParquetCompression.Lz4Raw }));

        static void Open(ParquetWriterOptions options) => new ParquetWriter(new MemoryStream(), Schema(), options).Dispose();
    }

    [Fact]
    public void Schema_ColumnsThatMakeNoSense_AreRefused()
    {
        AssertRefused("at least one column", () => ParquetSchema.Flat());
        AssertRefused("Two Parquet columns have the name 'a'", () => ParquetSchema.Flat(ParquetColumn.Int64("a"), ParquetColumn.Text("a")));
        AssertRefused("cannot stand on Int64", () => ParquetColumn.Int64("a", new ParquetLogicalType.Decimal(19, 2)));
        AssertRefused("cannot stand on Int64", () => ParquetColumn.Int64("a", new ParquetLogicalType.Text()));
        AssertRefused("cannot stand on Int32", () => ParquetColumn.Int32("a", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Nanoseconds)));
        AssertRefused("length above 0", () => ParquetColumn.FixedBytes("a", 0));
        AssertRefused("cannot stand on FixedLenByteArray", () => ParquetColumn.FixedBytes("a", 15, new ParquetLogicalType.Uuid()));
    }

    [Fact]
    public void Writer_ChoiceBySize_TakesTheSmallestEncoding()
    {
        const int Rows = 20_000;
        var random = new Random(3);
        long[] steps = Enumerable.Range(0, Rows).Select(i => (1L << 50) + (i * 100L) + (i % 7)).ToArray();
        long[] few = Enumerable.Range(0, Rows).Select(_ => random.Next(3) switch { 0 => -9_000_000_000_000_000, 1 => 4_611_686_018_427, _ => 77 }).ToArray();
        long[] noise = Enumerable.Range(0, Rows).Select(_ => random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        ParquetSchema schema = ParquetSchema.Flat(ParquetColumn.Int64("steps"), ParquetColumn.Int64("few"), ParquetColumn.Int64("noise"));
        long[][] columns = [steps, few, noise];

        IReadOnlyList<ParquetChunk> chosen = Chunks(new ParquetWriterOptions { Compression = ParquetCompression.Uncompressed });
        Assert.Equal([ParquetEncoding.DeltaBinaryPacked, ParquetEncoding.RleDictionary, ParquetEncoding.Plain], chosen.Select(chunk => chunk.Encodings[0]));
        foreach (ParquetEncoding encoding in new[] { ParquetEncoding.Plain, ParquetEncoding.RleDictionary, ParquetEncoding.DeltaBinaryPacked })
        {
            IReadOnlyList<ParquetChunk> forced = Chunks(new ParquetWriterOptions
            {
                Compression = ParquetCompression.Uncompressed,
                Encodings = schema.Columns.ToDictionary(column => column.Name, _ => encoding),
            });
            Assert.All(forced.Zip(chosen), pair => Assert.True(pair.First.StoredBytes >= pair.Second.StoredBytes));
        }

        IReadOnlyList<ParquetChunk> Chunks(ParquetWriterOptions options)
        {
            using var stream = new MemoryStream();
            using var writer = new ParquetWriter(stream, schema, options);
            writer.BeginRowGroup(Rows);
            for (int c = 0; c < columns.Length; c++)
            {
                writer.Write<long>(schema.Columns[c], columns[c]);
            }

            writer.EndRowGroup();
            writer.Finish();
            using ParquetReader reader = ParquetReader.Open(stream.ToArray(), "choice");
            return reader.RowGroups[0].Columns;
        }
    }

    [Fact]
    public void Writer_SameInputTwice_GivesSameBytes()
    {
        byte[] Once() => TestTable.OfAllCases(5, 0, 500, 20).Write(new ParquetWriterOptions());
        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Writer_StreamBehindItsStart_CountsFromThere()
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[100]);
        using (var writer = new ParquetWriter(stream, Schema()))
        {
            WriteGroup(writer, 10);
            writer.Finish();
            Assert.Equal(stream.Length - 100, writer.BytesWritten);
        }

        using ParquetReader reader = ParquetReader.Open(stream.ToArray().AsMemory(100), "embedded");
        var data = new ParquetColumnData<long>();
        reader.Read(0, reader.Schema["id"], data);
        Assert.Equal(10, data.ValueCount);
    }

    private static ParquetSchema Schema() => ParquetSchema.Flat(ParquetColumn.Int64("id"), ParquetColumn.Text("name", optional: true));

    private static void WriteGroup(ParquetWriter writer, int rows)
    {
        writer.BeginRowGroup(rows);
        var random = new Random(1);
        writer.Write<long>(writer.Schema.Columns[0], Enumerable.Range(0, rows).Select(_ => random.NextInt64()).ToArray());
        writer.Write(writer.Schema.Columns[1], Strings(Enumerable.Range(0, rows).Select(i => $"n{i}").ToArray()));
        writer.EndRowGroup();
    }

    private static ParquetByteArrays Strings(params string[] values)
    {
        var strings = new ParquetByteArrays();
        foreach (string value in values)
        {
            strings.Append(value);
        }

        return strings;
    }

    private static void AssertOneColumnRefused(ParquetColumn column, long value, string detail)
    {
        ParquetSchema schema = ParquetSchema.Flat(column);
        using var writer = new ParquetWriter(new MemoryStream(), schema);
        writer.BeginRowGroup(1);
        AssertRefused(detail, () => writer.Write<long>(schema.Columns[0], [value]));
    }

    private static void AssertRefused(string detail, Action act) =>
        Assert.Contains(detail, Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);

    /// <summary>A stream that takes so many bytes and no more.</summary>
    private sealed class FullDisk(int capacity) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length + buffer.Length > capacity)
            {
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
