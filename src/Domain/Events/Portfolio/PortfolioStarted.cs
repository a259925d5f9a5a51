using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The portfolio of a live run begins: its limits and its symbols. In this stream money has 16 decimals (10^-16 quote), but for what is told of or to a symbol, which is in the symbol's own money.</summary>
public struct PortfolioStarted : IPayload<PortfolioStarted>
{
    /// <summary>Name of the run.</summary>
    public string Run;

    /// <summary>Version of the portfolio's rules: the same facts give the same verdicts in one version.</summary>
    public long Rules;

    /// <summary>The limits: JSON with every key in its written order.</summary>
    public string Configuration;

    /// <summary>The asset that all its symbols are quoted in: every amount of money is of it.</summary>
    public string QuoteAsset;

    /// <summary>Its symbols, one a line: name and decimals of the symbol's money, between a space.</summary>
    public string Symbols;

    /// <summary>UTC day (days since the epoch) that it begins in.</summary>
    public long Day;

    /// <summary>PnL of that day in earlier runs of the same mode: it counts toward day_loss.</summary>
    public Int128 Carried;

    /// <summary>An empty payload; text fields are never null.</summary>
    public PortfolioStarted()
    {
        Run = "";
        Configuration = "";
        QuoteAsset = "";
        Symbols = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.PortfolioStarted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref PortfolioStarted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("run", ref payload.Run);
        visit.Count("rules", ref payload.Rules);
        visit.Text("configuration", ref payload.Configuration);
        visit.Text("quoteAsset", ref payload.QuoteAsset);
        visit.Text("symbols", ref payload.Symbols);
        visit.Count("day", ref payload.Day);
        visit.Money("carried", ref payload.Carried);
    }
}
