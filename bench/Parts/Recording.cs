using System.IO.Compression;
using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Bench.Parts;

/// <summary>The bundled BTCUSDT recording as the benchmarks take it: lines in memory, and the levels of its diffs.</summary>
internal sealed class Recording
{
    private Recording(IReadOnlyList<(long Stamp, byte[] Message)> lines)
    {
        Lines = lines;
        var parser = new StreamParser(Instrument);
        var diffs = new List<Level[]>();
        foreach (var (_, message) in lines)
        {
            if (parser.Parse(message) == MessageKind.DepthDiff)
            {
                diffs.Add([.. parser.Message.DepthDiff.Bids.Span, .. parser.Message.DepthDiff.Asks.Span]);
                Bids.Add(parser.Message.DepthDiff.Bids.Count);
            }
        }

        Diffs = diffs;
    }

    /// <summary>The instrument, as the recording's own values fit it.</summary>
    public static Instrument Instrument { get; } = new Instrument { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1_000_000, Lot = 1_000, MinQuantity = 1_000, MinNotional = (Int128)5 * 100_000_000 * 100_000_000 }.Validated();

    /// <summary>Receive stamp and message of every line.</summary>
    public IReadOnlyList<(long Stamp, byte[] Message)> Lines { get; }

    /// <summary>Levels of every diff, bids first.</summary>
    public IReadOnlyList<Level[]> Diffs { get; }

    /// <summary>How many levels of each diff are bids.</summary>
    public List<int> Bids { get; } = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="DirectoryNotFoundException">data/sample is not above the program.</exception>
    public static Recording Read(int most = int.MaxValue)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        const string folder = "data/sample/binance-spot-btcusdt-2024-08-08";
        while (!Directory.Exists(Path.Combine(root.FullName, folder)))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException($"There is no {folder} above {AppContext.BaseDirectory}.");
        }

        var lines = new List<(long, byte[])>();
        foreach (var file in Directory.GetFiles(Path.Combine(root.FullName, folder), "*.gz").Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
            while (lines.Count < most && text.ReadLine() is { } line)
            {
                var cut = line.IndexOf(' ', StringComparison.Ordinal);
                lines.Add((long.Parse(line.AsSpan(0, cut), System.Globalization.CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(line[(cut + 1)..])));
            }
        }

        return new Recording(lines);
    }
}
