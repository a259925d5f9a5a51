using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Configuration;

/// <summary>A portfolio's limits in its own units: money with 16 decimals of the quote asset.</summary>
public sealed class PortfolioRules
{
    /// <summary>Decimals of the portfolio's money: those of 8 and 8 decimals multiplied, the finest money a symbol has.</summary>
    public const int MoneyDecimals = 16;

    /// <summary>
    /// The rules by which facts become verdicts: raised when the same facts may give others.
    /// </summary>
    public const int Version = 1;

    /// <summary>Converts a configuration.</summary>
    /// <exception cref="ConfigurationException">A value does not fit, or two contradict each other.</exception>
    public PortfolioRules(PortfolioConfiguration configuration)
    {
        DayLoss = Money(configuration, "day_loss");
        MaxNotional = Money(configuration, "max_notional");
        MaxGrossInventory = Money(configuration, "max_gross_inventory");
        MaxHalted = (long)configuration.Exact("max_halted");
        SharesQuote = configuration["share_quote"] == "true";
        QuoteCapital = Money(configuration, "quote_capital");
        BudgetPercent = (long)configuration.Exact("budget_percent");
        if (QuoteCapital > 0 && !SharesQuote)
        {
            throw new ConfigurationException("quote_capital is what share_quote divides: set share_quote true, or leave it out.");
        }
    }

    /// <summary>Loss of a UTC day that halts all; 0 for none.</summary>
    public Int128 DayLoss { get; }

    /// <summary>Largest value of all inventories with orders in flight; 0 for none.</summary>
    public Int128 MaxNotional { get; }

    /// <summary>Values of all inventories from which on they may only become smaller; 0 for none.</summary>
    public Int128 MaxGrossInventory { get; }

    /// <summary>Symbols halted by limits of their own that halt all; 0 for never.</summary>
    public long MaxHalted { get; }

    /// <summary>True when the account's quote is divided.</summary>
    public bool SharesQuote { get; }

    /// <summary>Most quote to spend and bid altogether; 0 for what the account has.</summary>
    public Int128 QuoteCapital { get; }

    /// <summary>Part of the venue's limits that may be used for new risk, in percent; 0 for all.</summary>
    public long BudgetPercent { get; }

    /// <summary>Units of the portfolio's money in one of a symbol's.</summary>
    /// <param name="decimals">Decimals of the symbol's money.</param>
    /// <exception cref="ConfigurationException">It is finer than the portfolio's.</exception>
    public static Int128 UnitsOf(int decimals)
    {
        if (decimals is < 0 or > MoneyDecimals)
        {
            throw new ConfigurationException($"A portfolio adds money of up to {MoneyDecimals} decimals; a symbol's has {decimals}.");
        }

        Int128 units = 1;
        for (var i = decimals; i < MoneyDecimals; i++)
        {
            units *= 10;
        }

        return units;
    }

    /// <summary>An amount as people read it.</summary>
    public static string Format(Int128 money) => FixedPoint.Format(money, MoneyDecimals);

    private static Int128 Money(PortfolioConfiguration configuration, string name)
    {
        // At most 10^12, so the product fits the 28 digits of a decimal.
        var units = configuration.Exact(name) * 10_000_000_000_000_000m;
        return units == decimal.Truncate(units)
            ? (Int128)units
            : throw new ConfigurationException($"{name} ({configuration[name]}) has more than {MoneyDecimals} decimals.");
    }
}
