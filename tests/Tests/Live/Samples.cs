using System.IO.Compression;

namespace EventSourcedMM.Tests.Live;

/// <summary>The recordings that ship with the program.</summary>
internal static class Samples
{
    public static readonly string Root = FindRoot();

    public static readonly string[] Nexo =
    [
        Path.Combine(Root, "binance-spot-nexousdt-2024-07-24", "nexousdt_20240723.dat.gz"),
        Path.Combine(Root, "binance-spot-nexousdt-2024-07-24", "nexousdt_20240724.dat.gz"),
    ];

    public static readonly string[] Btc =
    [
        Path.Combine(Root, "binance-spot-btcusdt-2024-08-08", "btcusdt_20240808.gz"),
        Path.Combine(Root, "binance-spot-btcusdt-2024-08-08", "btcusdt_20240809.gz"),
    ];

    /// <summary>Lines of a recording's files in order, without line breaks.</summary>
    public static IEnumerable<string> Lines(params string[] files)
    {
        foreach (var file in files)
        {
            using var text = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
            while (text.ReadLine() is { } line)
            {
                yield return line;
            }
        }
    }

    /// <summary>The message of a line, without its stamp.</summary>
    public static string MessageOf(string line) => line[(line.IndexOf(' ') + 1)..];

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var candidate = Path.Combine(directory.FullName, "data", "sample");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("data/sample is not above the test program.");
    }
}
