namespace EventSourcedMM.Live.Binance;

/// <summary>What a venue message is.</summary>
public enum MessageKind
{
    /// <summary>Changed levels (stream depth).</summary>
    DepthDiff,

    /// <summary>One trade (stream trade).</summary>
    Trade,

    /// <summary>Fills of one taker order (stream aggTrade).</summary>
    AggregateTrade,

    /// <summary>Best bid and ask (stream bookTicker).</summary>
    BestQuote,

    /// <summary>The best levels (streams depth5, depth10, depth20).</summary>
    PartialBook,

    /// <summary>A book from GET /api/v3/depth: a bare body without envelope.</summary>
    BookSnapshot,

    /// <summary>Valid JSON that has no event of its own; kept word for word.</summary>
    Unknown,

    /// <summary>Not JSON, or a known message with a field that cannot be right; kept word for word with the reason.</summary>
    Malformed,

    /// <summary>A message of another symbol.</summary>
    OtherSymbol,
}
