using System.Numerics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>docs/model.md §8.</summary>
public sealed partial class NaiveBacktest
{
    private BigInteger equity;
    private BigInteger peak;
    private BigInteger maxDrawdown;
    private BigInteger dayStart;
    private long riskDay;
    private HaltReason halted;
    private StopReason stopped;
    private (SideReason Bid, SideReason Ask) reasons;
    private long decisions;
    private long orders;
    private long trades;
    private readonly List<long> submitted = [];

    public BigInteger MaxDrawdown => maxDrawdown;

    private long Q => (long)ledger.Position - settings.Units("inventory_target");

    private void ObserveEquity()
    {
        equity = ledger.Equity(book.M2);
        Assert.Equal(equity, ledger.Realised + ledger.Unrealised(book.M2) - ledger.Fees);
        peak = BigInteger.Max(peak, equity);
        maxDrawdown = BigInteger.Max(maxDrawdown, peak - equity);
    }

    private void Evaluate(QuoteTrigger trigger)
    {
        if (book.Usable)
        {
            ObserveEquity();
            Halt();
        }

        if (FindStop() is { } stop)
        {
            Stop(stop.Reason, stop.Observed, stop.Limit);
            return;
        }

        var tau = settings.Word("horizon_mode") switch
        {
            "rolling" => run.Horizon,
            "session" => (run.To - now) / 1_000_000_000.0,
            _ => 0.0,
        };
        if (!quotes.Compute(book.BestBid, book.BestAsk, Q, volatility.Variance, tau))
        {
            Stop(StopReason.ModelFailed, 0, 0);
            return;
        }

        Decide(trigger, tau);
    }

    private void Halt()
    {
        var drawdownLimit = settings.Money("max_drawdown");
        var lossLimit = settings.Money("stop_loss");
        if (halted != HaltReason.None)
        {
            return;
        }

        if (drawdownLimit > 0 && peak - equity >= drawdownLimit)
        {
            halted = HaltReason.Drawdown;
            Write($"halted {halted} observed {peak - equity} limit {drawdownLimit}");
        }
        else if (lossLimit > 0 && -(equity - dayStart) >= lossLimit)
        {
            halted = HaltReason.StopLoss;
            Write($"halted {halted} observed {dayStart - equity} limit {lossLimit}");
        }
    }

    private (StopReason Reason, BigInteger Observed, BigInteger Limit)? FindStop()
    {
        if (halted != HaltReason.None)
        {
            return (StopReason.Halted, (int)halted, 0);
        }

        if (!book.Usable)
        {
            return (StopReason.BookNotSynced, 0, 0);
        }

        if (settings.Time("stale_ms") > 0 && now - lastMarketTime > settings.Time("stale_ms"))
        {
            return (StopReason.StaleData, now - lastMarketTime, settings.Time("stale_ms"));
        }

        if (!volatility.Ready)
        {
            return (StopReason.WarmingUp, volatility.Changes, volatility.Warmup);
        }

        if (settings.Word("horizon_mode") == "session" && run.To - now <= settings.Time("session_stop_seconds"))
        {
            return (StopReason.SessionOver, run.To - now, settings.Time("session_stop_seconds"));
        }

        var ppm = NaiveLedger.Floor(new BigInteger(2_000_000) * (book.BestAsk - book.BestBid), book.M2);
        return settings.Whole("max_spread_ppm") > 0 && ppm > settings.Whole("max_spread_ppm")
            ? (StopReason.WideSpread, ppm, settings.Whole("max_spread_ppm"))
            : null;
    }

    private void Stop(StopReason reason, BigInteger observed, BigInteger limit)
    {
        if (reason != stopped)
        {
            Write($"stopped {reason} book {book.State} observed {observed} limit {limit}");
        }

        stopped = reason;
        foreach (var order in working.Where(o => o.Resting).ToArray())
        {
            Cancel(order, reason == StopReason.Halted ? CancelReason.Halted : CancelReason.QuotingStopped);
        }
    }

    private void Decide(QuoteTrigger trigger, double tau)
    {
        var (bidReason, bids) = quotes.Targets(Side.Bid, Q);
        var (askReason, asks) = quotes.Targets(Side.Ask, Q);
        var levels = (int)settings.Whole("levels");
        var nothing = Enumerable.Range(0, levels).All(l => Wanted(Side.Bid, l, bids) == Want.Nothing && Wanted(Side.Ask, l, asks) == Want.Nothing);
        if (nothing && reasons == (bidReason, askReason) && stopped == StopReason.None && decisions > 0)
        {
            return;
        }

        // As many new orders as slots ask for one, beside those of the ten seconds before.
        var cap = settings.Later("max_orders_10s");
        var asked = Enumerable.Range(0, levels).Sum(l => (Wanted(Side.Bid, l, bids) is Want.Submit or Want.Replace ? 1 : 0) + (Wanted(Side.Ask, l, asks) is Want.Submit or Want.Replace ? 1 : 0));
        var recent = submitted.Count(t => t > now - 10_000_000_000);
        if (cap > 0 && asked > 0 && recent + asked > cap)
        {
            Stop(StopReason.OrderRate, recent + asked, cap);
            return;
        }

        stopped = StopReason.None;
        reasons = (bidReason, askReason);
        decisions++;
        Write($"decided {decisions} {trigger} bid {book.BestBid} ask {book.BestAsk} q {Q} s {quotes.S:R} variance {volatility.Variance:R} gamma {settings.Real("gamma"):R} k {settings.Real("k"):R} horizon {tau:R} r {quotes.R:R} spread {quotes.Spread:R} shift {quotes.Shift:R} b {quotes.B1:R} a {quotes.A1:R} clamps {(int)quotes.BidClamps} {(int)quotes.AskClamps} {bidReason} {askReason} {Text(bids)} {Text(asks)}");

        // What every slot needs is settled before the first request: a cancel changes no comparison of another slot.
        var places = new List<(Side Side, int Level, Level Target)>();
        foreach (var (side, targets) in new[] { (Side.Bid, bids), (Side.Ask, asks) })
        {
            for (var level = 0; level < levels; level++)
            {
                var want = Wanted(side, level, targets);
                if (want is Want.Cancel or Want.Replace)
                {
                    Cancel(working.Single(o => o.Side == side && o.Level == level), want == Want.Cancel ? CancelReason.SidePulled : CancelReason.Replaced);
                }

                if (want is Want.Submit or Want.Replace)
                {
                    places.Add((side, level, targets[level]));
                }
            }
        }

        foreach (var (side, level, target) in places.Where(p => HasRoom(p.Side, p.Target)))
        {
            Submit(side, level, target);
        }
    }

    private Want Wanted(Side side, int level, List<Level> targets)
    {
        var own = working.Where(o => o.Side == side && o.Level == level).ToArray();
        if (own.Any(o => !o.Resting))
        {
            return Want.Nothing;
        }

        var order = own.SingleOrDefault();
        var hasTarget = level < targets.Count;
        if (order is null)
        {
            return hasTarget && HasRoom(side, targets[level]) ? Want.Submit : Want.Nothing;
        }

        if (!hasTarget)
        {
            return Want.Cancel;
        }

        var far = Math.Abs(order.Price - targets[level].Price) >= settings.Whole("requote_ticks") * run.Instrument.Tick;
        var old = now - order.RequestedAt >= settings.Time("min_quote_life_ms");
        return order.Remaining > targets[level].Quantity || (far && old) ? Want.Replace : Want.Nothing;
    }

    private bool HasRoom(Side side, Level target)
    {
        BigInteger held = side == Side.Bid ? Q : -Q;
        var open = working.Where(o => o.Side == side).Aggregate(BigInteger.Zero, (sum, o) => sum + o.Remaining);
        return held + open + target.Quantity <= quotes.Limit(target.Price);
    }

    private void Submit(Side side, int level, Level target)
    {
        var order = new Working { Id = ++orders, Side = side, Level = level, Price = target.Price, RequestedAt = now, Remaining = target.Quantity };
        working.Add(order);
        submitted.Add(now);
        Write($"submitted order {order.Id} {side} level {level} {target.Price} x {target.Quantity} decision {decisions}");
        AskToPlace(order);
    }

    private void Cancel(Working order, CancelReason reason)
    {
        order.PendingCancel = true;
        Write($"cancelRequested order {order.Id} {reason}");
        AskToCancel(order);
    }

    private static string Text(List<Level> levels) => "[" + string.Join(' ', levels.Select(l => FormattableString.Invariant($"{l.Price}x{l.Quantity}"))) + "]";

    private enum Want
    {
        Nothing,
        Cancel,
        Submit,
        Replace,
    }
}
