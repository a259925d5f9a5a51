using System.Globalization;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class DuckDbReadsOurFilesTests : IDisposable
{
    private const int Slots = 5;

    private static readonly ParquetCompression[] Codecs =
        [ParquetCompression.Uncompressed, ParquetCompression.Snappy, ParquetCompression.Gzip, ParquetCompression.Brotli, ParquetCompression.Zstd];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ParquetPageVersion.V1)]
    [InlineData(ParquetPageVersion.V2)]
    public void DuckDb_EveryTypeEncodingAndCodec_ReadsEveryValue(ParquetPageVersion version)
    {
        var tables = new List<(string Path, TestTable Table)>();
        foreach (ParquetCompression codec in Codecs)
        {
            for (int slot = 0; slot < Slots; slot++)
            {
                string path = _folder.File($"{codec}-{slot}.parquet");
                TestTable table = TestTable.OfAllCases(100 + slot, slot, 200, 3, 90);
                using FileStream stream = File.Create(path);
                table.Write(stream, new ParquetWriterOptions { Compression = codec, PageVersion = version, PageRows = 70, PageBytes = 1500 });
                tables.Add((path, table));
            }
        }

        IReadOnlyList<string?[][]> results = DuckDb.Run(tables.Select(t =>
            $"SELECT {string.Join(", ", t.Table.Columns.Select(c => c.Case.ToText(c.Name)))} FROM read_parquet({DuckDb.Quote(t.Path)})"));

        for (int t = 0; t < tables.Count; t++)
        {
            int index = 0;
            foreach ((string name, ColumnCase column) in tables[t].Table.Columns)
            {
                int at = index++;
                object?[] seen = results[t].Select(row => row[at] is string text ? column.FromText(text) : null).ToArray();
                ColumnCase.AssertEqual(tables[t].Table.Cells(at).Select(column.AsDuckDbSees).ToArray(), seen, $"{Path.GetFileName(tables[t].Path)} {version}, column {name}");
            }
        }
    }

    [Fact]
    public void DuckDb_SixInt64ColumnsOfManyRows_GivesEqualTotals()
    {
        const int Groups = 3, GroupRows = 100_000;
        string path = _folder.File("totals.parquet");
        ParquetSchema schema = ParquetSchema.Flat(Enumerable.Range(0, 6).Select(i => ParquetColumn.Int64($"c{i}")));
        var sums = new Int128[6];
        var random = new Random(5);
        using (FileStream stream = File.Create(path))
        {
            using var writer = new ParquetWriter(stream, schema);
            var walk = new long[6];
            for (int g = 0; g < Groups; g++)
            {
                writer.BeginRowGroup(GroupRows);
                for (int c = 0; c < 6; c++)
                {
                    var values = new long[GroupRows];
                    for (int i = 0; i < GroupRows; i++)
                    {
                        values[i] = walk[c] += random.NextInt64(-(1L << (c * 8)), 2L << (c * 8));
                        sums[c] += values[i];
                    }

                    writer.Write<long>(schema.Columns[c], values);
                }

                writer.EndRowGroup();
            }

            writer.Finish();
        }

        string?[] totals = DuckDb.Run($"SELECT count(*), {string.Join(", ", Enumerable.Range(0, 6).Select(c => $"sum(c{c})"))} FROM read_parquet({DuckDb.Quote(path)})")[0][0];

        Assert.Equal((Groups * GroupRows).ToString(CultureInfo.InvariantCulture), totals[0]);
        Assert.Equal(sums.Select(sum => sum.ToString(CultureInfo.InvariantCulture)), totals.Skip(1));
    }

    [Fact]
    public void DuckDb_Metadata_ShowsStatisticsNotesAndTypes()
    {
        string path = _folder.File("metadata.parquet");
        ParquetSchema schema = ParquetSchema.Flat(
            ParquetColumn.Int64("ts", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Nanoseconds, IsUtc: false)),
            ParquetColumn.Int64("price", new ParquetLogicalType.Decimal(18, 8), optional: true),
            ParquetColumn.Text("side"));
        using (FileStream stream = File.Create(path))
        {
            using var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions
            {
                KeyValueMetadata = [new("scale", "8"), new("symbol", "BTCUSDT")],
                Sorting = [new ParquetSortingColumn("ts")],
                CreatedBy = "EventSourcedMM version 9.8.7",
            });
            writer.BeginRowGroup(3);
            writer.Write<long>(schema.Columns[0], [1, 2, 3]);
            writer.Write<long>(schema.Columns[1], [-5, 700_000_000], [1, 0, 1]);
            var sides = new ParquetByteArrays();
            sides.Append("SELL");
            sides.Append("BUY");
            sides.Append("SELL");
            writer.Write(schema.Columns[2], sides);
            writer.EndRowGroup();
            writer.Finish();
        }

        string file = DuckDb.Quote(path);
        IReadOnlyList<string?[][]> results = DuckDb.Run(
            $"SELECT path_in_schema, stats_min_value, stats_max_value, stats_null_count, num_values, compression FROM parquet_metadata({file})",
            $"SELECT decode(key), decode(value) FROM parquet_kv_metadata({file})",
            $"SELECT created_by, num_rows, num_row_groups FROM parquet_file_metadata({file})",
            $"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet({file}))",
            $"SELECT count(*) FROM read_parquet({file}) WHERE price < 0",
            $"SELECT count(*) FROM read_parquet({file}) WHERE side = 'CANCEL'");

        AssertRow(["ts", "1970-01-01 00:00:00.000000001", "1970-01-01 00:00:00.000000003", "0", "3", "ZSTD"], results[0][0]);
        AssertRow(["price", "-0.00000005", "7.00000000", "1", "3", "ZSTD"], results[0][1]);
        AssertRow(["side", "BUY", "SELL", "0", "3", "ZSTD"], results[0][2]);
        AssertRow(["scale", "8"], results[1][0]);
        AssertRow(["symbol", "BTCUSDT"], results[1][1]);
        AssertRow(["EventSourcedMM version 9.8.7", "3", "1"], results[2][0]);
        AssertRow(["price", "DECIMAL(18,8)"], results[3][1]);
        Assert.Equal("1", results[4][0][0]);
        Assert.Equal("0", results[5][0][0]);

        static void AssertRow(IEnumerable<string> expected, IEnumerable<string?> actual) => Assert.Equal(expected, actual);
    }

    [Fact]
    public void DuckDb_FileWithoutRowGroups_IsEmptyTable()
    {
        string path = _folder.File("empty.parquet");
        using (FileStream stream = File.Create(path))
        {
            using var writer = new ParquetWriter(stream, ParquetSchema.Flat(ParquetColumn.Int64("a")));
            writer.Finish();
        }

        Assert.Equal("0", DuckDb.Run($"SELECT count(*) FROM read_parquet({DuckDb.Quote(path)})")[0][0][0]);
    }
}
