using System.Globalization;
using System.Text;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class WeReadDuckDbFilesTests : IDisposable
{
    private const int Rows = 5000;

    private const string CreateTable = """
        CREATE TABLE t AS SELECT
          i::BIGINT AS seq,
          CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 37) % 1000 - 500 END::INTEGER AS i32,
          CASE WHEN i % 11 = 0 THEN NULL ELSE i * 1000003 * (CASE WHEN i % 2 = 0 THEN -1 ELSE 1 END) END::BIGINT AS i64,
          (i % 5)::TINYINT AS i8, (i % 50000)::USMALLINT AS u16, (4294967295 - i)::UINTEGER AS u32, (18446744073709551615 - i)::UBIGINT AS u64,
          (i * 1.25 - 3000)::DECIMAL(4, 0) AS d4, (i * 1.25)::DECIMAL(9, 2) AS d9, (-i * 1.25)::DECIMAL(18, 8) AS d18,
          CASE WHEN i % 13 = 0 THEN NULL ELSE (i * -98765432109876.54321)::DECIMAL(38, 8) END AS d38,
          CASE WHEN i % 3 = 0 THEN NULL ELSE i / 3.0 END::DOUBLE AS dbl, (i / 7.0)::FLOAT AS flt,
          CASE WHEN i % 3 = 0 THEN NULL ELSE i % 2 = 0 END AS b, i < 4000 AS runs,
          'name' || (i % 10) AS few, CASE WHEN i % 9 = 0 THEN NULL ELSE 'unique' || i * i END AS uniq, NULL::VARCHAR AS nothing,
          (i::VARCHAR)::BLOB AS bytes, md5(i::VARCHAR)::UUID AS u, DATE '2024-01-01' + (i % 400)::INTEGER AS day,
          TIMESTAMP '2024-08-08' + INTERVAL (i) MILLISECOND AS us, (TIMESTAMP '2024-08-08' + INTERVAL (i) SECOND)::TIMESTAMP_MS AS ms,
          make_timestamp_ns(1723161253000000000 + i * 1234567) AS ns, make_timestamptz(1723161253000000 + i * 7) AS tz,
          CASE WHEN i % 6 = 0 THEN NULL WHEN i % 6 = 1 THEN [] ELSE [i, NULL, i + 1] END AS li,
          [{'price': (60000 + i % 100)::DECIMAL(18, 8), 'qty': i}, {'price': (60001 + i % 100)::DECIMAL(18, 8), 'qty': NULL}][1:i % 3] AS bids,
          CASE WHEN i % 4 = 0 THEN NULL WHEN i % 4 = 1 THEN [] WHEN i % 4 = 2 THEN [['a'], [], NULL] ELSE [['b' || i, NULL], ['c']] END AS levels,
          CASE WHEN i % 5 = 0 THEN NULL ELSE {'a': i, 'b': CASE WHEN i % 2 = 0 THEN NULL ELSE 'x' || i END} END AS s
        FROM range(
        """;

    private static readonly (string Column, string Sql, Func<ParquetReader, int, ParquetColumn, string?[]> Read)[] Flat =
    [
        ("seq", "seq::VARCHAR", Integers),
        ("i32", "i32::VARCHAR", Integers),
        ("i64", "i64::VARCHAR", Integers),
        ("i8", "i8::VARCHAR", Integers),
        ("u16", "u16::VARCHAR", Integers),
        ("u32", "u32::VARCHAR", Integers),
        ("u64", "u64::VARCHAR", (r, g, c) => Numbers<long>(r, g, c, v => unchecked((ulong)v).ToString(CultureInfo.InvariantCulture))),
        ("d4", "d4::VARCHAR", Decimals),
        ("d9", "d9::VARCHAR", Decimals),
        ("d18", "d18::VARCHAR", Decimals),
        ("d38", "d38::VARCHAR", Decimals),
        ("dbl", "dbl::VARCHAR", (r, g, c) => Numbers<double>(r, g, c, Reals)),
        ("flt", "flt::DOUBLE::VARCHAR", (r, g, c) => Numbers<float>(r, g, c, v => Reals(v))),
        ("b", "b::VARCHAR", (r, g, c) => Numbers<bool>(r, g, c, v => v ? "true" : "false")),
        ("runs", "runs::VARCHAR", (r, g, c) => Numbers<bool>(r, g, c, v => v ? "true" : "false")),
        ("few", "few", Texts),
        ("uniq", "uniq", Texts),
        ("nothing", "nothing", Texts),
        ("bytes", "hex(bytes)", Hex),
        ("u", "upper(replace(u::VARCHAR, '-', ''))", Hex),
        ("day", "(day - DATE '1970-01-01')::VARCHAR", Integers),
        ("us", "epoch_ns(us)::VARCHAR", Nanoseconds),
        ("ms", "epoch_ns(ms::TIMESTAMP)::VARCHAR", Nanoseconds),
        ("ns", "epoch_ns(ns)::VARCHAR", Nanoseconds),
        ("tz", "(epoch_us(tz) * 1000)::VARCHAR", Nanoseconds),
        ("s.a", "s.a::VARCHAR", Integers),
        ("s.b", "s.b", Texts),
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("V1")]
    [InlineData("V2")]
    public void Reader_EveryDuckDbCodec_GivesEveryValue(string version)
    {
        string[] codecs = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"];
        var statements = new List<string> { $"{CreateTable}{Rows}) r(i)" };
        statements.AddRange(codecs.Select(codec =>
            $"COPY t TO {DuckDb.Quote(_folder.File(codec))} (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"));
        statements.Add($"SELECT {string.Join(", ", Flat.Select(c => c.Sql))}, to_json(li)::VARCHAR, to_json(bids)::VARCHAR, to_json(levels)::VARCHAR FROM t");
        string?[][] expected = DuckDb.Run(statements)[^1];
        Assert.Equal(Rows, expected.Length);

        var encodings = new HashSet<ParquetEncoding>();
        foreach (string codec in codecs)
        {
            using ParquetReader reader = ParquetReader.Open(_folder.File(codec));
            Assert.Equal(Rows, reader.RowCount);
            Assert.Equal(3, reader.RowGroups.Count);
            Assert.False(reader.HasVerifiedFooter);
            Assert.StartsWith("DuckDB", reader.CreatedBy, StringComparison.Ordinal);
            encodings.UnionWith(reader.RowGroups.SelectMany(g => g.Columns).SelectMany(c => c.Encodings));
            for (int c = 0; c < Flat.Length; c++)
            {
                ParquetColumn column = reader.Schema[Flat[c].Column];
                string?[] actual = reader.RowGroups.SelectMany(g => Flat[c].Read(reader, g.Index, column)).ToArray();
                AssertColumn(expected.Select(row => row[c]), actual, $"{version} {codec} {Flat[c].Column}");
            }

            AssertColumn(expected.Select(row => row[Flat.Length]), Rendered(reader, RenderNumbers), $"{version} {codec} li");
            AssertColumn(expected.Select(row => row[Flat.Length + 1]), Rendered(reader, RenderBids), $"{version} {codec} bids");
            AssertColumn(expected.Select(row => row[Flat.Length + 2]), Rendered(reader, RenderLevels), $"{version} {codec} levels");
        }

        ParquetEncoding[] wanted = version == "V1"
            ? [ParquetEncoding.Plain, ParquetEncoding.PlainDictionary]
            : [ParquetEncoding.Plain, ParquetEncoding.RleDictionary, ParquetEncoding.DeltaBinaryPacked, ParquetEncoding.DeltaLengthByteArray, ParquetEncoding.ByteStreamSplit];
        Assert.Superset(wanted.ToHashSet(), encodings);
    }

    [Fact]
    public void Reader_DuckDbStatistics_BoundTheValues()
    {
        string path = _folder.File("statistics");
        DuckDb.Run("CREATE TABLE t AS SELECT i::BIGINT AS a, (1000 - i)::INTEGER AS b, i / 4.0 AS c FROM range(3000) r(i)", $"COPY t TO {DuckDb.Quote(path)} (FORMAT parquet)");

        using ParquetReader reader = ParquetReader.Open(path);
        ParquetChunk a = reader.RowGroups[0].Columns[0], b = reader.RowGroups[0].Columns[1];
        Assert.True(a.Statistics!.TryGetInt64(a.Column, out long lowest, out long highest));
        Assert.Equal((0, 2999), (lowest, highest));
        Assert.True(b.Statistics!.TryGetInt64(b.Column, out lowest, out highest));
        Assert.Equal((-1999, 1000), (lowest, highest));
    }

    private static void AssertColumn(IEnumerable<string?> expected, string?[] actual, string what)
    {
        int row = 0;
        foreach (string? text in expected)
        {
            if (!Same(text, actual[row]))
            {
                // Said only when it is so: the sentence costs more than the comparison, two million times.
                Assert.Fail($"{what}, row {row}: {actual[row]} where {text} belongs");
            }

            row++;
        }

        Assert.Equal(row, actual.Length);
    }

    // Reals are compared as numbers: the two programs spell them differently.
    private static bool Same(string? expected, string? actual) =>
        expected == actual || (actual is not null && expected is not null && actual.StartsWith('~')
            && double.Parse(expected, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture) == actual[1..]);

    private static string Reals(double value) => "~" + value.ToString("R", CultureInfo.InvariantCulture);

    private static string?[] Integers(ParquetReader reader, int group, ParquetColumn column)
    {
        var data = new ParquetColumnData<long>();
        reader.ReadIntegers(group, column, data);
        return Spread(column, data, i => data.Values[i].ToString(CultureInfo.InvariantCulture));
    }

    private static string?[] Nanoseconds(ParquetReader reader, int group, ParquetColumn column)
    {
        var data = new ParquetColumnData<long>();
        reader.ReadUnixNanoseconds(group, column, data);
        return Spread(column, data, i => data.Values[i].ToString(CultureInfo.InvariantCulture));
    }

    private static string?[] Decimals(ParquetReader reader, int group, ParquetColumn column)
    {
        var data = new ParquetColumnData<Int128>();
        reader.ReadUnscaled(group, column, data, out int scale);
        return Spread(column, data, i => Decimal(data.Values[i], scale));
    }

    private static string?[] Numbers<T>(ParquetReader reader, int group, ParquetColumn column, Func<T, string> text)
        where T : unmanaged
    {
        var data = new ParquetColumnData<T>();
        reader.Read(group, column, data);
        return Spread(column, data, i => text(data.Values[i]));
    }

    private static string?[] Texts(ParquetReader reader, int group, ParquetColumn column)
    {
        var data = new ParquetByteColumnData();
        reader.Read(group, column, data);
        return Spread(column, data, data.Values.GetString);
    }

    private static string?[] Hex(ParquetReader reader, int group, ParquetColumn column)
    {
        var data = new ParquetByteColumnData();
        reader.Read(group, column, data);
        return Spread(column, data, i => Convert.ToHexString(data.Values[i]));
    }

    private static string?[] Spread(ParquetColumn column, ParquetColumnData data, Func<int, string> text) =>
        NumberCase<int>.Spread(column, data, text).Cast<string?>().ToArray();

    private static string Decimal(Int128 unscaled, int scale)
    {
        string digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        string sign = unscaled < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    private static string?[] Rendered(ParquetReader reader, Func<ParquetReader, int, IEnumerable<string?>> render) =>
        reader.RowGroups.SelectMany(group => render(reader, group.Index)).ToArray();

    private static IEnumerable<string?> RenderNumbers(ParquetReader reader, int group)
    {
        ParquetColumn column = reader.Schema["li.list.element"];
        var data = new ParquetColumnData<long>();
        reader.Read(group, column, data);
        ParquetLists lists = ParquetLists.Of(reader, column, data);
        return Enumerable.Range(0, lists.Levels[0].Count).Select(row =>
            Render(lists.Levels[0], row, e => lists.ValueIndices[e] < 0 ? "null" : data.Values[lists.ValueIndices[e]].ToString(CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<string?> RenderBids(ParquetReader reader, int group)
    {
        ParquetColumn price = reader.Schema["bids.list.element.price"], quantity = reader.Schema["bids.list.element.qty"];
        var prices = new ParquetColumnData<long>();
        var quantities = new ParquetColumnData<long>();
        reader.Read(group, price, prices);
        reader.Read(group, quantity, quantities);
        ParquetLists first = ParquetLists.Of(reader, price, prices), second = ParquetLists.Of(reader, quantity, quantities);
        Assert.Equal(first.Levels[0].Offsets, second.Levels[0].Offsets);
        return Enumerable.Range(0, first.Levels[0].Count).Select(row => Render(first.Levels[0], row, e =>
        {
            int p = first.ValueIndices[e], q = second.ValueIndices[e];
            string qty = q < 0 ? "null" : quantities.Values[q].ToString(CultureInfo.InvariantCulture);
            return $"{{\"price\":{Decimal(prices.Values[p], 8)},\"qty\":{qty}}}";
        }));
    }

    private static IEnumerable<string?> RenderLevels(ParquetReader reader, int group)
    {
        ParquetColumn column = reader.Schema["levels.list.element.list.element"];
        var data = new ParquetByteColumnData();
        reader.Read(group, column, data);
        ParquetLists lists = ParquetLists.Of(reader, column, data);
        return Enumerable.Range(0, lists.Levels[0].Count).Select(row =>
            Render(lists.Levels[0], row, inner =>
                Render(lists.Levels[1], inner, e => lists.ValueIndices[e] < 0 ? "null" : $"\"{data.Values.GetString(lists.ValueIndices[e])}\"") ?? "null"));
    }

    private static string? Render(ParquetListLevel level, int list, Func<int, string> element)
    {
        if (level.IsNull[list])
        {
            return null;
        }

        var text = new StringBuilder("[");
        for (int e = level.Offsets[list]; e < level.Offsets[list + 1]; e++)
        {
            text.Append(e > level.Offsets[list] ? "," : "").Append(element(e));
        }

        return text.Append(']').ToString();
    }
}
