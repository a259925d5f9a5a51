using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Stores.Parquet;

// Decodes six 64-bit columns shaped like a day of exploded depth diffs and prints rows and values a second of CPU time,
// beside the floor (summing the same values in memory). Arguments: rows in millions (default 40); or
//   columns FILE… [rounds]    where decoding a file of an archive goes, column by column
if (args.Length > 1 && args[0] == "columns")
{
    int rounds = int.TryParse(args[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 5;
    foreach (string path in args[1..].Where(File.Exists))
    {
        ColumnCost.Print(path, rounds);
    }

    return;
}

decimal millions = args.Length > 0 ? decimal.Parse(args[0], CultureInfo.InvariantCulture) : 40;
const int GroupRows = 128 * 1024;
int groups = (int)(millions * 1_000_000 / GroupRows);
string folder = Directory.CreateTempSubdirectory("parquet-bench").FullName;
try
{
    Console.WriteLine($"{(long)groups * GroupRows:N0} rows of 6 columns, {Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, AVX2 {System.Runtime.Intrinsics.X86.Avx2.IsSupported}");
    foreach ((ParquetCompression codec, ParquetEncoding? encoding) in Bench.Variants)
    {
        string path = Path.Combine(folder, $"day-{codec}.parquet");
        var clock = Stopwatch.StartNew();
        Bench.Write(path, codec, encoding, groups, GroupRows);
        Console.WriteLine($"{codec}, {(encoding is null ? "encoding by size" : encoding)}: written in {clock.Elapsed.TotalSeconds:F1} s, {new FileInfo(path).Length / 1e6:F0} MB");
        for (int run = 0; run < 3; run++)
        {
            (double seconds, double wall, long sum) = Bench.Decode(path);
            double rows = (double)groups * GroupRows;
            Console.WriteLine($"  decode {seconds:F3} CPU s ({wall:F3} s): {rows / seconds / 1e6:F0} M rows/s, {6 * rows / seconds / 1e6:F0} M values/s (sum {sum})");
        }

        foreach (string column in Bench.Columns)
        {
            Console.WriteLine($"  {column,-14} {Bench.DecodeColumn(path, column, out string used) / 1e6,6:F0} M values/s  {used}");
        }

        File.Delete(path);
    }

    Console.WriteLine($"floor, summing in memory: {Bench.Floor((long)groups * GroupRows) / 1e6:F0} M values/s");
}
finally
{
    Directory.Delete(folder, recursive: true);
}
