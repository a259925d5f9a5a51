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

    /// <summary>A quiet bucket behind another: it goes on with the prices.</summary>
    /// <param name="before">The one before.</param>
    /// <param name="trusted">True when the book can be trusted.</param>
    public static MarketBucket After(in MarketBucket before, bool trusted)
    {
        var middle = before.Bid > 0 ? before.Bid + before.Ask : 0;
        return new MarketBucket { Low = middle, High = middle, Bid = before.Bid, Ask = before.Ask, Sequence = before.Sequence, Trusted = trusted };
    }

    /// <summary>True when it only goes on with the one before.</summary>
    public readonly bool GoesOn(in MarketBucket before)
    {
        var quiet = After(before, Trusted);
        return (Low, High, Bid, Ask, Sequence, Volume) == (quiet.Low, quiet.High, quiet.Bid, quiet.Ask, quiet.Sequence, 0);
    }
}
