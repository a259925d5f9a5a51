using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Reports;

/// <summary>
/// Looks on while a run is executed and keeps what its report draws: per stretch of time the smallest, largest and last
/// of everything, so that a long day stays small and no peak is lost.
/// </summary>
/// <param name="from">First stamp of the window, in nanoseconds since the epoch.</param>
/// <param name="to">Last stamp of it.</param>
public sealed class ReportSampler(long from, long to) : IRunObserver
{
    /// <summary>Stretches that the window is cut into.</summary>
    public const int Stretches = 1_080;

    /// <summary>Horizons of the mark-out curves in seconds.</summary>
    public static readonly int[] Horizons = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

    private readonly ReportStretch?[] stretches = new ReportStretch?[Stretches];
    private readonly List<ReportFill> fills = [];
    private readonly Queue<(long Time, Side Side, long Price, long Quantity)>[] pending = [.. Horizons.Select(_ => new Queue<(long, Side, long, long)>())];
    private readonly double[,] gains = new double[2, Horizons.Length];
    private readonly double[,] turnovers = new double[2, Horizons.Length];
    private readonly Ledger ledger = new();
    private Int128 lastEquity;
    private bool lastUsable = true;

    /// <summary>A sampler for a stored run's window, as far as it was recorded.</summary>
    public static ReportSampler For(StoreSet stores, StoredRun run)
    {
        var last = stores.Find(run.Name)?.Info.LastTime ?? run.Started.WindowEnd;
        return new ReportSampler(run.Started.WindowStart, Math.Min(run.Started.WindowEnd, last));
    }

    /// <summary>What was sampled, in order of time; stretches without a timer are left out.</summary>
    public IEnumerable<ReportStretch> Samples => stretches.OfType<ReportStretch>();

    /// <summary>Every fill.</summary>
    public IReadOnlyList<ReportFill> Fills => fills;

    /// <summary>PnL made while the book could be trusted, in money.</summary>
    public Int128 TrustedPnl { get; private set; }

    /// <summary>PnL of the stretches with a book that could not be trusted, up to the first mark after it, in money.</summary>
    public Int128 UntrustedPnl { get; private set; }

    /// <summary>Fills while the book could not be trusted.</summary>
    public long UntrustedFills { get; private set; }

    /// <summary>Mark-out in millionths of the turnover after a horizon; null without a fill that old.</summary>
    /// <param name="side">Side of our orders.</param>
    /// <param name="horizon">Index of the horizon.</param>
    public double? Markout(Side side, int horizon) => turnovers[(int)side, horizon] > 0 ? 1e6 * gains[(int)side, horizon] / turnovers[(int)side, horizon] : null;

    /// <inheritdoc/>
    public void Started(EngineState state)
    {
    }

    /// <inheritdoc/>
    public void Placed(EngineState state, in OrderRequest request)
    {
    }

    /// <inheritdoc/>
    public void Timer(EngineState state, long due)
    {
        var usable = state.BookUsable;
        var change = state.Risk.Equity - lastEquity;
        lastEquity = state.Risk.Equity;
        if (usable && lastUsable)
        {
            TrustedPnl += change;
        }
        else
        {
            UntrustedPnl += change;
        }

        lastUsable = usable;
        var (bid, ask) = Best(state.Orders);
        ref var stretch = ref stretches[IndexOf(due)];
        stretch ??= new ReportStretch(due);
        stretch.Add(
            usable ? state.MidTwice : 0,
            usable ? state.BestAsk - state.BestBid : 0,
            bid,
            ask,
            state.Inventory,
            state.Risk.Equity,
            state.Risk.Peak,
            state.Volatility!.IsReady ? state.Volatility.Variance : 0,
            usable);
        if (usable)
        {
            Observe(due, state.MidTwice);
        }
    }

    /// <inheritdoc/>
    public void Filling(EngineState state, in OrderFilled fill)
    {
        var closed = ledger.Apply(fill);
        UntrustedFills += state.BookUsable ? 0 : 1;
        fills.Add(new ReportFill(state.Now, fill, ledger.Position - (state.Setup?.Parameters.InventoryTarget ?? 0), closed, state.BookUsable ? state.MidTwice : 0));
        foreach (var queue in pending)
        {
            queue.Enqueue((state.Now, fill.Side, fill.Price, fill.Quantity));
        }
    }

    private static (long Bid, long Ask) Best(WorkingOrders orders)
    {
        var (bid, ask) = (0L, 0L);
        foreach (ref readonly var order in orders.Span)
        {
            if (order.Status == OrderStatus.Resting)
            {
                bid = order.Side == Side.Bid ? Math.Max(bid, order.Price) : bid;
                ask = order.Side == Side.Ask ? (ask == 0 ? order.Price : Math.Min(ask, order.Price)) : ask;
            }
        }

        return (bid, ask);
    }

    private int IndexOf(long time) => (int)Int128.Clamp((Int128)(time - from) * Stretches / Math.Max(1, to - from), 0, Stretches - 1);

    private void Observe(long now, long midTwice)
    {
        for (var i = 0; i < Horizons.Length; i++)
        {
            while (pending[i].TryPeek(out var fill) && fill.Time + (Horizons[i] * Nanoseconds.PerSecond) <= now)
            {
                pending[i].Dequeue();
                var gain = (midTwice / 2.0) - fill.Price;
                gains[(int)fill.Side, i] += (fill.Side == Side.Bid ? gain : -gain) * fill.Quantity;
                turnovers[(int)fill.Side, i] += (double)fill.Price * fill.Quantity;
            }
        }
    }
}

/// <summary>A fill as the report lists it.</summary>
/// <param name="Time">Engine time in nanoseconds since the epoch.</param>
/// <param name="Fill">The fill.</param>
/// <param name="Inventory">q after it, in quantity units.</param>
/// <param name="Closed">What it closed.</param>
/// <param name="MidTwice">Best bid plus best ask after the event that filled us; 0 without a usable book.</param>
public sealed record ReportFill(long Time, OrderFilled Fill, long Inventory, ClosedTrade Closed, long MidTwice);
