using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Live.Trading;

/// <summary>Changes the configuration of a live run while it goes on: all symbols, or none where one cannot take it.</summary>
public static class LiveReconfiguration
{
    /// <summary>Changes it.</summary>
    /// <param name="session">The run.</param>
    /// <param name="strategies">The configuration of each symbol.</param>
    /// <param name="source">Where it comes from, for the event.</param>
    /// <param name="clock">The run's clock.</param>
    /// <returns>What changed, in words; empty when nothing did.</returns>
    /// <exception cref="ConfigurationException">A symbol cannot take its new configuration; nothing was changed.</exception>
    public static IReadOnlyList<string> Apply(LiveSession session, IReadOnlyDictionary<string, StrategyConfiguration> strategies, string source, Clock clock)
    {
        foreach (var symbol in session.Symbols)
        {
            lock (symbol.Gate)
            {
                symbol.CheckConfiguration(strategies[symbol.Symbol]);
            }
        }

        var words = new List<string>();
        foreach (var symbol in session.Symbols)
        {
            lock (symbol.Gate)
            {
                var (before, next) = (symbol.Configuration, strategies[symbol.Symbol]);
                var changed = ParameterTable.All.Where(p => before[p.Name] != next[p.Name]).Select(p => $"{p.Name} {before[p.Name]} to {next[p.Name]}").ToArray();
                if (changed.Length > 0)
                {
                    symbol.Reconfigure(next, source, clock.Now);
                    words.Add($"{symbol.Symbol}: {string.Join(", ", changed)}");
                }
            }
        }

        return words;
    }
}
