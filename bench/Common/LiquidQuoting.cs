using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Bench;

/// <summary>
/// How the benchmarks quote on the liquid recording and its tiled day: the shipped section of BTCUSDT, half its size. Said once, since figures of
/// two programs compare only when both quote alike; bench/whole.py says the same in mm's flags. Compiled into each program that uses it.
/// </summary>
internal static class LiquidQuoting
{
    /// <summary>The configuration.</summary>
    /// <param name="more">Parameters that are added to it or changed.</param>
    public static StrategyConfiguration With(params ReadOnlySpan<(string Name, string Value)> more)
    {
        var configuration = StrategyConfiguration.Default;
        (string Name, string Value)[] all =
        [
            ("gamma", "0.339"), ("k", "0.1521"), ("a", "0.3207"), ("sigma_reference", "7.928"), ("max_inventory", "0.05"), ("inventory_threshold", "0.025"), ("order_size", "0.005"),
            ("max_distance", "1000"), ("requote_ticks", "100"), ("min_quote_life_ms", "500"), ("stale_ms", "10000"), ("max_spread_ppm", "2000"), .. more,
        ];
        foreach (var (name, value) in all)
        {
            configuration = configuration.With(name, value);
        }

        return configuration;
    }
}
