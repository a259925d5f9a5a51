using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class ParquetReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 100)]
    public Property ReadPage_PageByPage_GivesWhatReadingAtOnceGives() => Seeds.ForAll((seed, random) =>
    {
        ColumnCase column = ColumnCases.Named(new[] { "text", "enum", "fixed7" }[random.Next(3)]);
        byte[] file = TestTable.Of(column, true, column.Encodings[random.Next(column.Encodings.Length)], seed, 1 + random.Next(2000))
            .Write(new ParquetWriterOptions { PageRows = 1 + random.Next(300), PageVersion = (ParquetPageVersion)random.Next(1, 3) });
        using ParquetReader reader = ParquetReader.Open(file, "pages");
        ParquetColumn value = reader.Schema["value"];
        var whole = new ParquetByteColumnData();
        reader.Read(0, value, whole);

        // Cleared now and then: each page must stand on its own, the dictionary's bytes included.
        var page = new ParquetByteColumnData();
        using ParquetByteColumnReader pages = reader.OpenByteColumn(0, value);
        int entries = 0, values = 0, kept = 0;
        while (pages.ReadPage(page))
        {
            for (; kept < page.Values.Count; kept++)
            {
                Assert.True(page.Values[kept].SequenceEqual(whole.Values[values++]));
            }

            if (random.Next(2) == 0)
            {
                Assert.Equal(whole.DefinitionLevels.Slice(entries, page.EntryCount).ToArray(), page.DefinitionLevels.ToArray());
                entries += page.EntryCount;
                page.Clear();
                kept = 0;
            }
        }

        Assert.Equal(whole.ValueCount, values);
        Assert.Equal(whole.EntryCount, entries + page.EntryCount);
        Assert.Equal(0, pages.RemainingEntries);
        Assert.False(pages.ReadPage(page));
    });

    [Fact]
    public void Read_SameDataObjectAgain_HoldsOnlyTheLastColumn()
    {
        byte[] file = TestTable.OfAllCases(2, 1, 300, 5).Write(new ParquetWriterOptions());
        using ParquetReader reader = ParquetReader.Open(file, "reuse");
        var reused = new ParquetColumnData<long>();
        foreach (string name in new[] { "int64_null", "int64", "uint64_null", "decimal_18_8" })
        {
            for (int g = 0; g < 2; g++)
            {
                var fresh = new ParquetColumnData<long>();
                reader.Read(g, reader.Schema[name], fresh);
                reader.Read(g, reader.Schema[name], reused);
                Assert.Equal(fresh.Values.ToArray(), reused.Values.ToArray());
                Assert.Equal(fresh.DefinitionLevels.ToArray(), reused.DefinitionLevels.ToArray());
                Assert.Equal(fresh.EntryCount, reused.EntryCount);
            }
        }
    }

    [Fact]
    public void Read_SteadyState_DoesNotGrowMemory()
    {
        string path = _folder.File("steady.parquet");
        ParquetSchema schema = ParquetSchema.Flat(ParquetColumn.Int64("a"));
        using (FileStream stream = File.Create(path))
        {
            using var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions { Compression = ParquetCompression.Snappy });
            for (int g = 0; g < 40; g++)
            {
                writer.BeginRowGroup(50_000);
                writer.Write<long>(schema.Columns[0], Enumerable.Range(0, 50_000).Select(i => (long)i * (g + 1)).ToArray());
                writer.EndRowGroup();
            }

            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(path);
        var data = new ParquetColumnData<long>();
        reader.Read(0, reader.Schema["a"], data);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int g = 1; g < 40; g++)
        {
            reader.Read(g, reader.Schema["a"], data);
        }

        // A reader object a row group, no buffers: 400 kB of values each would be 15 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 39 * 4096);
    }

    [Fact]
    public void Read_ColumnsInParallel_GiveWhatOneThreadGives()
    {
        string path = _folder.File("parallel.parquet");
        TestTable table = TestTable.OfAllCases(4, 0, 800, 800, 800);
        using (FileStream stream = File.Create(path))
        {
            table.Write(stream, new ParquetWriterOptions());
        }

        using ParquetReader reader = ParquetReader.Open(path);
        Parallel.For(0, 8, _ => table.AssertReadBy(reader, "parallel"));
    }

    [Fact]
    public void Open_FileOnDisk_IsClosedWithTheReader()
    {
        string path = _folder.File("closed.parquet");
        File.WriteAllBytes(path, [1, 2, 3]);
        Assert.Throws<ParquetFormatException>(() => ParquetReader.Open(path));
        File.Delete(path);
        using (FileStream stream = File.Create(path))
        {
            TestTable.Of(ColumnCases.Named("int64"), false, null, 1, 10).Write(stream, new ParquetWriterOptions());
        }

        ParquetReader reader = ParquetReader.Open(path);
        reader.Dispose();
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Throws<ObjectDisposedException>(() => reader.Read(0, reader.Schema["value"], new ParquetColumnData<long>()));
        }

        Assert.Throws<FileNotFoundException>(() => ParquetReader.Open(_folder.File("none.parquet")));
    }

    [Fact]
    public void Statistics_OfEveryOrder_BoundTheValues()
    {
        ParquetSchema schema = ParquetSchema.Flat(
            ParquetColumn.Int64("signed"),
            ParquetColumn.Int64("unsigned", new ParquetLogicalType.Integer(64, false)),
            ParquetColumn.Double("zeros"),
            ParquetColumn.Double("nan"),
            ParquetColumn.Double("none", optional: true),
            ParquetColumn.Bytes("bytes"),
            ParquetColumn.Bytes("long"),
            ParquetColumn.Boolean("flag"));
        using var stream = new MemoryStream();
        using (var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions { Sorting = [new("signed", true), new("flag", false, true)] }))
        {
            writer.BeginRowGroup(3);
            writer.Write<long>(schema.Columns[0], [5, 0, -7]);
            writer.Write<long>(schema.Columns[1], [5, -1, 7]);
            writer.Write<double>(schema.Columns[2], [0.0, 0.0, -1.5]);
            writer.Write<double>(schema.Columns[3], [1, double.NaN, 2]);
            writer.Write<double>(schema.Columns[4], [], [0, 0, 0]);
            var bytes = new ParquetByteArrays();
            bytes.Append([0x80]);
            bytes.Append([0x7F, 1]);
            bytes.Append([0x7F]);
            writer.Write(schema.Columns[5], bytes);
            bytes.Clear();
            bytes.Append(new byte[500]);
            bytes.Append([1]);
            bytes.Append([2]);
            writer.Write(schema.Columns[6], bytes);
            writer.Write<bool>(schema.Columns[7], [true, false, true]);
            writer.EndRowGroup();
            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(stream.ToArray(), "statistics");
        IReadOnlyList<ParquetChunk> chunks = reader.RowGroups[0].Columns;
        Assert.True(chunks[0].Statistics!.TryGetInt64(chunks[0].Column, out long low, out long high));
        Assert.Equal((-7, 5), (low, high));
        Assert.True(chunks[1].Statistics!.TryGetInt64(chunks[1].Column, out low, out high));
        Assert.Equal((5, -1), (low, high)); // unsigned: 5 is the least, 2^64 − 1 the greatest
        Assert.True(chunks[2].Statistics!.TryGetDouble(chunks[2].Column, out double least, out double greatest));
        Assert.Equal((-1.5, 0.0), (least, greatest));
        Assert.False(double.IsNegative(greatest));
        Assert.False(chunks[3].Statistics!.TryGetDouble(chunks[3].Column, out _, out _));
        Assert.Equal(3, chunks[4].Statistics!.NullCount);
        Assert.Null(chunks[4].Statistics!.Minimum);
        Assert.Equal<byte>([0x7F], chunks[5].Statistics!.Minimum!);
        Assert.Equal<byte>([0x80], chunks[5].Statistics!.Maximum!);
        Assert.Null(chunks[6].Statistics!.Minimum); // 500 bytes are too long for a footer
        Assert.Equal<byte>([2], chunks[6].Statistics!.Maximum!);
        Assert.Equal<byte>([0], chunks[7].Statistics!.Minimum!);
        Assert.Equal([new ParquetSortingColumn("signed", true), new ParquetSortingColumn("flag", false, true)], reader.RowGroups[0].Sorting);
    }

    [Fact]
    public void ReadIntegers_UnsignedBeyondSignedRange_SaysSo()
    {
        using ParquetReader reader = ParquetReader.Open(OneLong(-1, new ParquetLogicalType.Integer(64, false)), "u");
        var e = Assert.Throws<ParquetUnsupportedException>(() => reader.ReadIntegers(0, reader.Schema["v"], new ParquetColumnData<long>()));
        Assert.Contains("18446744073709551615", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadUnixNanoseconds_MicrosecondsBeyondRange_SaysSo()
    {
        using ParquetReader reader = ParquetReader.Open(OneLong(long.MaxValue / 999, new ParquetLogicalType.Timestamp(ParquetTimeUnit.Microseconds)), "t");
        Assert.Throws<ParquetUnsupportedException>(() => reader.ReadUnixNanoseconds(0, reader.Schema["v"], new ParquetColumnData<long>()));
        using ParquetReader fits = ParquetReader.Open(OneLong(long.MinValue / 1000, new ParquetLogicalType.Timestamp(ParquetTimeUnit.Microseconds)), "t");
        var data = new ParquetColumnData<long>();
        fits.ReadUnixNanoseconds(0, fits.Schema["v"], data);
        Assert.Equal(long.MinValue / 1000 * 1000, data.Values[0]);
    }

    private static byte[] OneLong(long value, ParquetLogicalType meaning)
    {
        ParquetSchema schema = ParquetSchema.Flat(ParquetColumn.Int64("v", meaning));
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, schema);
        writer.BeginRowGroup(1);
        writer.Write<long>(schema.Columns[0], [value]);
        writer.EndRowGroup();
        writer.Finish();
        return stream.ToArray();
    }
}
