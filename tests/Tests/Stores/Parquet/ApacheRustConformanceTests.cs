using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>
/// Apache's Rust implementation, run by node out of tests/parquet-rs: a second independent reader and writer, and the
/// one that writes data pages of version 2 and every encoding, which DuckDB does not.
/// </summary>
public sealed class ApacheRustConformanceTests : IDisposable
{
    private static readonly NodeTool Tool = new("parquet-rs");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("V1", false)]
    [InlineData("V1", true)]
    [InlineData("V2", false)]
    [InlineData("V2", true)]
    public void Reader_EveryCodecAndEncoding_GivesEveryValue(string version, bool dictionary)
    {
        string[] codecs = ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4_RAW"];
        var encodings = new Dictionary<string, string>
        {
            ["id"] = "DELTA_BINARY_PACKED",
            ["holes"] = "DELTA_BINARY_PACKED",
            ["small"] = "BYTE_STREAM_SPLIT",
            ["real"] = "BYTE_STREAM_SPLIT",
            ["flag"] = "RLE",
            ["text"] = "DELTA_BYTE_ARRAY",
            ["few"] = "DELTA_LENGTH_BYTE_ARRAY",
        };
        Exchange result = Run(new
        {
            write = codecs.Select(codec => new { path = _folder.File(codec), version, compression = codec, dictionary, encodings = dictionary ? [] : encodings }),
        });

        foreach (string codec in codecs)
        {
            using ParquetReader reader = ParquetReader.Open(_folder.File(codec));
            Assert.Equal(2, reader.RowGroups.Count);
            Assert.Equal(version == "V1" ? PageType.Data : PageType.DataV2, FirstDataPage(_folder.File(codec), reader));
            foreach ((string name, string?[] expected) in result.Sample)
            {
                string?[] actual = reader.RowGroups.SelectMany(group => Column(reader, group.Index, name)).ToArray();
                Assert.True(expected.SequenceEqual(actual), $"{codec} {version} {name} differs at row {expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count()}");
            }

            string[] written = reader.RowGroups[0].Columns.SelectMany(chunk => chunk.Encodings).Distinct().Select(e => e.ToString()).ToArray();
            Assert.Superset(
                new HashSet<string>(dictionary ? ["RleDictionary", "Plain"] : ["DeltaBinaryPacked", "DeltaByteArray", "DeltaLengthByteArray", "ByteStreamSplit", "Rle"]),
                written.ToHashSet());
        }
    }

    [Fact]
    public void ApacheRust_OurFiles_ReadsEveryValue()
    {
        string[] kinds = ["int64", "uint64", "int32", "int16", "uint8", "double", "boolean", "text", "json"];
        var tables = new List<(string Path, TestTable Table)>();
        foreach (ParquetCompression codec in new[] { ParquetCompression.Uncompressed, ParquetCompression.Snappy, ParquetCompression.Gzip, ParquetCompression.Brotli, ParquetCompression.Zstd })
        {
            foreach (ParquetPageVersion version in new[] { ParquetPageVersion.V1, ParquetPageVersion.V2 })
            {
                for (int slot = 0; slot < 5; slot++)
                {
                    var table = new TestTable();
                    foreach (string kind in kinds)
                    {
                        ColumnCase one = ColumnCases.Named(kind);
                        table.Add(kind, one, false, one.Encodings[slot % one.Encodings.Length]);
                        table.Add(kind + "_null", one, true, one.Encodings[slot % one.Encodings.Length]);
                    }

                    table.Fill(slot, 300, 50);
                    string path = _folder.File($"{codec}-{version}-{slot}");
                    using FileStream stream = File.Create(path);
                    table.Write(stream, new ParquetWriterOptions { Compression = codec, PageVersion = version, PageRows = 90 });
                    tables.Add((path, table));
                }
            }
        }

        Exchange result = Run(new { read = tables.Select(t => t.Path) });
        for (int t = 0; t < tables.Count; t++)
        {
            int index = 0;
            foreach ((string name, ColumnCase kind) in tables[t].Table.Columns)
            {
                string?[] expected = tables[t].Table.Cells(index++).Select(cell => Show(kind.Name, cell)).ToArray();
                string?[] actual = result.Read[t][name];
                Assert.True(expected.SequenceEqual(actual), $"{Path.GetFileName(tables[t].Path)} {name} differs at row {expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count()}");
            }
        }
    }

    private static Exchange Run(object request) =>
        JsonSerializer.Deserialize<Exchange>(Tool.Run("exchange.mjs", JsonSerializer.Serialize(request)), JsonSerializerOptions.Web)!;

    private static PageType FirstDataPage(string path, ParquetReader reader)
    {
        long at = reader.RowGroups[0].Columns[0].Metadata.DataPageOffset;
        return PageHeaderCodec.Read(File.ReadAllBytes(path).AsSpan((int)at), new ParquetPlace(path), out _).Type;
    }

    private static string? Show(string kind, object? cell) => cell switch
    {
        null => null,
        double real when double.IsNaN(real) => "nan",
        double real => BitConverter.DoubleToUInt64Bits(real).ToString("x", CultureInfo.InvariantCulture),
        long unsigned when kind == "uint64" => unchecked((ulong)unsigned).ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture),
    };

    private static string?[] Column(ParquetReader reader, int group, string name) => name switch
    {
        "list" => Lists(reader, group, "list.list.element"),
        "bids" => Bids(reader, group),
        "real" => Cells("double", reader, group, name),
        "flag" => Cells("boolean", reader, group, name),
        "text" or "few" => Cells("text", reader, group, name),
        "small" => Cells("int32", reader, group, name),
        _ => Cells("int64", reader, group, name),
    };

    private static string?[] Cells(string kind, ParquetReader reader, int group, string name) =>
        ColumnCases.Named(kind).Read(reader, group, reader.Schema[name]).Select(cell => Show(kind, cell)).ToArray();

    private static string?[] Lists(ParquetReader reader, int group, string path)
    {
        (ParquetLists lists, string?[] values) = Nested(reader, group, path);
        return Rows(lists, e => values[e] ?? "null");
    }

    private static string?[] Bids(ParquetReader reader, int group)
    {
        (ParquetLists lists, string?[] prices) = Nested(reader, group, "bids.list.element.price");
        (_, string?[] quantities) = Nested(reader, group, "bids.list.element.qty");
        return Rows(lists, e => $"{{{prices[e]},{quantities[e] ?? "null"}}}");
    }

    private static (ParquetLists Lists, string?[] Elements) Nested(ParquetReader reader, int group, string path)
    {
        ParquetColumn column = reader.Schema[path];
        var data = new ParquetColumnData<long>();
        reader.Read(group, column, data);
        ParquetLists lists = ParquetLists.Of(reader, column, data);
        return (lists, lists.ValueIndices.Select(i => i < 0 ? null : data.Values[i].ToString(CultureInfo.InvariantCulture)).ToArray());
    }

    private static string?[] Rows(ParquetLists lists, Func<int, string> element)
    {
        ParquetListLevel level = lists.Levels[0];
        return Enumerable.Range(0, level.Count)
            .Select(row => level.IsNull[row]
                ? null
                : $"[{string.Join(",", Enumerable.Range(level.Offsets[row], level.Offsets[row + 1] - level.Offsets[row]).Select(element))}]")
            .ToArray();
    }

    private sealed record Exchange(Dictionary<string, string?[]> Sample, Dictionary<string, string?[]>[] Read);
}
