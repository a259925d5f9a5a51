using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// What bounds a live run's loss and what it puts at risk, and whose choice each bound is: told before the first order may leave, and kept
/// in the run's manifest with the durability and the venue, for whoever asks afterwards what was in force.
/// </summary>
internal sealed record LiveLimits(string Durability, string OnKill, string Endpoint, string Portfolio, IReadOnlyDictionary<string, IReadOnlySet<string>> Given)
{
    private static readonly string[] Names =
    [
        "order_size", "max_inventory", "max_notional", "stop_loss", "max_drawdown", "stale_ms", "max_spread_ppm", "max_orders_10s", "price_collar_ppm", "max_clock_error_ms",
    ];

    /// <summary>The bounds of a symbol, in one order: name, value, and whether it is the user's own.</summary>
    public IEnumerable<(string Name, string Value, bool IsOwn)> Of(string symbol, StrategyConfiguration configuration) =>
        Names.Select(n => (n, configuration[n], Given.TryGetValue(symbol, out var own) && own.Contains(n)));

    /// <summary>The bounds of a symbol for people.</summary>
    public string Text(string symbol, StrategyConfiguration configuration) =>
        string.Join(", ", Of(symbol, configuration).Select(l => $"{l.Name} {(l.Value == "0" ? "none" : l.Value)}{(l.IsOwn ? "" : " (shipped)")}"));

    /// <summary>What stands in the manifest of a symbol's run.</summary>
    public IEnumerable<KeyValuePair<string, string>> Notes(string symbol, StrategyConfiguration configuration)
    {
        yield return new("limits", Text(symbol, configuration));
        yield return new("durability", Durability);
        yield return new("onKill", OnKill);
        yield return new("endpoint", Endpoint);
        if (Portfolio.Length > 0)
        {
            yield return new("portfolio", Portfolio);
        }
    }
}
