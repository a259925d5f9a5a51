namespace EventSourcedMM.Domain.Configuration;

/// <summary>Every strategy parameter, in the order in which an effective configuration is written.</summary>
public static class ParameterTable
{
    /// <summary>The parameters. The first four and their defaults are the seed's.</summary>
    public static readonly Parameter[] All =
    [
        new("gamma", ParameterKind.Real, "0.1", "1/quote per unit of base", "γ: risk aversion.") { Most = 1_000_000 },
        new("k", ParameterKind.Real, "1.5", "1/quote", "k: how fast fills become rarer with the distance from the mid, λ = A·e^(−kδ).") { AboveLeast = true },
        new("max_inventory", ParameterKind.Exact, "1", "base", "N_max: beyond it the side that would add is pulled.") { AboveLeast = true },
        new("inventory_threshold", ParameterKind.Exact, "0.5", "base", "N★: beyond it the extra skew grows."),
        new("a", ParameterKind.Real, "0", "1/s per side", "A: intensity of fills at the mid; needed by the stationary horizon; 0 when not known."),
        new("inventory_target", ParameterKind.Exact, "0", "base", "Inventory that q is measured from.") { Least = -1_000_000_000 },
        new("inventory_skew", ParameterKind.Real, "1", "half-spreads", "Extra shift of both quotes at N_max; it grows linearly from N★.") { Most = 100 },
        new("order_size", ParameterKind.Exact, "0.1", "base", "Quantity of each quote.") { AboveLeast = true },
        new("levels", ParameterKind.Whole, "1", "orders", "Quotes per side.") { Least = 1, Most = 10 },
        new("level_spacing", ParameterKind.Exact, "0", "quote", "Distance between levels; 0 for one tick."),
        new("min_half_spread", ParameterKind.Exact, "0", "quote", "Least distance of a quote from the mid."),
        new("max_distance", ParameterKind.Exact, "0", "quote", "Largest distance of a quote from the mid; 0 for none."),
        new("join_best", ParameterKind.Flag, "false", "", "Never improve on the market's best price."),
        new("horizon_mode", ParameterKind.Choice, "rolling", "", "session: T−t runs down to the end; rolling: T−t is constant; stationary: Guéant–Lehalle–Fernandez-Tapia.") { Choices = ["rolling", "session", "stationary"] },
        new("horizon_seconds", ParameterKind.Real, "0", "s", "T−t of the rolling mode; 0 derives it from A, k and sigma_reference, or takes 60 s when these are not given.") { Most = 31_536_000 },
        new("session_stop_seconds", ParameterKind.Whole, "60", "s", "Session mode: quoting stops this long before the end.") { Most = 86_400 },
        new("sigma_reference", ParameterKind.Real, "0", "quote/√s", "A typical σ of the symbol, for deriving the horizon and for warnings."),
        new("volatility_step_ms", ParameterKind.Whole, "1000", "ms", "Step of the timer's grid: the mid is sampled, guards are checked and PnL is observed on it.") { Least = 100, Most = 60_000 },
        new("volatility_window", ParameterKind.Whole, "300", "samples", "Mid changes that σ is estimated from.") { Least = 2, Most = 100_000 },
        new("volatility_lag", ParameterKind.Whole, "5", "samples", "Mid changes are taken over this many steps: bounce between bid and ask counts less.") { Least = 1, Most = 1_000 },
        new("volatility_warmup", ParameterKind.Whole, "60", "samples", "Mid changes that must be seen before quoting begins.") { Least = 1, Most = 100_000 },
        new("volatility_floor", ParameterKind.Real, "0", "quote/√s", "σ is never taken lower than this."),
        new("requote_ticks", ParameterKind.Whole, "1", "ticks", "A quote is replaced when its price is at least this far from the wanted one.") { Least = 1, Most = 1_000_000 },
        new("min_quote_life_ms", ParameterKind.Whole, "0", "ms", "A quote is not replaced for price before this age.") { Most = 3_600_000 },
        new("max_notional", ParameterKind.Exact, "0", "quote", "Largest value of the inventory; 0 for no limit."),
        new("stop_loss", ParameterKind.Exact, "0", "quote", "A loss of the UTC day this large halts quoting until the next day; 0 for none."),
        new("max_drawdown", ParameterKind.Exact, "0", "quote", "A fall of equity from its peak this large halts quoting for the run; 0 for none."),
        new("stale_ms", ParameterKind.Whole, "0", "ms", "No market event for longer than this stops quoting; 0 for never.") { Most = 86_400_000 },
        new("max_spread_ppm", ParameterKind.Whole, "0", "millionths of the mid", "A market spread wider than this stops quoting; 0 for never.") { Most = 1_000_000 },
        new("max_orders_10s", ParameterKind.Whole, "0", "orders", "New orders within any ten seconds; a decision that needs more stops quoting until there is room for it; 0 for no limit.") { Most = 10_000, IsLater = true },
        new("price_collar_ppm", ParameterKind.Whole, "0", "millionths of the mid", "An order farther from the mid than this is not made: its side is not quoted; 0 for no collar.") { Most = 1_000_000, IsLater = true },
        new("max_clock_error_ms", ParameterKind.Whole, "0", "ms", "At a venue: a measured error of our clock beyond this stops quoting; 0 leaves it to the gateway's 500 ms.") { Most = 500, IsLater = true },
        new("mark_seconds", ParameterKind.Whole, "60", "s", "Step of the PnL series, of Sharpe and of the validation.") { Least = 1, Most = 86_400 },
        new("validate_mean_pnl", ParameterKind.Real, "0", "quote per step", "Validation: mean PnL per step must be above this.") { Least = -1_000_000_000 },
        new("validate_pnl_deviation", ParameterKind.Real, "0", "quote per step", "Validation: standard deviation of PnL per step must be at most this; 0 takes 1 % of max_inventory's value."),
        new("validate_inventory_share", ParameterKind.Real, "0.25", "of max_inventory", "Validation: |mean inventory| must be at most this share of N_max.") { Most = 1 },
        new("self_trade_prevention", ParameterKind.Choice, "venue", "", "What the venue does when one of our orders would meet another of ours (selfTradePreventionMode); venue: the symbol's default.") { Choices = ["venue", "NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"], IsLater = true },
        new("own_orders_in_book", ParameterKind.Flag, "false", "", "The book shows our own orders, as a real venue's does: what is shown of them is taken off before a best price is taken from it.") { IsLater = true },
    ];

    private static readonly string[] Names = Array.ConvertAll(All, p => p.Name);

    /// <summary>Index of a parameter by its file name, or −1.</summary>
    public static int IndexOf(string name) => Array.IndexOf(Names, name);
}
