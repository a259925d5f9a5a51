using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Domain.Risk;

/// <summary>A reason not to quote, with what was seen and what is allowed.</summary>
/// <param name="Reason">The reason; None to quote.</param>
/// <param name="Observed">What was seen, in the unit of the reason.</param>
/// <param name="Limit">What is allowed, in the same unit.</param>
public readonly record struct StopVerdict(StopReason Reason, long Observed, long Limit)
{
    /// <summary>Quote.</summary>
    public static readonly StopVerdict Go;
}

/// <summary>A broken risk limit.</summary>
/// <param name="Reason">Which; None when all hold.</param>
/// <param name="Observed">What was seen, in money.</param>
/// <param name="Limit">What is allowed, in money.</param>
public readonly record struct HaltVerdict(HaltReason Reason, Int128 Observed, Int128 Limit);

/// <summary>The limits as functions of what is seen (docs/model.md, "Guards and limits").</summary>
public static class RiskGate
{
    /// <summary>Loss limits.</summary>
    /// <param name="parameters">The limits.</param>
    /// <param name="dayPnl">Change of equity since the day's start, in money.</param>
    /// <param name="drawdown">Fall of equity from its peak, positive, in money.</param>
    public static HaltVerdict Losses(StrategyParameters parameters, Int128 dayPnl, Int128 drawdown)
    {
        if (parameters.MaxDrawdown > 0 && drawdown >= parameters.MaxDrawdown)
        {
            return new HaltVerdict(HaltReason.Drawdown, drawdown, parameters.MaxDrawdown);
        }

        return parameters.StopLoss > 0 && -dayPnl >= parameters.StopLoss
            ? new HaltVerdict(HaltReason.StopLoss, -dayPnl, parameters.StopLoss)
            : default;
    }

    /// <summary>No market event for too long.</summary>
    public static StopVerdict Staleness(StrategyParameters parameters, long silence) =>
        parameters.StaleAfter > 0 && silence > parameters.StaleAfter
            ? new StopVerdict(StopReason.StaleData, silence, parameters.StaleAfter)
            : StopVerdict.Go;

    /// <summary>
    /// An order is farther from the mid than the collar allows: |2·price − (bid + ask)|·10^6 &gt; collar·(bid + ask), exactly.
    /// </summary>
    /// <param name="parameters">The collar.</param>
    /// <param name="price">The order's price in price units.</param>
    /// <param name="midTwice">Best bid plus best ask in price units.</param>
    public static bool IsBeyondCollar(StrategyParameters parameters, long price, long midTwice) =>
        parameters.PriceCollarPpm > 0 && Int128.Abs(((Int128)2 * price) - midTwice) * 1_000_000 > (Int128)parameters.PriceCollarPpm * midTwice;

    /// <summary>Our clock is too far from the venue's: what the measurement is uncertain by is no error.</summary>
    /// <param name="parameters">The largest error.</param>
    /// <param name="error">|offset| − ⌊round trip / 2⌋ of the last measurement in nanoseconds.</param>
    public static StopVerdict Clock(StrategyParameters parameters, long error) =>
        parameters.MaxClockError > 0 && error > parameters.MaxClockError
            ? new StopVerdict(StopReason.ClockError, error, parameters.MaxClockError)
            : StopVerdict.Go;

    /// <summary>The market's spread is too wide: floor(10^6 · (ask − bid) / mid) millionths.</summary>
    public static StopVerdict Width(StrategyParameters parameters, long bestBid, long bestAsk)
    {
        if (parameters.MaxSpreadPpm == 0)
        {
            return StopVerdict.Go;
        }

        var ppm = (long)Units.Division.Divide((Int128)2_000_000 * (bestAsk - bestBid), (Int128)bestBid + bestAsk, Units.Rounding.Down);
        return ppm > parameters.MaxSpreadPpm ? new StopVerdict(StopReason.WideSpread, ppm, parameters.MaxSpreadPpm) : StopVerdict.Go;
    }
}
