namespace EventSourcedMM.VenueSim.Streams;

/// <summary>What a stream carries.</summary>
internal enum TopicKind
{
    /// <summary>A stream that the venue does not serve. As on Binance it can be subscribed to and stays silent.</summary>
    Unknown,

    /// <summary>@depth@100ms: the recorded diffs.</summary>
    Diffs,

    /// <summary>@depth: diffs merged over a second.</summary>
    DiffsBySecond,

    /// <summary>@depthN@100ms: best levels after each diff.</summary>
    Partial,

    /// <summary>@depthN: best levels once a second.</summary>
    PartialBySecond,

    /// <summary>@trade.</summary>
    Trade,

    /// <summary>@aggTrade.</summary>
    AggregateTrade,

    /// <summary>@bookTicker.</summary>
    BestQuote,
}
