using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Domain.Events;

/// <summary>What the portfolio allows a symbol from now on. It is decided in the portfolio's stream and told, with the same payload, in the symbol's. Money is the symbol's, but for what was seen.</summary>
public struct PortfolioVerdict : IPayload<PortfolioVerdict>
{
    /// <summary>Ordinal within the portfolio's stream, from 1.</summary>
    public long Verdict;

    /// <summary>The symbol.</summary>
    public string Symbol;

    /// <summary>What may be done.</summary>
    public PortfolioMode Mode;

    /// <summary>Why no more than that.</summary>
    public PortfolioReason Reason;

    /// <summary>Largest value of the inventory with orders in flight, either way; -1 for no limit.</summary>
    public Int128 NotionalLimit;

    /// <summary>True when the next field limits.</summary>
    public bool LimitsQuote;

    /// <summary>Most quote that may have been spent since the run's start and be bid now, together.</summary>
    public Int128 QuoteLimit;

    /// <summary>What was seen, in the unit of the reason; 0 without a reason.</summary>
    public Int128 Observed;

    /// <summary>What is allowed, in the same unit.</summary>
    public Int128 Allowed;

    /// <summary>An empty payload; text fields are never null.</summary>
    public PortfolioVerdict()
    {
        Symbol = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.PortfolioVerdict;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <summary>The limits as the symbol's engine keeps them.</summary>
    public readonly PortfolioLimits ToLimits() => new()
    {
        Verdict = Verdict,
        Mode = Mode,
        Reason = Reason,
        NotionalLimit = NotionalLimit,
        HasQuoteLimit = LimitsQuote,
        QuoteLimit = QuoteLimit,
    };

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref PortfolioVerdict payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("verdict", ref payload.Verdict);
        visit.Text("symbol", ref payload.Symbol);
        visit.Code("mode", ref payload.Mode);
        visit.Code("reason", ref payload.Reason);
        visit.Money("notionalLimit", ref payload.NotionalLimit);
        visit.Flag("limitsQuote", ref payload.LimitsQuote);
        visit.Money("quoteLimit", ref payload.QuoteLimit);
        visit.Money("observed", ref payload.Observed);
        visit.Money("allowed", ref payload.Allowed);
    }
}
