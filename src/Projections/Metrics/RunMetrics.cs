using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>The metrics of a run as a fold beside the engine; docs/model.md gives each definition and formula.</summary>
public sealed partial class RunMetrics : IRunObserver
{
    private Ledger ledger = new();
    private readonly MarkSeries marks = new();
    private Int128 quotedSpread;
    private Int128 quotedMid;
    private Int128 marketSpread;
    private Int128 marketMidTwice;
    private double varianceSum;
    private long varianceSamples;

    /// <summary>PnL increments; null before the run started.</summary>
    public PnlSeries? Pnl { get; private set; }

    /// <summary>Distribution of q; null before the run started.</summary>
    public InventoryStatistics? Inventory { get; private set; }

    /// <summary>PnL and position at every mark.</summary>
    public MarkSeries Marks => marks;

    /// <summary>Mark-outs.</summary>
    public Markouts Markouts { get; } = new();

    /// <summary>Orders placed.</summary>
    public long OrdersPlaced { get; private set; }

    /// <summary>Quantity placed, in quantity units.</summary>
    public Int128 QuantityPlaced { get; private set; }

    /// <summary>Fills.</summary>
    public long Fills { get; private set; }

    /// <summary>Quantity filled, in quantity units.</summary>
    public Int128 QuantityFilled { get; private set; }

    /// <summary>Sum of price × quantity of fills, in money.</summary>
    public Int128 Turnover { get; private set; }

    /// <summary>Sum of side × (mid − price) × quantity with the mid just after the event that filled us, in money.</summary>
    public Int128 SpreadCaptured { get; private set; }

    /// <summary>Fills that reduced the position: closed round trips by average cost.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>Round trips that gained after both legs' fees.</summary>
    public long RoundTripsWon { get; private set; }

    /// <summary>Timers at which both of our sides rested.</summary>
    public long TimersQuoted { get; private set; }

    /// <summary>All timers.</summary>
    public long Timers { get; private set; }

    /// <summary>Timers at which the book could not be quoted on.</summary>
    public long TimersUntrusted { get; private set; }

    /// <summary>Timers at which the book could be quoted on.</summary>
    public long MarketSamples => Timers - TimersUntrusted;

    /// <summary>Mean σ² over the timers at which it was ready, in quote² per second; 0 when it never was.</summary>
    public double MeanVariance => varianceSamples == 0 ? 0 : varianceSum / varianceSamples;

    /// <summary>Won round trips over all; null without any.</summary>
    public double? HitRate => RoundTrips == 0 ? null : (double)RoundTripsWon / RoundTrips;

    /// <summary>Quantity filled over quantity placed, 0 to 1.</summary>
    public double FillRatio => QuantityPlaced == 0 ? 0 : (double)QuantityFilled / (double)QuantityPlaced;

    /// <summary>Our quoted spread over the mid, mean over the timers at which both sides rested, in millionths.</summary>
    public double QuotedSpreadPpm => quotedMid == 0 ? 0 : 1e6 * (double)quotedSpread / (double)quotedMid;

    /// <summary>Twice the captured spread over the turnover, in millionths: comparable to the quoted spread.</summary>
    public double CapturedSpreadPpm => Turnover == 0 ? 0 : 2e6 * (double)SpreadCaptured / (double)Turnover;

    /// <summary>Mean spread of the market over the timers, in quote.</summary>
    public double MarketSpread(Instrument instrument) => MarketSamples == 0 ? 0 : (double)marketSpread / MarketSamples / instrument.PriceScale.Factor;

    /// <summary>Mean mid of the market over the timers, in quote.</summary>
    public double MarketMid(Instrument instrument) => MarketSamples == 0 ? 0 : (double)marketMidTwice / MarketSamples / 2 / instrument.PriceScale.Factor;

    /// <inheritdoc/>
    public void Started(EngineState state)
    {
        Begin(state);
        Inventory!.Held(state.Inventory, state.Now);
    }

    /// <inheritdoc/>
    public void Timer(EngineState state, long due)
    {
        Timers++;
        if (due % state.Setup!.Parameters.MarkStep == 0)
        {
            // Without a mid the last observed equity stands.
            Pnl!.Mark(state.Risk.Equity);
            marks.Add(new MarkPoint(due, state.Risk.Equity, state.Ledger.Position, Fills, state.BookUsable ? state.MidTwice : 0));
        }

        if (!state.BookUsable)
        {
            TimersUntrusted++;
            return;
        }

        var midTwice = state.MidTwice;
        Markouts.Observe(due, midTwice);
        marketSpread += state.BestAsk - state.BestBid;
        marketMidTwice += midTwice;
        if (state.Volatility!.IsReady)
        {
            varianceSum += state.Volatility.Variance;
            varianceSamples++;
        }

        if (BestQuotes(state) is var (bid, ask) && bid > 0 && ask > 0)
        {
            TimersQuoted++;
            quotedSpread += 2 * (ask - bid);
            quotedMid += midTwice;
        }
    }

    /// <inheritdoc/>
    public void Filling(EngineState state, in OrderFilled fill)
    {
        Inventory!.Held(state.Inventory, state.Now);
        Fills++;
        QuantityFilled += fill.Quantity;
        Turnover += Math.BigMul(fill.Price, fill.Quantity);
        if (state.HasMarket)
        {
            var gain = (Int128)(state.MidTwice - (2 * fill.Price)) * fill.Quantity;
            SpreadCaptured += Division.Divide(fill.Side == Side.Bid ? gain : -gain, 2, Rounding.Down);
        }

        Markouts.Add(state.Now, fill);
        var closed = ledger.Apply(fill);
        if (closed.Quantity > 0)
        {
            RoundTrips++;
            if (closed.Net > 0)
            {
                RoundTripsWon++;
            }
        }
    }

    /// <inheritdoc/>
    public void Placed(EngineState state, in OrderRequest request)
    {
        OrdersPlaced++;
        QuantityPlaced += request.Quantity;
    }

    /// <summary>The run ended: the last inventory was held until now.</summary>
    public void Finish(EngineState state) => Inventory?.Held(state.Inventory, state.Now);

    private void Begin(EngineState state)
    {
        var parameters = state.Setup!.Parameters;
        var instrument = state.Setup.Instrument;
        Pnl = new PnlSeries(parameters.MarkStep / Nanoseconds.PerSecond, (double)instrument.PriceScale.Factor * instrument.QuantityScale.Factor);
        Inventory = new InventoryStatistics(state.Now, parameters.InventoryThreshold, parameters.MaxInventory, instrument.QuantityScale.Factor);
    }

    private static (long Bid, long Ask) BestQuotes(EngineState state)
    {
        long bid = 0;
        long ask = 0;
        foreach (ref readonly var order in state.Orders.Span)
        {
            if (order.Status != OrderStatus.Resting)
            {
                continue;
            }

            if (order.Side == Side.Bid)
            {
                bid = Math.Max(bid, order.Price);
            }
            else
            {
                ask = ask == 0 ? order.Price : Math.Min(ask, order.Price);
            }
        }

        return (bid, ask);
    }
}

/// <summary>PnL and position at a mark.</summary>
/// <param name="Time">When it was due, in nanoseconds since the epoch.</param>
/// <param name="Equity">Last observed equity relative to the start, in money.</param>
/// <param name="Position">Base held relative to the start, in quantity units.</param>
/// <param name="Fills">Fills so far.</param>
/// <param name="MidTwice">Best bid plus best ask in price units; 0 without a usable book.</param>
public readonly record struct MarkPoint(long Time, Int128 Equity, long Position, long Fills, long MidTwice);
