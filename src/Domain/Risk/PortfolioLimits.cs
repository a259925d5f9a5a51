using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Risk;

/// <summary>
/// The portfolio's verdict that is in force for a symbol (docs/model.md, "Portfolio"). Money is in the symbol's own units.
/// Without a verdict nothing is limited.
/// </summary>
public readonly record struct PortfolioLimits
{
    /// <summary>A limit that is none.</summary>
    public const long Unlimited = -1;

    /// <summary>No verdict.</summary>
    public static readonly PortfolioLimits None = new() { NotionalLimit = Unlimited, HasQuoteLimit = false };

    /// <summary>Ordinal of the verdict; 0 for none.</summary>
    public long Verdict { get; init; }

    /// <summary>What may be done.</summary>
    public PortfolioMode Mode { get; init; }

    /// <summary>Why no more.</summary>
    public PortfolioReason Reason { get; init; }

    /// <summary>Largest value of the inventory with orders in flight, either way, in money; <see cref="Unlimited"/> for no limit.</summary>
    public Int128 NotionalLimit { get; init; }

    /// <summary>True when <see cref="QuoteLimit"/> holds.</summary>
    public bool HasQuoteLimit { get; init; }

    /// <summary>
    /// Most quote that may be spent since the run's start and bid now, together, in money: what was bought less what was sold,
    /// commissions included, and the value of every open bid. Sales make room by themselves.
    /// </summary>
    public Int128 QuoteLimit { get; init; }

    /// <summary>The largest inventory either way at a price, in quantity units: floor(limit / price), 0 where no new risk is allowed.</summary>
    /// <param name="price">Price in price units, positive.</param>
    /// <param name="most">What it is at most.</param>
    public long MostAt(long price, long most)
    {
        if (Mode != PortfolioMode.Quote)
        {
            return 0;
        }

        return NotionalLimit < 0 ? most : (long)Int128.Min(most, Division.Divide(NotionalLimit, price, Rounding.Down));
    }

    /// <summary>True when a bid of this value is covered beside the open ones.</summary>
    /// <param name="cash">Cash since the run's start in money: negative after buying.</param>
    /// <param name="bids">Value of every open bid.</param>
    /// <param name="value">Value of the further bid.</param>
    public bool CoversBid(Int128 cash, Int128 bids, Int128 value) => !HasQuoteLimit || bids - cash + value <= QuoteLimit;

    /// <summary>Writes it in its one order, for the state hash and snapshots.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(Verdict);
        writer.Signed((long)Mode);
        writer.Signed((long)Reason);
        var amount = NotionalLimit;
        writer.Money("amount", ref amount);
        writer.Signed(HasQuoteLimit ? 1 : 0);
        amount = QuoteLimit;
        writer.Money("amount", ref amount);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static PortfolioLimits From(ref CanonicalReader reader)
    {
        var (verdict, mode, reason) = (reader.Signed(), (PortfolioMode)reader.Signed(), (PortfolioReason)reader.Signed());
        Int128 notional = 0;
        reader.Money("amount", ref notional);
        var hasQuote = reader.Signed() != 0;
        Int128 quote = 0;
        reader.Money("amount", ref quote);
        return new PortfolioLimits { Verdict = verdict, Mode = mode, Reason = reason, NotionalLimit = notional, HasQuoteLimit = hasQuote, QuoteLimit = quote };
    }
}
