#if OFFICIAL_STORES
using EventSourcedMM.Stores.Parquet;
using PNet = global::Parquet;
using PNetSchema = global::Parquet.Schema;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>
/// Parquet.Net 6.1 as another independent reader and writer. It decodes delta-packed numbers only into plain integers, so
/// decimals and timestamps stand in dictionary or plain encoding here, as its own writer writes them.
/// </summary>
public sealed class ParquetNetConformanceTests
{
    private const int Rows = 1000;

    public static TheoryData<ParquetCompression, ParquetPageVersion> OurVariants
    {
        get
        {
            var data = new TheoryData<ParquetCompression, ParquetPageVersion>();
            foreach (ParquetCompression codec in new[] { ParquetCompression.Uncompressed, ParquetCompression.Snappy, ParquetCompression.Gzip, ParquetCompression.Brotli, ParquetCompression.Zstd })
            {
                data.Add(codec, ParquetPageVersion.V1);
                data.Add(codec, ParquetPageVersion.V2);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OurVariants))]
    public async Task ParquetNet_OurFile_ReadsEveryValue(ParquetCompression codec, ParquetPageVersion version)
    {
        var table = new TestTable();
        (string Name, string Case, ParquetEncoding? Encoding)[] columns =
        [
            ("long_delta", "int64", ParquetEncoding.DeltaBinaryPacked),
            ("long_dictionary", "int64", ParquetEncoding.RleDictionary),
            ("long_plain", "int64_annotated", ParquetEncoding.Plain),
            ("long_by_size", "int64", null),
            ("int_delta", "int32", ParquetEncoding.DeltaBinaryPacked),
            ("int_plain", "int32", ParquetEncoding.Plain),
            ("double_dictionary", "double", ParquetEncoding.RleDictionary),
            ("double_plain", "double", ParquetEncoding.Plain),
            ("float_plain", "float", ParquetEncoding.Plain),
            ("boolean", "boolean", null),
            ("text_dictionary", "text", ParquetEncoding.RleDictionary),
            ("text_delta", "text", ParquetEncoding.DeltaLengthByteArray),
            ("text_by_size", "text", null),
            ("blob_plain", "blob", ParquetEncoding.Plain),
            ("decimal", "decimal_18_8", ParquetEncoding.Plain),
            ("decimal_dictionary", "decimal_18_8", ParquetEncoding.RleDictionary),
            ("timestamp_us", "timestamp_us", ParquetEncoding.Plain),
            ("timestamp_ns", "timestamp_ns", ParquetEncoding.RleDictionary),
        ];
        foreach ((string name, string kind, ParquetEncoding? encoding) in columns)
        {
            table.Add(name, ColumnCases.Named(kind), false, encoding);
            table.Add(name + "_null", ColumnCases.Named(kind), true, encoding);
        }

        table.Fill(77, Rows, 40);
        using var stream = new MemoryStream(table.Write(new ParquetWriterOptions
        {
            Compression = codec,
            PageVersion = version,
            PageRows = 300,
            KeyValueMetadata = [new("scale", "8")],
        }));

        await using PNet.ParquetReader reader = await PNet.ParquetReader.CreateAsync(stream);
        Assert.Equal(2, reader.RowGroupCount);
        Assert.Equal("8", reader.CustomMetadata["scale"]);
        PNetSchema.DataField[] fields = reader.Schema.GetDataFields();
        Assert.Equal(table.Columns.Select(c => c.Name), fields.Select(f => f.Name));
        for (int c = 0; c < fields.Length; c++)
        {
            var seen = new List<object?>();
            for (int g = 0; g < reader.RowGroupCount; g++)
            {
                using PNet.ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
                seen.AddRange(await CellsAsync(group, fields[c]));
            }

            object?[] expected = table.Cells(c).Select(cell => AsParquetNet(table.Columns.ElementAt(c).Case.Name, cell)).ToArray();
            ColumnCase.AssertEqual(expected, seen, $"{codec} {version} {fields[c].Name}");
        }
    }

    [Theory]
    [InlineData(PNet.CompressionMethod.None)]
    [InlineData(PNet.CompressionMethod.Snappy)]
    [InlineData(PNet.CompressionMethod.Gzip)]
    [InlineData(PNet.CompressionMethod.Brotli)]
    [InlineData(PNet.CompressionMethod.Zstd)]
    public async Task Reader_ParquetNetFile_GivesEveryValue(PNet.CompressionMethod codec)
    {
        var random = new Random(3);
        long[] ids = Enumerable.Range(0, Rows).Select(i => (i * 1_000_003L) - 7).ToArray();
        long?[] holes = Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? (long?)null : random.NextInt64()).ToArray();
        int[] small = Enumerable.Range(0, Rows).Select(i => i % 5).ToArray();
        double[] reals = Enumerable.Range(0, Rows).Select(_ => random.NextDouble()).ToArray();
        bool[] flags = Enumerable.Range(0, Rows).Select(i => i % 7 < 3).ToArray();
        string?[] texts = Enumerable.Range(0, Rows).Select(i => i % 4 == 0 ? null : $"łan {i % 50}").ToArray();
        decimal[] prices = Enumerable.Range(0, Rows).Select(i => 60_000.5m - (i / 8m)).ToArray();
        DateTime[] stamps = Enumerable.Range(0, Rows).Select(i => DateTime.UnixEpoch.AddTicks(17_231_612_530_000_000 + (i * 10L))).ToArray();

        var schema = new PNetSchema.ParquetSchema(
            new PNetSchema.DataField<long>("id"),
            new PNetSchema.DataField<long?>("holes"),
            new PNetSchema.DataField<int>("small"),
            new PNetSchema.DataField<double>("reals"),
            new PNetSchema.DataField<bool>("flags"),
            new PNetSchema.DataField<string>("texts"),
            new PNetSchema.DecimalDataField("prices", 18, 8),
            new PNetSchema.DateTimeDataField("stamps", PNetSchema.DateTimeFormat.DateAndTimeMicros));
        using var stream = new MemoryStream();
        await using (PNet.ParquetWriter writer = await PNet.ParquetWriter.CreateAsync(schema, stream, new PNet.ParquetOptions { CompressionMethod = codec }))
        {
            writer.CustomMetadata = new Dictionary<string, string> { ["symbol"] = "BTCUSDT" };
            using PNet.ParquetRowGroupWriter group = writer.CreateRowGroup();
            PNetSchema.DataField[] fields = schema.GetDataFields();
            await group.WriteAsync<long>(fields[0], ids);
            await group.WriteAsync<long>(fields[1], holes);
            await group.WriteAsync<int>(fields[2], small);
            await group.WriteAsync<double>(fields[3], reals);
            await group.WriteAsync<bool>(fields[4], flags);
            await group.WriteAsync(fields[5], texts!);
            await group.WriteAsync<decimal>(fields[6], prices);
            await group.WriteAsync<DateTime>(fields[7], stamps);
            group.CompleteValidate();
        }

        using ParquetReader reader = ParquetReader.Open(stream.ToArray(), "Parquet.Net");
        Assert.Equal(Rows, reader.RowCount);
        Assert.Equal("BTCUSDT", reader.FindNote("symbol"));
        AssertColumn(ids.Cast<object?>(), Integers(reader, "id"));
        AssertColumn(holes.Select(v => (object?)v), Integers(reader, "holes"));
        AssertColumn(small.Select(v => (object?)(long)v), Integers(reader, "small"));
        AssertColumn(reals.Cast<object?>(), ColumnCases.Named("double").Read(reader, 0, reader.Schema["reals"]));
        AssertColumn(flags.Cast<object?>(), ColumnCases.Named("boolean").Read(reader, 0, reader.Schema["flags"]));
        AssertColumn(texts, ColumnCases.Named("text").Read(reader, 0, reader.Schema["texts"]));

        var unscaled = new ParquetColumnData<Int128>();
        reader.ReadUnscaled(0, reader.Schema["prices"], unscaled, out int scale);
        Assert.Equal(8, scale);
        Assert.Equal(prices.Select(p => (Int128)(p * 100_000_000m)), unscaled.Values.ToArray());

        var nanoseconds = new ParquetColumnData<long>();
        reader.ReadUnixNanoseconds(0, reader.Schema["stamps"], nanoseconds);
        Assert.Equal(stamps.Select(s => (s - DateTime.UnixEpoch).Ticks * 100), nanoseconds.Values.ToArray());
    }

    private static void AssertColumn(IEnumerable<object?> expected, object?[] actual) =>
        ColumnCase.AssertEqual(expected.ToArray(), actual, "Parquet.Net's file");

    private static object?[] Integers(ParquetReader reader, string name)
    {
        ParquetColumn column = reader.Schema[name];
        var data = new ParquetColumnData<long>();
        reader.ReadIntegers(0, column, data);
        return NumberCase<long>.Spread(column, data, i => data.Values[i]);
    }

    private static async Task<IEnumerable<object?>> CellsAsync(PNet.ParquetRowGroupReader group, PNetSchema.DataField field) => field.ClrType switch
    {
        var t when t == typeof(long) => await NumbersAsync<long>(group, field),
        var t when t == typeof(int) => await NumbersAsync<int>(group, field),
        var t when t == typeof(double) => await NumbersAsync<double>(group, field),
        var t when t == typeof(float) => await NumbersAsync<float>(group, field),
        var t when t == typeof(bool) => await NumbersAsync<bool>(group, field),
        var t when t == typeof(decimal) => await NumbersAsync<decimal>(group, field),
        var t when t == typeof(DateTime) => await NumbersAsync<DateTime>(group, field),
        var t when t == typeof(string) || t == typeof(ReadOnlyMemory<char>) => await TextsAsync(group, field),
        var t when t == typeof(byte[]) || t == typeof(ReadOnlyMemory<byte>) => await BytesAsync(group, field),
        var other => throw new InvalidOperationException($"{field.Name} is a {other}"),
    };

    private static async Task<IEnumerable<object?>> NumbersAsync<T>(PNet.ParquetRowGroupReader group, PNetSchema.DataField field)
        where T : struct
    {
        if (field.IsNullable)
        {
            var holed = new T?[group.RowCount];
            await group.ReadAsync<T>(field, holed);
            return holed.Select(v => (object?)v);
        }

        var whole = new T[group.RowCount];
        await group.ReadAsync<T>(field, whole);
        return whole.Select(v => (object?)v);
    }

    private static async Task<IEnumerable<object?>> TextsAsync(PNet.ParquetRowGroupReader group, PNetSchema.DataField field)
    {
        var texts = new string[group.RowCount];
        await group.ReadAsync(field, texts);
        return texts;
    }

    private static async Task<IEnumerable<object?>> BytesAsync(PNet.ParquetRowGroupReader group, PNetSchema.DataField field)
    {
        var blobs = new byte[group.RowCount][];
        await group.ReadAsync(field, blobs);
        return blobs;
    }

    /// <summary>A cell in Parquet.Net's own types: decimals, and ticks of 100 ns instead of nanoseconds.</summary>
    private static object? AsParquetNet(string kind, object? cell) => (kind, cell) switch
    {
        (_, null) => null,
        ("decimal_18_8", long unscaled) => unscaled / 100_000_000m,
        ("timestamp_us", long microseconds) => DateTime.UnixEpoch.AddTicks(microseconds * 10),
        ("timestamp_ns", long nanoseconds) => DateTime.UnixEpoch.AddTicks(nanoseconds / 100),
        _ => cell,
    };
}
#endif
