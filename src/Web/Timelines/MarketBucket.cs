namespace EventSourcedMM.Web.Timelines;

/// <summary>What a market did in a quarter of a second: the base of every zoom level. Prices in price units.</summary>
internal struct MarketBucket
{
    /// <summary>Length in nanoseconds.</summary>
    public const long Length = 250_000_000;

    /// <summary>Smallest best bid plus best ask; 0 without a usable book.</summary>
    public long Low;

    /// <summary>Largest best bid plus best ask; 0 without a usable book.</summary>
    public long High;

    /// <summary>Best bid at its end; 0 without a usable book.</summary>
    public long Bid;

    /// <summary>Best ask at its end; 0 without a usable book.</summary>
    public long Ask;

    /// <summary>Last event up to its end.</summary>
    public long Sequence;

    /// <summary>Quantity traded in it.</summary>
    public long Volume;

    /// <summary>True when the book could be trusted all the time.</summary>
    public bool Trusted;
}
