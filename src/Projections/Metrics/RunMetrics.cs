using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>The metrics of a run as a fold beside the engine; docs/model.md gives each definition and formula.</summary>
public sealed class RunMetrics : IRunObserver
{
    private readonly Ledger ledger = new();
    private Int128 quotedSpread;
    private Int128 quotedMid;

    /// <summary>PnL increments; null before the run started.</summary>
    public PnlSeries? Pnl { get; private set; }

    /// <summary>Distribution of q; null before the run started.</summary>
    public InventoryStatistics? Inventory { get; private set; }

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

    /// <summary>Won round trips over all; null without any.</summary>
    public double? HitRate => RoundTrips == 0 ? null : (double)RoundTripsWon / RoundTrips;

    /// <summary>Quantity filled over quantity placed, 0 to 1.</summary>
    public double FillRatio => QuantityPlaced == 0 ? 0 : (double)QuantityFilled / (double)QuantityPlaced;

    /// <summary>Our quoted spread over the mid, mean over the timers at which both sides rested, in millionths.</summary>
    public double QuotedSpreadPpm => quotedMid == 0 ? 0 : 1e6 * (double)quotedSpread / (double)quotedMid;

    /// <summary>Twice the captured spread over the turnover, in millionths: comparable to the quoted spread.</summary>
    public double CapturedSpreadPpm => Turnover == 0 ? 0 : 2e6 * (double)SpreadCaptured / (double)Turnover;

    /// <inheritdoc/>
    public void Started(EngineState state)
    {
        var parameters = state.Setup!.Parameters;
        var instrument = state.Setup.Instrument;
        Pnl = new PnlSeries(parameters.MarkStep / Nanoseconds.PerSecond, (double)instrument.PriceScale.Factor * instrument.QuantityScale.Factor);
        Inventory = new InventoryStatistics(state.Now, parameters.InventoryThreshold, parameters.MaxInventory, instrument.QuantityScale.Factor);
        Inventory.Held(state.Inventory, state.Now);
    }

    /// <inheritdoc/>
    public void Timer(EngineState state, long due)
    {
        Timers++;
        if (due % state.Setup!.Parameters.MarkStep == 0)
        {
            // Without a mid the last observed equity stands.
            Pnl!.Mark(state.Risk.Equity);
        }

        if (!state.BookUsable)
        {
            TimersUntrusted++;
            return;
        }

        var midTwice = state.Tracker.Book.MidTwice;
        Markouts.Observe(due, midTwice);
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
        Turnover += (Int128)fill.Price * fill.Quantity;
        if (state.Tracker.Book.HasBothSides)
        {
            var gain = (Int128)(state.Tracker.Book.MidTwice - (2 * fill.Price)) * fill.Quantity;
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
