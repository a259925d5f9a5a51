using System.Globalization;
using EventSourcedMM.Stores.Parquet;

/// <summary>
/// Where decoding a file goes, column by column: what is in the pages copied (the floor), the pages checked by their checksum,
/// uncompressed, and decoded from the file on. Of several rounds the least CPU time of each.
/// </summary>
internal static class ColumnCost
{
    private static readonly ParquetPlace Place = new("page");

    public static void Print(string path, int rounds)
    {
        var file = File.ReadAllBytes(path);
        using var reader = ParquetReader.Open(file, path);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {reader.RowCount:N0} rows in {reader.RowGroups.Count} groups, {file.Length / 1e6:0.0} MB; milliseconds of CPU time"));
        Console.WriteLine($"{"column",-18}{"stored MB",10}{"plain MB",10}{"copied",9}{"checksum",9}{"inflated",9}{"decoded",9}  encodings");
        var total = new double[4];
        foreach (var column in reader.Schema.Columns)
        {
            var pages = Pages(file, reader, column).ToArray();
            var source = new byte[pages.Max(p => p.Header.UncompressedBytes)];
            var target = new byte[pages.Max(p => p.Header.UncompressedBytes)];
            var codec = reader.RowGroups[0].Columns[column.Index].Compression;
            var least = new[] { double.MaxValue, double.MaxValue, double.MaxValue, double.MaxValue };
            for (var round = 0; round < rounds; round++)
            {
                Least(ref least[0], () => Each(pages, file, (stored, plain) => source.AsSpan(0, plain).CopyTo(target)));
                Least(ref least[1], () => Each(pages, file, (stored, plain) => System.IO.Hashing.Crc32.HashToUInt32(stored)));
                Least(ref least[2], () => Each(pages, file, (stored, plain) => PageDecompressor.Decompress(codec, stored, target.AsSpan(0, plain), Place)));
                Least(ref least[3], () => Decode(reader, column));
            }

            for (var i = 0; i < least.Length; i++)
            {
                total[i] += least[i];
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{column.Name,-18}{pages.Sum(p => (long)p.Header.StoredBytes) / 1e6,10:0.0}{pages.Sum(p => (long)p.Header.UncompressedBytes) / 1e6,10:0.0}{Figures(least)}  {string.Join("+", reader.RowGroups[0].Columns[column.Index].Encodings)}"));
        }

        Console.WriteLine($"{"all",-38}{Figures(total)}");
    }

    private static string Figures(double[] milliseconds) =>
        string.Concat(milliseconds.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m,9:0}")));

    private static IEnumerable<(PageHeader Header, int Start)> Pages(byte[] file, ParquetReader reader, ParquetColumn column)
    {
        foreach (var group in reader.RowGroups)
        {
            var chunk = group.Columns[column.Index].Metadata;
            for (var at = (int)chunk.Start; at < chunk.Start + chunk.StoredBytes;)
            {
                var header = PageHeaderCodec.Read(file.AsSpan(at), Place, out var length);
                yield return (header, at + length);
                at += length + header.StoredBytes;
            }
        }
    }

    private static void Each((PageHeader Header, int Start)[] pages, byte[] file, Work work)
    {
        foreach (var (header, start) in pages)
        {
            work(file.AsSpan(start, header.StoredBytes), header.UncompressedBytes);
        }
    }

    private static void Decode(ParquetReader reader, ParquetColumn column)
    {
        switch (column.PhysicalType)
        {
            case ParquetPhysicalType.Boolean: Decode<bool>(reader, column); break;
            case ParquetPhysicalType.Int32: Decode<int>(reader, column); break;
            case ParquetPhysicalType.Int64: Decode<long>(reader, column); break;
            case ParquetPhysicalType.Double: Decode<double>(reader, column); break;
            default: break;
        }
    }

    private static void Decode<T>(ParquetReader reader, ParquetColumn column)
        where T : unmanaged
    {
        var data = new ParquetColumnData<T>();
        for (var group = 0; group < reader.RowGroups.Count; group++)
        {
            using var pages = reader.OpenColumn<T>(group, column);
            while (pages.ReadPage(data, out _))
            {
                data.Clear();
            }
        }
    }

    private static void Least(ref double least, Action run)
    {
        var before = Environment.CpuUsage.TotalTime;
        run();
        least = Math.Min(least, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
    }

    private delegate void Work(ReadOnlySpan<byte> stored, int plain);
}
