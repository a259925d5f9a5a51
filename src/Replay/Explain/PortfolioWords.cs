using System.Globalization;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Replay.Explain;

/// <summary>A verdict of the portfolio in words.</summary>
internal static class PortfolioWords
{
    /// <summary>Why it is as it is.</summary>
    public static string Say(PortfolioReason reason) => reason switch
    {
        PortfolioReason.DayLoss => "day_loss: the loss of the day over all symbols reached its limit",
        PortfolioReason.SymbolsHalted => "max_halted: too many symbols are halted by limits of their own",
        PortfolioReason.GrossInventory => "max_gross_inventory: the inventories of all symbols are worth too much",
        PortfolioReason.OrderBudget => "budget_percent: the account's count of unfilled orders is used up so far",
        PortfolioReason.RequestWeight => "budget_percent: the request weight is used up so far",
        _ => "limits alone",
    };

    /// <summary>The verdict as it was told.</summary>
    public static ExplainedSection Section(Instrument instrument, in EventHeader header, in PortfolioVerdict verdict)
    {
        var terms = new TermList("verdict", $"Verdict {verdict.Verdict} of the portfolio, told in event {header.Sequence}");
        terms.Show("mode", "allowed", Words.Code(verdict.Mode), "", Say(verdict.Reason));
        if (verdict.Reason != PortfolioReason.None)
        {
            var isMoney = verdict.Reason is PortfolioReason.DayLoss or PortfolioReason.GrossInventory;
            var unit = isMoney ? instrument.QuoteAsset : verdict.Reason == PortfolioReason.SymbolsHalted ? "symbols" : verdict.Reason == PortfolioReason.OrderBudget ? "orders" : "weight";
            terms.Show("observed", "seen", Amount(verdict.Observed, isMoney), unit, "over all symbols; mm verify executes the portfolio's stream again");
            terms.Show("limit", "limit", Amount(verdict.Allowed, isMoney), unit);
        }

        if (verdict.NotionalLimit >= 0)
        {
            terms.Show("notionalLimit", "part of max_notional", instrument.FormatMoney(verdict.NotionalLimit), instrument.QuoteAsset, "inventory with orders in flight");
        }

        if (verdict.LimitsQuote)
        {
            terms.Show("quoteLimit", "part of the quote", instrument.FormatMoney(verdict.QuoteLimit), instrument.QuoteAsset, "spent since the run's start and bid, together");
        }

        return terms.Section;
    }

    /// <summary>The verdict in one line.</summary>
    public static string Line(in PortfolioVerdict verdict) => Words.Text($"verdict {verdict.Verdict} of the portfolio: {Words.Code(verdict.Mode)}{(verdict.Reason == PortfolioReason.None ? "" : $", {Say(verdict.Reason)}")}");

    private static string Amount(Int128 amount, bool isMoney) => isMoney ? PortfolioRules.Format(amount) : amount.ToString(CultureInfo.InvariantCulture);
}
