namespace EventSourcedMM.Live.Capturing;

/// <summary>A kind of stream that is recorded.</summary>
public enum CaptureStream
{
    /// <summary>Diffs every 100 ms, with snapshots from REST.</summary>
    Depth,

    /// <summary>The best 5 levels every 100 ms.</summary>
    Depth5,

    /// <summary>The best 10 levels every 100 ms.</summary>
    Depth10,

    /// <summary>The best 20 levels every 100 ms.</summary>
    Depth20,

    /// <summary>Every trade.</summary>
    Trade,

    /// <summary>Fills of one taker order.</summary>
    AggregateTrade,

    /// <summary>Every change of the best quote.</summary>
    BookTicker,
}

/// <summary>Names of streams as users write them and as the venue does.</summary>
public static class CaptureStreams
{
    private static readonly (CaptureStream Kind, string Name, string VenueName)[] Names =
    [
        (CaptureStream.Depth, "depth", "depth@100ms"),
        (CaptureStream.Depth5, "depth5", "depth5@100ms"),
        (CaptureStream.Depth10, "depth10", "depth10@100ms"),
        (CaptureStream.Depth20, "depth20", "depth20@100ms"),
        (CaptureStream.Trade, "trade", "trade"),
        (CaptureStream.AggregateTrade, "aggTrade", "aggTrade"),
        (CaptureStream.BookTicker, "bookTicker", "bookTicker"),
    ];

    /// <summary>depth, depth20, trade and bookTicker.</summary>
    public static IReadOnlyList<CaptureStream> Usual { get; } = [CaptureStream.Depth, CaptureStream.Depth20, CaptureStream.Trade, CaptureStream.BookTicker];

    /// <summary>Reads a list such as depth,trade.</summary>
    /// <exception cref="FormatException">Names what is no stream.</exception>
    public static IReadOnlyList<CaptureStream> Parse(string text)
    {
        var streams = new List<CaptureStream>();
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = Array.FindIndex(Names, n => n.Name == name);
            if (at < 0)
            {
                throw new FormatException($"'{name}' is not a stream; it is one of {string.Join(", ", Names.Select(n => n.Name))}.");
            }

            if (!streams.Contains(Names[at].Kind))
            {
                streams.Add(Names[at].Kind);
            }
        }

        return streams.Count > 0 ? streams : throw new FormatException("No stream is named; write depth,depth20,trade,bookTicker.");
    }

    /// <summary>The venue's name of a symbol's stream, such as btcusdt@depth@100ms.</summary>
    public static string Of(string symbol, CaptureStream stream) =>
        symbol.ToLowerInvariant() + "@" + Array.Find(Names, n => n.Kind == stream).VenueName;

    /// <summary>Names as users write them.</summary>
    public static string Text(IEnumerable<CaptureStream> streams) =>
        string.Join(',', streams.Select(s => Array.Find(Names, n => n.Kind == s).Name));
}
