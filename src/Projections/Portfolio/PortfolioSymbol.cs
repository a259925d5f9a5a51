using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Projections.Portfolio;

/// <summary>What the portfolio knows of a symbol; money is the portfolio's.</summary>
public sealed class PortfolioSymbol
{
    /// <summary>A symbol that has said nothing yet.</summary>
    /// <param name="name">Symbol.</param>
    /// <param name="units">Units of the portfolio's money in one of the symbol's.</param>
    public PortfolioSymbol(string name, Int128 units)
    {
        Name = name;
        Units = units;
    }

    /// <summary>Symbol.</summary>
    public string Name { get; }

    /// <summary>Units of the portfolio's money in one of the symbol's.</summary>
    public Int128 Units { get; }

    /// <summary>UTC day that <see cref="DayPnl"/> is of; 0 before the first fact.</summary>
    public long Day { get; private set; }

    /// <summary>PnL of that day.</summary>
    public Int128 DayPnl { get; private set; }

    /// <summary>Value of the inventory, signed.</summary>
    public Int128 Inventory { get; private set; }

    /// <summary>Largest value that it can have when open orders fill.</summary>
    public Int128 Exposure { get; private set; }

    /// <summary>Quote spent since the run's start.</summary>
    public Int128 Spent { get; private set; }

    /// <summary>Value of all open bids.</summary>
    public Int128 Bids { get; private set; }

    /// <summary>The symbol's own limit that stopped it.</summary>
    public HaltReason Halted { get; private set; }

    /// <summary>Last verdict that it was told, as it says.</summary>
    public long Told { get; private set; }

    /// <summary>The last verdict for it.</summary>
    public PortfolioVerdict Verdict { get; internal set; } = new() { NotionalLimit = PortfolioLimits.Unlimited };

    /// <summary>True when it is known to keep to its last verdict.</summary>
    public bool HasAnswered => Told >= Verdict.Verdict;

    // Its parts of max_notional and of the quote.
    internal Int128 NotionalLimit { get; set; }

    internal Int128 NotionalBound { get; set; }

    internal Int128 QuoteLimit { get; set; }

    internal Int128 QuoteBound { get; set; }

    /// <summary>It says how it stands.</summary>
    internal void Apply(in SymbolReported fact)
    {
        Day = fact.Day;
        DayPnl = fact.DayPnl * Units;
        Inventory = fact.Inventory * Units;
        Exposure = fact.Exposure * Units;
        Spent = fact.Spent * Units;
        Bids = fact.Bids * Units;
        Halted = fact.Halted;
        Told = fact.Verdict;
    }

    /// <summary>Writes the state in its one order, for the state hash.</summary>
    internal void WriteTo(CanonicalWriter writer)
    {
        var name = Name;
        writer.Text("symbol", ref name);
        writer.Signed(Day);
        foreach (var amount in (ReadOnlySpan<Int128>)[Units, DayPnl, Inventory, Exposure, Spent, Bids, NotionalLimit, NotionalBound, QuoteLimit, QuoteBound])
        {
            var value = amount;
            writer.Money("amount", ref value);
        }

        writer.Signed((long)Halted);
        writer.Signed(Told);
        var verdict = Verdict;
        PortfolioVerdict.Describe(ref writer, ref verdict);
    }
}
