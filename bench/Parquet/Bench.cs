using System.Diagnostics;
using EventSourcedMM.Stores.Parquet;

/// <summary>The measured work: writing a synthetic day, decoding it.</summary>
internal static class Bench
{
    public static readonly string[] Columns = ["recv", "venue", "first_id", "last_id", "price", "quantity"];

    /// <summary>Codecs, each with the encoding chosen by size and with delta for every column.</summary>
    public static readonly (ParquetCompression Codec, ParquetEncoding? Encoding)[] Variants =
    [
        (ParquetCompression.Uncompressed, null),
        (ParquetCompression.Uncompressed, ParquetEncoding.DeltaBinaryPacked),
        (ParquetCompression.Snappy, null),
        (ParquetCompression.Zstd, null),
        (ParquetCompression.Zstd, ParquetEncoding.DeltaBinaryPacked),
    ];

    /// <summary>Writes a synthetic day of six columns.</summary>
    public static void Write(string path, ParquetCompression codec, ParquetEncoding? encoding, int groups, int groupRows)
    {
        ParquetSchema schema = ParquetSchema.Flat(
            ParquetColumn.Int64("recv", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Nanoseconds)),
            ParquetColumn.Int64("venue", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Microseconds)),
            ParquetColumn.Int64("first_id"),
            ParquetColumn.Int64("last_id"),
            ParquetColumn.Int64("price", new ParquetLogicalType.Decimal(18, 8)),
            ParquetColumn.Int64("quantity", new ParquetLogicalType.Decimal(18, 8)));
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions
        {
            Compression = codec,
            Encodings = encoding is null ? new Dictionary<string, ParquetEncoding>() : Columns.ToDictionary(name => name, _ => encoding.Value),
        });
        var random = new Random(7);
        long[][] columns = Enumerable.Range(0, 6).Select(_ => new long[groupRows]).ToArray();
        long recv = 1_723_075_200_000_000_000, venue = 1_723_075_200_000_000, id = 50_000_000_000, last = id, price = 6_000_000_000_000;
        int left = 0;
        for (int g = 0; g < groups; g++)
        {
            for (int i = 0; i < groupRows; i++)
            {
                // One diff explodes into about 46 rows that share stamps and ids; prices step through the book.
                if (left-- == 0)
                {
                    left = random.Next(1, 92);
                    recv += 100_000_000 + random.Next(2_000_000);
                    venue += 100_000 + random.Next(1000);
                    id = last + 1;
                    last = id + random.Next(200);
                    price = 6_000_000_000_000 + (random.Next(-50_000, 50_000) * 1_000_000L);
                }

                price += random.Next(1, 400) * 1_000_000L;
                columns[0][i] = recv;
                columns[1][i] = venue;
                columns[2][i] = id;
                columns[3][i] = last;
                columns[4][i] = price;
                columns[5][i] = random.Next(3) == 0 ? 0 : random.Next(1, 200_000) * 1000L;
            }

            writer.BeginRowGroup(groupRows);
            for (int c = 0; c < 6; c++)
            {
                writer.Write<long>(schema.Columns[c], columns[c]);
            }

            writer.EndRowGroup();
        }

        writer.Finish();
    }

    /// <summary>Decodes every column of every row group.</summary>
    /// <returns>CPU seconds of the whole process (the machine may be shared, so the clock on the wall says little), wall seconds, and a checksum.</returns>
    public static (double CpuSeconds, double WallSeconds, long Sum) Decode(string path)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        using ParquetReader reader = ParquetReader.Open(path);
        ParquetColumnData<long>[] data = Columns.Select(_ => new ParquetColumnData<long>()).ToArray();
        long sum = 0;
        for (int g = 0; g < reader.RowGroups.Count; g++)
        {
            for (int c = 0; c < data.Length; c++)
            {
                reader.Read(g, reader.Schema.Columns[c], data[c]);
                sum ^= data[c].Values[^1];
            }
        }

        return ((Environment.CpuUsage.TotalTime - before).TotalSeconds, clock.Elapsed.TotalSeconds, sum);
    }

    /// <summary>Values a CPU second of one column.</summary>
    public static double DecodeColumn(string path, string column, out string encoding)
    {
        using ParquetReader reader = ParquetReader.Open(path);
        ParquetColumn wanted = reader.Schema[column];
        encoding = string.Join("+", reader.RowGroups[0].Columns[wanted.Index].Encodings);
        var data = new ParquetColumnData<long>();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int g = 0; g < reader.RowGroups.Count; g++)
        {
            reader.Read(g, wanted, data);
        }

        return reader.RowCount / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    /// <summary>Values a CPU second of merely summing them in memory.</summary>
    /// <param name="rows">Rows of six values; no more than ten million are summed.</param>
    public static double Floor(long rows)
    {
        var values = new long[6 * (int)Math.Min(rows, 10_000_000)];
        long sum = 0;
        Array.Fill(values, 3);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        foreach (long value in values)
        {
            sum = unchecked(sum + value);
        }

        double rate = values.Length / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        return sum == 0 ? 0 : rate;
    }
}
