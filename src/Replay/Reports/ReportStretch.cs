namespace EventSourcedMM.Replay.Reports;

/// <summary>Everything sampled in one stretch of time: smallest, largest and last.</summary>
/// <param name="time">First timer of it, in nanoseconds since the epoch.</param>
public sealed class ReportStretch(long time)
{
    private long timers;
    private long quoted;
    private long usableTimers;
    private double marketSpread;
    private double quotedSpread;
    private double variance;
    private long varianceTimers;

    /// <summary>First timer of it, in nanoseconds since the epoch.</summary>
    public long Time => time;

    /// <summary>Best bid plus best ask of the market, in price units; 0 without a usable book.</summary>
    public (long Low, long High, long Last) MidTwice { get; private set; }

    /// <summary>Our best bid at the end of it, in price units; 0 when none rested.</summary>
    public long Bid { get; private set; }

    /// <summary>Our best ask at the end of it, in price units; 0 when none rested.</summary>
    public long Ask { get; private set; }

    /// <summary>q, in quantity units.</summary>
    public (long Low, long High, long Last) Inventory { get; private set; }

    /// <summary>Equity relative to the start, in money.</summary>
    public (Int128 Low, Int128 High, Int128 Last) Equity { get; private set; }

    /// <summary>Highest equity so far, in money.</summary>
    public Int128 Peak { get; private set; }

    /// <summary>Mean spread of the market, in millionths of the mid; null without a usable book.</summary>
    public double? MarketSpreadPpm => usableTimers > 0 ? marketSpread / usableTimers : null;

    /// <summary>Mean distance of our quotes from one another, in millionths of the mid; null when not both rested.</summary>
    public double? QuotedSpreadPpm => quoted > 0 ? quotedSpread / quoted : null;

    /// <summary>Root of the mean σ², in quote per √second; null before it was ready.</summary>
    public double? Sigma => varianceTimers > 0 ? Math.Sqrt(variance / varianceTimers) : null;

    /// <summary>True when the book could be trusted at every timer of it.</summary>
    public bool Trusted => usableTimers == timers;

    /// <summary>Takes a timer's sample.</summary>
    public void Add(long midTwice, long spread, long bid, long ask, long inventory, Int128 equity, Int128 peak, double sigmaSquared, bool usable)
    {
        Inventory = timers == 0 ? (inventory, inventory, inventory) : (Math.Min(Inventory.Low, inventory), Math.Max(Inventory.High, inventory), inventory);
        Equity = timers == 0 ? (equity, equity, equity) : (Int128.Min(Equity.Low, equity), Int128.Max(Equity.High, equity), equity);
        (Peak, Bid, Ask) = (peak, bid, ask);
        timers++;
        if (sigmaSquared > 0)
        {
            variance += sigmaSquared;
            varianceTimers++;
        }

        if (!usable)
        {
            return;
        }

        MidTwice = usableTimers == 0 ? (midTwice, midTwice, midTwice) : (Math.Min(MidTwice.Low, midTwice), Math.Max(MidTwice.High, midTwice), midTwice);
        usableTimers++;
        marketSpread += 2e6 * spread / midTwice;
        if (bid > 0 && ask > 0)
        {
            quoted++;
            quotedSpread += 2e6 * (ask - bid) / midTwice;
        }
    }
}
