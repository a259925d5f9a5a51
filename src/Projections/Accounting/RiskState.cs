using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Projections.Accounting;

/// <summary>What the loss limits look at: equity at the day's start, its peak, and whether a limit was broken.</summary>
public sealed class RiskState
{
    /// <summary>UTC day (days since the epoch) that the day's PnL is counted from.</summary>
    public long Day { get; set; }

    /// <summary>Equity at the day's start, in money.</summary>
    public Int128 DayStart { get; set; }

    /// <summary>Last observed equity, in money.</summary>
    public Int128 Equity { get; private set; }

    /// <summary>Highest observed equity, in money; the start counts as 0, or as the fall that earlier runs of the day stood at.</summary>
    public Int128 Peak { get; private set; }

    /// <summary>Largest fall from a peak so far, in money, positive.</summary>
    public Int128 MaxDrawdown { get; private set; }

    /// <summary>The limit that stopped quoting; None while all hold.</summary>
    public HaltReason Halted { get; set; }

    /// <summary>Fall from the peak now, in money, positive.</summary>
    public Int128 Drawdown => Peak - Equity;

    /// <summary>Change of equity since the day's start.</summary>
    public Int128 DayPnl => Equity - DayStart;

    /// <summary>What of <see cref="DayPnl"/> earlier runs of the day made, in money; 0 on every later day.</summary>
    public Int128 CarriedDayPnl { get; private set; }

    /// <summary>A run begins in a day in which earlier ones traded: their PnL counts for the day's, and their fall from the peak goes on.</summary>
    public void Carry(Int128 dayPnl, Int128 drawdown)
    {
        DayStart = -dayPnl;
        CarriedDayPnl = dayPnl;
        Peak = drawdown;
    }

    /// <summary>What the run's first event says of the day in which the run began, where it is still that day.</summary>
    internal void Remember(long day, Int128 dayPnl) => CarriedDayPnl = Day == day ? dayPnl : 0;

    /// <summary>A day begins: its PnL is counted from the equity observed last.</summary>
    public void Begin(long day)
    {
        Day = day;
        DayStart = Equity;
        CarriedDayPnl = 0;
    }

    /// <summary>Observes equity.</summary>
    public void Observe(Int128 equity)
    {
        Equity = equity;
        if (equity > Peak)
        {
            Peak = equity;
        }

        if (Peak - equity > MaxDrawdown)
        {
            MaxDrawdown = Peak - equity;
        }
    }

    /// <summary>Writes the state in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(Day);
        foreach (var amount in (ReadOnlySpan<Int128>)[DayStart, Equity, Peak, MaxDrawdown])
        {
            var value = amount;
            writer.Money("amount", ref value);
        }

        writer.Signed((long)Halted);
    }

    /// <summary>Limits that continue from what <see cref="WriteTo"/> wrote.</summary>
    internal static RiskState From(ref CanonicalReader reader)
    {
        var day = reader.Signed();
        Span<Int128> amounts = stackalloc Int128[4];
        foreach (ref var amount in amounts)
        {
            reader.Money("amount", ref amount);
        }

        return new RiskState
        {
            Day = day,
            DayStart = amounts[0],
            Equity = amounts[1],
            Peak = amounts[2],
            MaxDrawdown = amounts[3],
            Halted = (HaltReason)reader.Signed(),
        };
    }
}
