using EventSourcedMM.Projections.Books;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>One column of a chart: what was so at its end, and how far it went within it. Prices in price units, 0 for none.</summary>
internal sealed class SeriesColumn
{
    private bool started;

    /// <summary>Number of the column in its window.</summary>
    public long Index { get; init; }

    /// <summary>Engine time of its end.</summary>
    public long Time { get; set; }

    /// <summary>Smallest best bid plus best ask.</summary>
    public long Low { get; set; }

    /// <summary>Largest best bid plus best ask.</summary>
    public long High { get; set; }

    /// <summary>Best bid of the market.</summary>
    public long Bid { get; set; }

    /// <summary>Best ask of the market.</summary>
    public long Ask { get; set; }

    /// <summary>Quantity traded.</summary>
    public long Volume { get; set; }

    /// <summary>True when the book could be trusted all the time.</summary>
    public bool Trusted { get; set; }

    /// <summary>True within the run's window.</summary>
    public bool InRun { get; set; }

    /// <summary>Base held.</summary>
    public long Position { get; set; }

    /// <summary>Our best bid.</summary>
    public long OurBid { get; set; }

    /// <summary>Our best ask.</summary>
    public long OurAsk { get; set; }

    /// <summary>Equity at the mid, in money.</summary>
    public Int128? Pnl { get; set; }

    /// <summary>Smallest equity, with what was held at the end.</summary>
    public Int128? PnlLow { get; set; }

    /// <summary>Largest equity, with what was held at the end.</summary>
    public Int128? PnlHigh { get; set; }

    /// <summary>Fall from the peak at the last mark, in money.</summary>
    public Int128? Drawdown { get; set; }

    /// <summary>σ as the last decision saw it, in quote per √second.</summary>
    public double? Sigma { get; set; }

    /// <summary>The market after an event.</summary>
    public static SeriesColumn Of(BookFold fold)
    {
        var usable = fold.Tracker.IsUsable();
        var (bid, ask) = usable ? (fold.Tracker.Book.Bids.BestPrice, fold.Tracker.Book.Asks.BestPrice) : (0, 0);
        return new SeriesColumn { Time = fold.ReceiveTime, Low = bid + ask, High = bid + ask, Bid = bid, Ask = ask, Trusted = usable };
    }

    /// <summary>Takes a bucket that follows.</summary>
    public void Add(in MarketBucket bucket, long until)
    {
        Trusted = bucket.Trusted && (Trusted || !started);
        started = true;
        Time = until;
        (Bid, Ask) = (bucket.Bid, bucket.Ask);
        Volume += bucket.Volume;
        if (bucket.Low > 0)
        {
            Low = Low == 0 ? bucket.Low : Math.Min(Low, bucket.Low);
            High = Math.Max(High, bucket.High);
        }
    }

    /// <summary>True when best prices and trust are the same.</summary>
    public bool SameMarket(SeriesColumn other) => (Bid, Ask, Trusted) == (other.Bid, other.Ask, other.Trusted);

    /// <summary>The same market at a later time.</summary>
    public SeriesColumn At(long time) => new() { Time = time, Low = Low, High = High, Bid = Bid, Ask = Ask, Trusted = Trusted };
}
